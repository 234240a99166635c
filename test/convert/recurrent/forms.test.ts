import * as tf from "@tensorflow/tfjs-core";
import { layers, type RNN, type Sequential, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { type ConvertOptions, convert, parseTflite, toTflite } from "../../../src/convert/index.ts";
import type { LayersModelSource } from "../../../src/convert/source.ts";
import { distinctNames } from "../../../src/convert/sources/distinct-names.ts";
import { evaluate } from "../../../src/graph/evaluate.ts";
import type { Subgraph } from "../../../src/graph/types.ts";
import { INITIAL, RECURRENT_CASES } from "../../support/cases/recurrent.ts";
import {
  expectClose,
  expectedOf,
  expectSameOutputs,
  inputValues,
  judge,
  randomizeWeights,
  release,
  runFile,
  TOLERANCE,
  type Values,
} from "../../support/judge.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

type Layer = ReturnType<typeof layers.dense>;

function modelOf(layer: unknown, shape: readonly (number | null)[], batch: number | null = null): Sequential {
  const model = sequential();
  model.add(layers.inputLayer({ batchInputShape: [batch, ...shape] }));
  model.add(layer as Layer);
  randomizeWeights(model);
  return model;
}

const lstm = (options: object = {}): unknown =>
  layers.lstm({ units: 4, recurrentActivation: "sigmoid", ...INITIAL, ...options } as never);

const sequence = (steps: number, features = 3, batch = 1): Values =>
  inputValues(
    {
      name: "",
      tolerance: 0,
      source: () => modelOf(lstm(), [steps, features]),
      inputs: [{ shape: [null, steps, features] }],
    },
    batch,
  )[0] as Values;

describe("the form of recurrent layers", () => {
  const named = RECURRENT_CASES.filter(({ name }) => !/timeDistributed/.test(name)).map(
    (operatorCase) => [operatorCase.name, operatorCase] as const,
  );

  test.each(named)("unrolled: %s", async (_, operatorCase) => {
    await judge(operatorCase, inputValues(operatorCase, 3), { recurrent: "unrolled" }, "unrolled");
  });

  test.each(named)("as a loop: %s", async (_, operatorCase) => {
    await judge(operatorCase, inputValues(operatorCase, 3), { recurrent: "while" }, "loop");
  });

  const loopsOf = async (steps: number, options: ConvertOptions, layer = lstm()): Promise<number> => {
    const model = modelOf(layer, [steps, 3]);
    const { report } = await convert(model, options);
    release(model);
    return report.operators.after.WHILE ?? 0;
  };

  test("is a loop but for a few steps", async () => {
    expect(await loopsOf(8, {})).toBe(0);
    expect(await loopsOf(9, {})).toBe(1);
  });

  test("is unrolled for runtimes that lack loops, or the operator that hands out their outputs", async () => {
    expect(await loopsOf(20, { target: { runtime: "2.4" } })).toBe(0);
    expect(await loopsOf(20, { target: { runtime: "2.5" } })).toBe(1);
    expect(await loopsOf(20, { target: { runtime: "2.8" } }, lstm({ returnSequences: true }))).toBe(0);
    expect(await loopsOf(20, { target: { runtime: "2.9" } }, lstm({ returnSequences: true }))).toBe(1);
  });

  test("a loop picks what was multiplied before it began", async () => {
    const model = modelOf(lstm(), [20, 3]);
    const { subgraphs } = parseTflite(await toTflite(model, { batch: 1 }));
    const types = subgraphs.map(({ operators }) => operators.map(({ type }) => type).join(" "));
    expect(types).toEqual([
      "TRANSPOSE FULLY_CONNECTED WHILE",
      "LESS",
      "GATHER FULLY_CONNECTED ADD SPLIT LOGISTIC LOGISTIC MUL TANH MUL ADD LOGISTIC TANH MUL ADD",
    ]);
    const [, , body] = subgraphs as [Subgraph, Subgraph, Subgraph];
    // The number of the step, both states, and the products, which no turn changes.
    expect(body.inputs.map(({ shape }) => shape)).toEqual([[], [1, 4], [1, 4], [20, 1, 16]]);
    expect(body.outputs[3]).toBe(body.inputs[3]);
    release(model);
  });

  test("sequences of any length", async () => {
    const model = modelOf(lstm(), [null, 3]);
    const bytes = await toTflite(model, {
      inputs: { [model.inputNames[0] as string]: [null, { nominal: 20 }, 3] },
    });
    for (const steps of [1, 9, 20, 33]) {
      const x = sequence(steps, 3, 2);
      expectSameOutputs(await runFile(bytes, [x]), expectedOf(model, [x]), TOLERANCE, `${steps} steps`);
    }
    release(model);
  });

  test("all outputs of sequences of any length", async () => {
    const model = modelOf(lstm({ returnSequences: true }), [null, 3]);
    const inputs = { [model.inputNames[0] as string]: [null, { nominal: 20 }, 3] };
    const [main] = parseTflite(await toTflite(model, { inputs })).subgraphs as [Subgraph];
    expect(main.inputs[0]?.shapeSignature).toEqual([-1, -1, 3]);
    expect(main.outputs[0]?.shapeSignature).toEqual([-1, -1, 4]);
    release(model);
  });

  test("leaves the model as it was", async () => {
    const layer = lstm({ stateful: true, dropout: 0.5 }) as RNN;
    const model = modelOf(layer, [5, 3], 2);
    const x = tf.ones([2, 5, 3]);
    const before = tf.memory().numTensors;
    const states = (layer.states as tf.Tensor[]).map((state) => state.dataId);
    await toTflite(model);
    expect((layer.states as tf.Tensor[]).map((state) => state.dataId)).toEqual(states);
    expect(layer.cell).toMatchObject({ dropout: 0.5, dropoutMask: null });
    expect(tf.memory().numTensors).toBe(before);
    expect(Object.hasOwn(layer, "call")).toBe(false);
    x.dispose();
    release(model);
  });
});

describe("the fused LSTM", () => {
  const fused = async (layer: unknown): Promise<readonly string[]> => {
    const model = modelOf(layer, [20, 3]);
    const [main] = parseTflite(await toTflite(model, { recurrent: "fused", batch: 2 })).subgraphs as [
      Subgraph,
    ];
    release(model);
    return main.operators.map(({ type }) => type);
  };

  test("is one operator, behind a step that clears its state", async () => {
    expect(await fused(lstm({ returnSequences: true }))).toEqual([
      "PAD",
      "CONCATENATION",
      "UNIDIRECTIONAL_SEQUENCE_LSTM",
      "SLICE",
    ]);
  });

  test.each([
    ["the last output", {}],
    ["all outputs", { returnSequences: true }],
    ["backwards", { goBackwards: true, returnSequences: true }],
    ["without a bias", { useBias: false }],
  ])("computes what tfjs computes: %s", async (_, options) => {
    const model = modelOf(lstm(options), [20, 3]);
    const graph = parseTflite(await toTflite(model, { recurrent: "fused", batch: 2 }));
    const x = sequence(20, 3, 2);
    const given = tf.tensor(Array.from(x.data), [...x.shape]);
    // LiteRT for the web refuses variables; the loop's other judge stands in.
    const [y] = evaluate(graph.subgraphs[0] as Subgraph, [given]) as [tf.Tensor];
    const [expected] = Object.values(expectedOf(model, [x])) as [Values];
    expectClose(y.dataSync(), expected.data, TOLERANCE, "fused");
    tf.dispose([given, y]);
    release(model);
  });

  test.each([
    ["a GRU", () => layers.gru({ units: 4, ...INITIAL } as never)],
    ["hard sigmoids", () => lstm({ recurrentActivation: "hardSigmoid" })],
    ["other activations", () => lstm({ activation: "relu" })],
  ])("is not there for %s", async (_, layer) => {
    expect(await fused(layer())).toContain("WHILE");
  });

  test("needs a fixed batch", async () => {
    const model = modelOf(lstm(), [20, 3]);
    await expect(toTflite(model, { recurrent: "fused" })).rejects.toThrow(
      /SequenceLstm: the fused LSTM needs a fixed batch: use the option { batch: 1 }/,
    );
    release(model);
  });
});

describe("streaming: states as inputs and outputs", () => {
  /** Feeds a sequence in parts, and gives the outputs of all parts, one after the other. */
  async function stream(
    bytes: Uint8Array,
    parts: readonly Values[],
    states: readonly Values[],
  ): Promise<number[]> {
    const outputs: number[] = [];
    let current = states;
    for (const part of parts) {
      const [output, ...next] = Object.values(await runFile(bytes, [part, ...current]));
      outputs.push(...Array.from((output as Values).data));
      current = next;
    }
    return outputs;
  }

  const zeros = (...shape: number[]): Values => ({
    shape,
    dtype: "float32",
    data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
  });

  /** A sequence of one item, cut into parts of a length. */
  const partsOf = ({ shape, data }: Values, length: number): readonly Values[] => {
    const [, steps, features] = shape as [number, number, number];
    return Array.from({ length: steps / length }, (_, part) => ({
      shape: [1, length, features],
      dtype: "float32",
      data: Array.from(data).slice(part * length * features, (part + 1) * length * features),
    }));
  };

  test.each([
    ["simpleRNN", 1, () => layers.simpleRNN({ units: 4, ...INITIAL, returnSequences: true })],
    ["gru", 1, () => layers.gru({ units: 4, ...INITIAL, returnSequences: true } as never)],
    ["lstm", 2, () => lstm({ returnSequences: true })],
  ] as const)("%s: a sequence in parts gives what the whole gives", async (name, count, layer) => {
    const whole = modelOf(layer(), [30, 3]);
    const part = modelOf(layer(), [10, 3]);
    part.setWeights(whole.getWeights());
    const bytes = await toTflite(part, { state: "io" });
    const recurrent = part.layers.at(-1);
    const { signatures } = parseTflite(bytes);
    const names = Array.from({ length: count }, (_, index) => `${recurrent?.name}/state_${index}`);
    expect(signatures[0]?.inputs.map((entry) => entry.name)).toEqual([part.inputNames[0], ...names]);
    expect(signatures[0]?.outputs.map((entry) => entry.name)).toEqual([part.outputNames[0], ...names]);
    const x = sequence(30);
    const [expected] = Object.values(expectedOf(whole, [x])) as [Values];
    const states = names.map(() => zeros(1, 4));
    expectClose(await stream(bytes, partsOf(x, 10), states), expected.data, TOLERANCE, name);
    release(whole);
    release(part);
  });

  test("stacked cells and two layers, one step at a time", async () => {
    const make = (steps: number): Sequential => {
      const model = sequential();
      model.add(layers.inputLayer({ inputShape: [steps, 3] }));
      model.add(
        layers.rnn({
          cell: [
            layers.lstmCell({ units: 4, ...INITIAL } as never),
            layers.gruCell({ units: 2, ...INITIAL } as never),
          ] as never,
          returnSequences: true,
        }) as unknown as Layer,
      );
      model.add(lstm({ returnSequences: true }) as Layer);
      return model;
    };
    const [whole, part] = [make(12), make(1)];
    randomizeWeights(whole);
    part.setWeights(whole.getWeights());
    const bytes = await toTflite(part, { state: "io" });
    const x = sequence(12);
    const [expected] = Object.values(expectedOf(whole, [x])) as [Values];
    // The states of stacked cells come in reverse order of the cells.
    const states = [zeros(1, 2), zeros(1, 4), zeros(1, 4), zeros(1, 4), zeros(1, 4)];
    expectClose(await stream(bytes, partsOf(x, 1), states), expected.data, TOLERANCE, "stacked");
    release(whole);
    release(part);
  });

  test("images: the states of convLstm2d", async () => {
    const model = modelOf(
      layers.convLstm2d({ filters: 2, kernelSize: 3, ...INITIAL } as never),
      [4, 6, 5, 1],
    );
    const [main] = parseTflite(await toTflite(model, { state: "io" })).subgraphs as [Subgraph];
    expect(main.inputs.slice(1).map(({ shapeSignature }) => shapeSignature)).toEqual([
      [-1, 4, 3, 2],
      [-1, 4, 3, 2],
    ]);
    release(model);
  });

  test.each([
    ["goes backwards", () => lstm({ goBackwards: true })],
    ["is bidirectional", () => layers.bidirectional({ layer: lstm() as RNN, mergeMode: "concat" })],
  ])("is refused where a layer %s", async (_, layer) => {
    const model = modelOf(layer(), [5, 3]);
    await expect(toTflite(model, { state: "io" })).rejects.toThrow(
      /goes backwards, so that it would need the end/,
    );
    release(model);
  });

  test("is refused where a layer is run twice", async () => {
    const shared = lstm() as unknown as Layer;
    const model = modelOf(layers.timeDistributed({ layer: layers.dense({ units: 3 }) }), [5, 3]);
    const source = {
      ...pick(model),
      layers: [shared],
      apply: (x: unknown) =>
        tf.add(shared.apply(x as tf.Tensor) as tf.Tensor, shared.apply(x as tf.Tensor) as tf.Tensor),
    } as LayersModelSource;
    tf.tidy(() => shared.apply(tf.zeros([1, 5, 3])) as tf.Tensor);
    await expect(toTflite(source, { state: "io" })).rejects.toThrow(/the model runs it more than once/);
    release(model);
  });
});

function pick({ name, inputs, outputs, inputNames, outputNames }: Sequential): Partial<LayersModelSource> {
  return { name, inputs, outputs, inputNames, outputNames };
}

describe("stateful layers", () => {
  test("start from the state that they hold, and the report says so", async () => {
    const layer = lstm({ stateful: true, returnSequences: true }) as RNN;
    const model = modelOf(layer, [12, 3], 2);
    const x = sequence(12, 3, 2);
    tf.tidy(() => model.apply(tf.tensor(Array.from(x.data), [2, 12, 3])) as tf.Tensor);
    const { bytes, report } = await convert(model);
    expect(report.warnings).toEqual([
      `Layer "${layer.name}" is stateful: in the file every run starts from the state that it holds now. ` +
        'With the option { state: "io" } its state is an input and an output of the file.',
    ]);
    const first = await runFile(bytes, [x]);
    expectSameOutputs(await runFile(bytes, [x]), first, 0, "a second run");
    expectSameOutputs(first, expectedOf(model, [x]), TOLERANCE, "stateful");
    expect((await convert(model, { state: "io" })).report.warnings).toEqual([]);
    release(model);
  });

  test("in a TimeDistributed are refused", async () => {
    const inner = lstm({ stateful: true }) as Layer;
    const model = modelOf(layers.timeDistributed({ layer: inner }), [2, 5, 3], 2);
    await expect(toTflite(model)).rejects.toThrow(/would have to hand its state from step to step/);
    release(model);
  });
});

test("outputs of one layer get names of their own", () => {
  expect(distinctNames(["a", "a", "a_1", "a"])).toEqual(["a", "a_2", "a_1", "a_3"]);
});
