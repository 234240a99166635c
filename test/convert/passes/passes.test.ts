import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { lower } from "../../../src/convert/lower/lower.ts";
import { copyOutputs } from "../../../src/convert/passes/copy-outputs.ts";
import { depthwiseScale } from "../../../src/convert/passes/depthwise-scale.ts";
import { foldConstants } from "../../../src/convert/passes/fold-constants.ts";
import { foldIntoWeights } from "../../../src/convert/passes/fold-into-weights.ts";
import { fuseActivations } from "../../../src/convert/passes/fuse-activations.ts";
import { padToSame } from "../../../src/convert/passes/pad-to-same.ts";
import { removeIdentities } from "../../../src/convert/passes/remove-identities.ts";
import type { Pass } from "../../../src/convert/passes/rewrite.ts";
import { shareConstants } from "../../../src/convert/passes/share-constants.ts";
import type { FunctionSource, ModelSource } from "../../../src/convert/source.ts";
import { runtimeRules } from "../../../src/convert/target-rules.ts";
import { trace } from "../../../src/convert/trace/trace.ts";
import { operatorOf } from "../../../src/graph/builder.ts";
import { evaluate } from "../../../src/graph/evaluate.ts";
import { printGraph } from "../../../src/graph/print.ts";
import { floatConstant, floatsOf, intConstant } from "../../../src/graph/tensors.ts";
import type { ConstantTensor, Graph, Operator, Subgraph, Tensor } from "../../../src/graph/types.ts";
import { firstProblem } from "../../../src/graph/verify.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

interface Result {
  readonly before: string;
  readonly after: string;
  readonly skipped: readonly string[];
}

/** Runs passes on a source and proves on random values that they changed no number. */
async function pass(source: ModelSource, ...passes: readonly Pass[]): Promise<Result> {
  return passGraph(
    await lower([{ key: "main", trace: await trace(source, {}) }], { target: runtimeRules("2.14") }),
    ...passes,
  );
}

async function passGraph(graph: Graph, ...passes: readonly Pass[]): Promise<Result> {
  const skipped: string[] = [];
  const log = {
    applied: () => {},
    skipped: (rule: string, _: string, reason: string) => void skipped.push(`${rule}: ${reason}`),
  };
  let subgraph = graph.subgraphs[0] as Subgraph;
  const [first] = graph.subgraphs as [Subgraph];
  for (const { run } of passes) {
    subgraph = await run(subgraph, log);
    expect(firstProblem(subgraph)).toBeNull();
  }
  expectSame(first, subgraph);
  return { before: printGraph(graph), after: printGraph({ ...graph, subgraphs: [subgraph] }), skipped };
}

/** The evaluator, on a batch of two, gives the same before and after, to float32's rounding. */
function expectSame(before: Subgraph, after: Subgraph): void {
  tf.tidy(() => {
    const inputs = before.inputs.map(({ shape, shapeSignature }, seed) =>
      tf.randomUniform(
        shape.map((size, i) => (shapeSignature?.[i] === -1 ? 2 * size : size)),
        -2,
        2,
        "float32",
        seed + 1,
      ),
    );
    const [expected, actual] = [evaluate(before, inputs), evaluate(after, inputs)];
    for (const [index, tensor] of expected.entries()) {
      const [x, y] = [tensor.dataSync(), (actual[index] as tf.Tensor).dataSync()];
      const scale = Math.max(...[...x].map(Math.abs), 1e-6);
      x.forEach((value, i) => {
        expect(Math.abs(value - (y[i] as number)) / scale).toBeLessThan(1e-5);
      });
    }
  });
}

const fn = (f: (x: tf.Tensor4D) => tf.Tensor, shape: readonly (number | null)[]): FunctionSource => ({
  fn: (x) => f(x as tf.Tensor4D),
  inputs: [{ name: "x", shape }],
});

const weights = (shape: number[], seed = 7): tf.Tensor => tf.randomNormal(shape, 0, 1, "float32", seed);

