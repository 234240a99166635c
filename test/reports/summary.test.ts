import "@tensorflow/tfjs-backend-cpu";
import { input, layers, model, type SymbolicTensor, sequential } from "@tensorflow/tfjs-layers";
import { describe, expect, it } from "vitest";
import { buildCnn } from "../../src/architectures/cnn.ts";
import { buildFunctional } from "../../src/architectures/functional.ts";
import { buildSequential } from "../../src/architectures/sequential.ts";
import { summary } from "../../src/reports/summary.ts";
import type { SummaryModel } from "../../src/reports/summary-rows.ts";

describe("summary", () => {
  it("is Keras's table: a Sequential without its input", () => {
    expect(summary(buildSequential({ dropout: 0.2 }))).toMatchInlineSnapshot(`
      "Model: "sequential"
      _________________________________________________________________
       Layer (type)                Output Shape              Param #
      =================================================================
       flatten (Flatten)           (None, 784)               0

       dense (Dense)               (None, 128)               100,480

       dropout (Dropout)           (None, 128)               0

       dense_1 (Dense)             (None, 10)                1,290
      =================================================================
      Total params: 101,770 (397.54 KB)
      Trainable params: 101,770 (397.54 KB)
      Non-trainable params: 0 (0.00 B)"
    `);
  });

  it("a functional chain has no connections, and shows its input", () => {
    expect(summary(buildFunctional())).toMatchInlineSnapshot(`
      "Model: "functional"
      _________________________________________________________________
       Layer (type)                Output Shape              Param #
      =================================================================
       input (InputLayer)          (None, 28, 28)            0

       flatten (Flatten)           (None, 784)               0

       hidden (Dense)              (None, 128)               100,480

       output (Dense)              (None, 10)                1,290
      =================================================================
      Total params: 101,770 (397.54 KB)
      Trainable params: 101,770 (397.54 KB)
      Non-trainable params: 0 (0.00 B)"
    `);
  });

  const branches = (): ReturnType<typeof buildFunctional> =>
    buildFunctional({
      inputShape: [8, 8, 1],
      body: (x, run) => {
        const a = run(layers.conv2d({ filters: 3, kernelSize: 3, padding: "same", name: "a" }), x);
        const b = run(layers.batchNormalization({ name: "b" }), x);
        return run(layers.concatenate({ name: "both" }), [a, b]);
      },
    });

  it("branches are connected", () => {
    expect(summary(branches())).toMatchInlineSnapshot(`
      "Model: "functional"
      __________________________________________________________________________________________________
       Layer (type)                Output Shape              Param #   Connected to
      ==================================================================================================
       input (InputLayer)          (None, 8, 8, 1)           0

       a (Conv2D)                  (None, 8, 8, 3)           30        input[0][0]

       b (BatchNormalization)      (None, 8, 8, 1)           4         input[0][0]

       both (Concatenate)          (None, 8, 8, 4)           0         a[0][0]
                                                                       b[0][0]

       flatten (Flatten)           (None, 256)               0         both[0][0]

       output (Dense)              (None, 10)                2,570     flatten[0][0]
      ==================================================================================================
      Total params: 2,604 (10.17 KB)
      Trainable params: 2,602 (10.16 KB)
      Non-trainable params: 2 (8.00 B)"
    `);
  });

  it("says what is trained", () => {
    const frozen = branches();
    frozen.layers[1]!.trainable = false;
    expect(summary(frozen, { showTrainable: true })).toMatchInlineSnapshot(`
      "Model: "functional"
      _____________________________________________________________________________________________________________
       Layer (type)                Output Shape              Param #   Connected to                     Trainable
      =============================================================================================================
       input (InputLayer)          (None, 8, 8, 1)           0                                          -

       a (Conv2D)                  (None, 8, 8, 3)           30        input[0][0]                      N

       b (BatchNormalization)      (None, 8, 8, 1)           4         input[0][0]                      Y

       both (Concatenate)          (None, 8, 8, 4)           0         a[0][0]                          -
                                                                       b[0][0]

       flatten (Flatten)           (None, 256)               0         both[0][0]                       -

       output (Dense)              (None, 10)                2,570     flatten[0][0]                    Y
      =============================================================================================================
      Total params: 2,604 (10.17 KB)
      Trainable params: 2,572 (10.05 KB)
      Non-trainable params: 32 (128.00 B)"
    `);
  });

  it("a layer that is used twice is one row, counted once", () => {
    const shared = layers.dense({ units: 3, name: "shared" });
    const x = input({ shape: [3], name: "x" });
    const y = shared.apply(shared.apply(x)) as SymbolicTensor;
    expect(summary(model({ inputs: x, outputs: y, name: "twice" }))).toMatchInlineSnapshot(`
      "Model: "twice"
      __________________________________________________________________________________________________
       Layer (type)                Output Shape              Param #   Connected to
      ==================================================================================================
       x (InputLayer)              (None, 3)                 0

       shared (Dense)              (None, 3)                 12        x[0][0]
                                                                       shared[0][0]
      ==================================================================================================
      Total params: 12 (48.00 B)
      Trainable params: 12 (48.00 B)
      Non-trainable params: 0 (0.00 B)"
    `);
  });

  const nested = (): ReturnType<typeof sequential> => {
    const outer = sequential({ name: "outer" });
    outer.add(
      buildCnn({ inputShape: [8, 8, 1], blocks: [{ filters: 2 }], dense: [], classes: 4, compile: false }),
    );
    outer.add(layers.dense({ units: 2, name: "head" }));
    return outer;
  };

  it("nested models: a row each", () => {
    expect(summary(nested())).toMatchInlineSnapshot(`
      "Model: "outer"
      _________________________________________________________________
       Layer (type)                Output Shape              Param #
      =================================================================
       cnn (Sequential)            (None, 4)                 312

       head (Dense)                (None, 2)                 10
      =================================================================
      Total params: 322 (1.26 KB)
      Trainable params: 322 (1.26 KB)
      Non-trainable params: 0 (0.00 B)"
    `);
  });

  it("nested models, expanded: their layers indented, frozen with them", () => {
    const outer = nested();
    outer.layers[0]!.trainable = false;
    expect(summary(outer, { expandNested: true, showTrainable: true })).toMatchInlineSnapshot(`
      "Model: "outer"
      ____________________________________________________________________________
       Layer (type)                Output Shape              Param #   Trainable
      ============================================================================
       cnn (Sequential)            (None, 4)                 312       N

         conv2d (Conv2D)           (None, 6, 6, 2)           20        N

         flatten (Flatten)         (None, 72)                0         -

         dense (Dense)             (None, 4)                 292       N

       head (Dense)                (None, 2)                 10        Y
      ============================================================================
      Total params: 322 (1.26 KB)
      Trainable params: 10 (40.00 B)
      Non-trainable params: 312 (1.22 KB)"
    `);
  });

  it("widths follow the names, Korean ones taking two columns a letter", () => {
    const korean: SummaryModel = {
      name: "한글",
      layers: [{ name: "이름이_아주_긴_완전연결층_하나", getClassName: () => "Dense", weights: [] }],
      trainableWeights: [],
      nonTrainableWeights: [],
    };
    const lines = summary(korean).split("\n");
    expect(lines[2]).toBe(" Layer (type)                            Output Shape              Param #");
    expect(lines[4]).toBe(" 이름이_아주_긴_완전연결층_하나 (Dense)  ?                         0");
    expect(lines[1]).toHaveLength(1 + 40 + 26 + 10);
  });

  it("whatever has layers: shapes that nobody knows, shapes that are given, layers without weights yet", () => {
    const weight = { shape: [3, 2], dtype: "float32" };
    const made: SummaryModel = {
      name: "mine",
      layers: [
        { name: "first", getClassName: () => "Dense", weights: [weight, weight] },
        {
          name: "second",
          getClassName: () => "Dense",
          weights: [],
          built: false,
        } as SummaryModel["layers"][number],
      ],
      trainableWeights: [weight],
      nonTrainableWeights: [{ shape: [], dtype: "bool" }],
    };
    const outputShape = ({ name }: { name: string }): [null, number][] | undefined =>
      name === "first"
        ? [
            [null, 2],
            [null, 4],
          ]
        : undefined;
    expect(summary(made, { outputShape })).toMatchInlineSnapshot(`
      "Model: "mine"
      ____________________________________________________________________
       Layer (type)                Output Shape              Param #
      ====================================================================
       first (Dense)               [(None, 2), (None, 4)]    6

       second (Dense)              ?                         0 (unbuilt)
      ====================================================================
      Total params: 7 (25.00 B)
      Trainable params: 6 (24.00 B)
      Non-trainable params: 1 (1.00 B)"
    `);
  });

  it.each([undefined, null, {}, "model", { layers: [] }])("%o: an error", (given) => {
    expect(() => summary(given as never)).toThrow(/expected a model with layers/);
  });

  it("a misspelt option: an error", () => {
    expect(() => summary(buildSequential(), { expandNest: true } as never)).toThrow(
      /did you mean "expandNested"/,
    );
  });
});