describe("removeIdentities", () => {
  it("joins reshapes, and takes out those that change nothing", async () => {
    const { after } = await pass(
      fn((x) => tf.reshape(tf.reshape(tf.reshape(x, [-1, 4]), [-1, 2, 2]), [-1, 2, 2, 1]), [null, 2, 2, 1]),
      removeIdentities(),
    );
    expect(after).toMatchInlineSnapshot(`
      "main(x: float32[-1,2,2,1]) -> Reshape
        Reshape: float32[-1,2,2,1] = RESHAPE(x, [-1,2,2,1])"
    `);
  });

  it("cancels transposes and composes others", async () => {
    const { after } = await pass(
      fn(
        (x) => {
          const back = tf.transpose(tf.transpose(x, [0, 3, 1, 2]), [0, 2, 3, 1]);
          return tf.relu(tf.transpose(tf.transpose(back, [0, 3, 1, 2]), [0, 2, 1, 3]));
        },
        [null, 2, 3, 4],
      ),
      removeIdentities(),
    );
    expect(after).toMatchInlineSnapshot(`
      "main(x: float32[-1,2,3,4]) -> Relu
        Transpose: float32[-1,2,4,3] = TRANSPOSE(x, [0,1,3,2])
        Relu: float32[-1,2,4,3] = RELU(Transpose)"
    `);
  });

  it("joins slices, and removes adding 0, multiplying by 1 and empty padding", async () => {
    const { after } = await pass(
      fn(
        (x) => {
          const crop = tf.slice(tf.slice(x, [0, 1, 0, 0], [-1, 4, 6, 2]), [0, 0, 2, 0], [-1, 4, 3, 2]);
          const zero = tf.pad(tf.add(tf.mul(crop, 1), 0), [
            [0, 0],
            [0, 0],
            [0, 0],
            [0, 0],
          ]);
          return tf.sub(tf.div(zero, 1), 0);
        },
        [null, 6, 6, 2],
      ),
      removeIdentities(),
    );
    expect(after).toMatchInlineSnapshot(`
      "main(x: float32[-1,6,6,2]) -> Sub
        Sub: float32[-1,4,3,2] = SLICE(x, [0,1,2,0], [-1,4,3,2])"
    `);
  });

  it("keeps adding 0 where that widens a tensor", async () => {
    const { after } = await pass(
      fn((x) => tf.add(x, tf.zeros([3, 4])), [1, 4]),
      removeIdentities(),
    );
    expect(after).toContain("ADD");
  });
});

describe("foldIntoWeights", () => {
  it("folds batch normalization and bias into a convolution before them", async () => {
    const filter = weights([3, 3, 2, 4]) as tf.Tensor4D;
    const [mean, variance, offset, scale] = [1, 2, 3, 4].map((seed) => tf.abs(weights([4], seed)));
    const { before, after } = await pass(
      fn(
        (x) => {
          const y = tf.add(tf.conv2d(x, filter, 1, "same"), tf.tensor1d([1, 2, 3, 4]));
          return tf.batchNorm(
            y as tf.Tensor4D,
            mean as tf.Tensor1D,
            variance as tf.Tensor1D,
            offset as tf.Tensor1D,
            scale as tf.Tensor1D,
          );
        },
        [null, 5, 5, 2],
      ),
      removeIdentities(),
      foldIntoWeights(),
    );
    expect(before).toContain("MUL");
    expect(after).toMatchInlineSnapshot(`
      "main(x: float32[-1,5,5,2]) -> Reshape
        Reshape: float32[-1,5,5,4] = CONV_2D(x, kernel: float32[4,3,3,2], bias: float32[4]) { padding: SAME, stride_w: 1, stride_h: 1 }"
    `);
  });

  it("folds a rescaling into the convolution after it, and what SAME allows of it", async () => {
    const filter = weights([3, 3, 2, 4]) as tf.Tensor4D;
    const rescaled = (padding: "same" | "valid", offset: number) =>
      pass(
        fn(
          (x) => tf.conv2d(tf.add(tf.mul(x, 1 / 127.5), offset) as tf.Tensor4D, filter, 1, padding),
          [null, 5, 5, 2],
        ),
        removeIdentities(),
        foldIntoWeights(),
      );
    const valid = await rescaled("valid", -1);
    expect(valid.after).toMatchInlineSnapshot(`
      "main(x: float32[-1,5,5,2]) -> Conv2D
        Conv2D: float32[-1,3,3,4] = CONV_2D(x, kernel: float32[4,3,3,2], bias: float32[4]) { padding: VALID, stride_w: 1, stride_h: 1 }"
    `);
    expect((await rescaled("same", 0)).after).not.toContain("MUL");
    const same = await rescaled("same", -1);
    expect(same.after).toContain("ADD");
    expect(same.skipped.join()).toContain("SAME padding adds zeros after the summand");
  });

  it("folds through a flattening into FULLY_CONNECTED, and into depthwise weights with a multiplier", async () => {
    const dense = weights([12, 3]) as tf.Tensor2D;
    const flattened = await pass(
      fn(
        (x) => {
          const y = tf.add(tf.mul(x, tf.tensor1d([1, 2, 3])), tf.tensor1d([0.5, -1, 2]));
          return tf.matMul(tf.reshape(y, [-1, 12]) as tf.Tensor2D, dense);
        },
        [null, 2, 2, 3],
      ),
      removeIdentities(),
      foldIntoWeights(),
    );
    expect(flattened.after).toMatchInlineSnapshot(`
      "main(x: float32[-1,2,2,3]) -> BatchMatMul
        BatchMatMul: float32[-1,12] = RESHAPE(x, [-1,12])
        BatchMatMul: float32[-1,3] = FULLY_CONNECTED(BatchMatMul, kernel: float32[3,12], bias: float32[3])"
    `);
    const depthwise = weights([2, 2, 3, 2]) as tf.Tensor4D;
    const scaled = await pass(
      fn(
        (x) =>
          tf.depthwiseConv2d(
            tf.sub(tf.mul(x, tf.tensor1d([1, 2, 3])), 0.5) as tf.Tensor4D,
            depthwise,
            1,
            "valid",
          ),
        [null, 4, 4, 3],
      ),
      removeIdentities(),
      foldIntoWeights(),
    );
    expect(scaled.after).toMatchInlineSnapshot(`
      "main(x: float32[-1,4,4,3]) -> DepthwiseConv2dNative
        DepthwiseConv2dNative: float32[-1,3,3,6] = DEPTHWISE_CONV_2D(x, kernel: float32[1,2,2,6], bias: float32[6]) { padding: VALID, stride_w: 1, stride_h: 1, depth_multiplier: 2 }"
    `);
  });

  it("leaves a convolution alone that others read, and says so", async () => {
    const filter = weights([1, 1, 2, 2]) as tf.Tensor4D;
    const { after, skipped } = await pass(
      fn(
        (x) => {
          const y = tf.conv2d(x, filter, 1, "same");
          return tf.concat([y, tf.mul(y, tf.tensor1d([2, 3]))], 3);
        },
        [null, 3, 3, 2],
      ),
      removeIdentities(),
      foldIntoWeights(),
    );
    expect(after).toContain("MUL");
    expect(skipped.join()).toContain("has other readers");
  });

  it("does not take a constant that varies along the image for one per channel", async () => {
    const filter = weights([1, 1, 2, 3]) as tf.Tensor4D;
    const { after } = await pass(
      fn((x) => tf.mul(tf.conv2d(x, filter, 1, "same"), weights([3, 1, 1])), [null, 3, 3, 2]),
      removeIdentities(),
      foldIntoWeights(),
    );
    expect(after).toContain("MUL");
  });
});

describe("depthwiseScale and fuseActivations", () => {
  it("writes a batch normalization with no convolution before it as one depthwise convolution with RELU", async () => {
    const model = sequential({
      layers: [
        layers.maxPooling2d({ poolSize: 2, inputShape: [4, 4, 3], name: "pool" }),
        layers.batchNormalization({ name: "normalize" }),
        layers.reLU({ name: "rectify" }),
      ],
    });
    (model.layers[1] as unknown as { setWeights(w: tf.Tensor[]): void }).setWeights([
      tf.tensor1d([1, 2, 3]),
      tf.tensor1d([0.1, 0.2, 0.3]),
      tf.tensor1d([0.5, 0.5, 0.5]),
      tf.tensor1d([1, 4, 9]),
    ]);
    const { after } = await pass(
      model,
      removeIdentities(),
      foldIntoWeights(),
      depthwiseScale(),
      fuseActivations(),
    );
    expect(after).toMatchInlineSnapshot(`
      "main(pool_input: float32[-1,4,4,3]) -> rectify/Relu
        pool/MaxPool: float32[-1,2,2,3] = MAX_POOL_2D(pool_input) { padding: VALID, stride_w: 2, stride_h: 2, filter_width: 2, filter_height: 2 }
        rectify/Relu: float32[-1,2,2,3] = DEPTHWISE_CONV_2D(pool/MaxPool, normalize/scale: float32[1,1,1,3], normalize/offset: float32[3]) { padding: VALID, stride_w: 1, stride_h: 1, depth_multiplier: 1, fused_activation_function: RELU }"
    `);
  });

  it("drops cells by a depthwise convolution rather than a pool of one cell", async () => {
    const { after } = await pass(
      fn((x) => tf.maxPool(x, 1, 2, "same"), [null, 5, 5, 2]),
      depthwiseScale(),
    );
    expect(after).toMatchInlineSnapshot(`
      "main(x: float32[-1,5,5,2]) -> MaxPool
        MaxPool: float32[-1,3,3,2] = DEPTHWISE_CONV_2D(x, ones: float32[1,1,1,2], zeros: float32[2]) { padding: VALID, stride_w: 2, stride_h: 2, depth_multiplier: 1 }"
    `);
  });

  it("fuses each rectifier once, RELU6 of its tfjs-layers form too", async () => {
    const filter = weights([1, 1, 2, 2]) as tf.Tensor4D;
    const { after } = await pass(
      fn(
        (x) => {
          const a = tf.minimum(tf.relu(tf.conv2d(x, filter, 1, "same")), 6);
          const b = tf.clipByValue(tf.add(a, x), -1, 1);
          return tf.relu(tf.relu(tf.maxPool(b as tf.Tensor4D, 2, 1, "same")));
        },
        [null, 3, 3, 2],
      ),
      removeIdentities(),
      fuseActivations(),
    );
    expect(after).toMatchInlineSnapshot(`
      "main(x: float32[-1,3,3,2]) -> Relu
        Minimum: float32[-1,3,3,2] = CONV_2D(x, kernel: float32[2,1,1,2], bias: float32[2]) { padding: SAME, stride_w: 1, stride_h: 1, fused_activation_function: RELU6 }
        ClipByValue: float32[-1,3,3,2] = ADD(Minimum, x) { fused_activation_function: RELU_N1_TO_1 }
        Relu: float32[-1,3,3,2] = MAX_POOL_2D(ClipByValue) { padding: SAME, stride_w: 1, stride_h: 1, filter_width: 2, filter_height: 2, fused_activation_function: RELU }"
    `);
  });

  it("does not fuse what is an output itself", async () => {
    const { after, skipped } = await pass(
      {
        fn: (x) => ({ sum: tf.add(x as tf.Tensor, 1), rectified: tf.relu(tf.add(x as tf.Tensor, 1)) }),
        inputs: [{ name: "x", shape: [null, 3] }],
      },
      fuseActivations(),
    );
    expect(after).toMatchInlineSnapshot(`
      "main(x: float32[-1,3]) -> Add, Relu
        Add: float32[-1,3] = ADD(x, 1)
        Relu: float32[-1,3] = ADD(x, 1) { fused_activation_function: RELU }"
    `);
    expect(skipped).toEqual([]);
    const shared = await pass(
      {
        fn: (x) => {
          const sum = tf.add(x as tf.Tensor, 1);
          return { sum, rectified: tf.relu(sum) };
        },
        inputs: [{ name: "x", shape: [null, 3] }],
      },
      fuseActivations(),
    );
    expect(shared.after).toContain("RELU(");
    expect(shared.skipped.join()).toContain("has other readers, or is an output");
  });
});

describe("padToSame", () => {
  const padded = (cells: readonly [number, number], stride: number, size: number) =>
    pass(
      fn(
        (x) => {
          const [a, b] = cells;
          return tf.conv2d(
            tf.pad(x, [
              [0, 0],
              [a, b],
              [a, b],
              [0, 0],
            ]),
            weights([3, 3, 1, 2]) as tf.Tensor4D,
            stride,
            "valid",
          );
        },
        [null, size, size, 1],
      ),
      padToSame(),
    );

  it("takes PAD where SAME pads the same cells", async () => {
    expect((await padded([1, 1], 1, 6)).after).toMatchInlineSnapshot(`
      "main(x: float32[-1,6,6,1]) -> Conv2D
        Conv2D: float32[-1,6,6,2] = CONV_2D(x, kernel: float32[2,3,3,1], bias: float32[2]) { padding: SAME, stride_w: 1, stride_h: 1 }"
    `);
    // An even image with stride 2 gets its odd cell after it.
    expect((await padded([0, 1], 2, 6)).after).not.toContain("PAD(");
  });

  it("keeps PAD where they differ, and says how", async () => {
    const { after, skipped } = await padded([1, 1], 2, 6);
    expect(after).toContain("PAD(");
    expect(skipped).toEqual(["PAD into SAME: SAME pads 0, 1, 0, 1, PAD 1, 1, 1, 1"]);
  });
});

describe("foldConstants, copyOutputs, shareConstants", () => {
  const x: Tensor = { name: "x", type: "float32", shape: [2] };
  const graphOf = (operators: readonly Operator[], outputs: readonly Tensor[]): Graph => ({
    subgraphs: [{ name: "main", inputs: [x], outputs, operators }],
    signatures: [],
    metadata: [],
  });

  it("computes what depends on constants alone", async () => {
    const [a, b] = [
      floatConstant("a", [2], Float32Array.of(1, 2)),
      floatConstant("b", [2], Float32Array.of(3, 4)),
    ];
    const sum: Tensor = { name: "sum", type: "float32", shape: [2] };
    const root: Tensor = { name: "root", type: "float32", shape: [2] };
    const y: Tensor = { name: "y", type: "float32", shape: [2] };
    const operators = [
      operatorOf("ADD", [a, b], [sum], {}),
      operatorOf("SQRT", [sum], [root], {}),
      operatorOf("MUL", [x, root], [y], {}),
    ] as Operator[];
    const { after } = await passGraph(graphOf(operators, [y]), foldConstants());
    expect(after).toMatchInlineSnapshot(`
      "main(x: float32[2]) -> y
        y: float32[2] = MUL(x, root: float32[2])"
    `);
  });

  it("writes integers as integers, though tfjs keeps the memory of what it casts", async () => {
    const integers = intConstant("integers", [2], [3, -4]);
    const cast: Tensor = { name: "cast", type: "float32", shape: [2] };
    const y: Tensor = { name: "y", type: "float32", shape: [2] };
    const operators = [
      operatorOf("CAST", [integers], [cast], { in_data_type: "INT32", out_data_type: "FLOAT32" }),
      operatorOf("MUL", [x, cast], [y], {}),
    ] as Operator[];
    const folded = await foldConstants().run(graphOf(operators, [y]).subgraphs[0] as Subgraph, {
      applied() {},
      skipped() {},
    });
    expect([...floatsOf(folded.operators[0]?.inputs[1] as ConstantTensor)]).toEqual([3, -4]);
  });

  it("copies an input that is an output, and one tensor that is two outputs", async () => {
    const y: Tensor = { name: "y", type: "float32", shape: [2] };
    const operators = [operatorOf("ABS", [x], [y], {})] as Operator[];
    const { after } = await passGraph(graphOf(operators, [x, y, y]), copyOutputs());
    expect(after).toMatchInlineSnapshot(`
      "main(x: float32[2]) -> x/copy, y, y/copy
        y: float32[2] = ABS(x)
        x/copy: float32[2] = RESHAPE(x, [2])
        y/copy: float32[2] = RESHAPE(y, [2])"
    `);
  });

  it("lets equal constants be one tensor", async () => {
    const tensors = ["p", "q", "r"].map((name): Tensor => ({ name, type: "float32", shape: [2] }));
    const operators = tensors.map((output, index) =>
      operatorOf(
        "SUM",
        [index === 0 ? { ...x, shape: [2] } : x, intConstant(`axes${index}`, [1], [0])],
        [{ ...output, shape: [] }],
        {},
      ),
    ) as Operator[];
    const graph = graphOf(
      operators.slice(1),
      operators.slice(1).map((operator) => operator.outputs[0] as Tensor),
    );
    const result = await shareConstants().run(graph.subgraphs[0] as Subgraph, { applied() {}, skipped() {} });
    expect(new Set(result.operators.map((operator) => operator.inputs[1])).size).toBe(1);
  });
});
