import { loadGraphModel } from "@tensorflow/tfjs-converter";
import type { io } from "@tensorflow/tfjs-core";
import type { LoadedGraphModel } from "../../src/architectures/feature-vector-graph.ts";
import { randomFrom } from "../../src/training/random.ts";

/** A node of TensorFlow's GraphDef as JSON. */
export interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, object>>;
}

const FLOAT = { type: "DT_FLOAT" };
const text = (value: string): object => ({ s: Buffer.from(value).toString("base64") });
const list = (...values: number[]): object => ({ list: { i: values.map(String) } });
const shapeOf = (sizes: readonly number[]): object => ({
  shape: { dim: sizes.map((size) => ({ size: String(size) })) },
});

/** An input; `-1` is an open size. */
export const placeholder = (name: string, sizes: readonly number[], type: string = "DT_FLOAT"): NodeDef => ({
  name,
  op: "Placeholder",
  attr: { dtype: { type }, shape: shapeOf(sizes) },
});

/** A node of floats without attributes of its own. */
export const node = (
  op: string,
  name: string,
  input: readonly string[],
  attr: Readonly<Record<string, object>> = {},
): NodeDef => ({ name, op, input, attr: { T: FLOAT, ...attr } });

export const conv2d = (name: string, x: string, filter: string, strides: number = 1): NodeDef =>
  node("Conv2D", name, [x, filter], {
    strides: list(1, strides, strides, 1),
    padding: text("SAME"),
    data_format: text("NHWC"),
    dilations: list(1, 1, 1, 1),
    use_cudnn_on_gpu: { b: true },
    explicit_paddings: { list: {} },
  });

export const meanOf = (name: string, x: string, axes: string, keepDims: boolean = false): NodeDef =>
  node("Mean", name, [x, axes], { keep_dims: { b: keepDims }, Tidx: { type: "DT_INT32" } });

/** A constant's values. */
export interface Constant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype?: "float32" | "int32" | "bool";
  /** Default: random, from -1 to 1. */
  readonly values?: readonly number[];
}

/** A function of a graph model: a side of a branch, the condition or the body of a loop. */
export interface FunctionDef {
  readonly name: string;
  /** Names and types, such as `"DT_FLOAT"`. */
  readonly inputs: readonly (readonly [name: string, type: string])[];
  readonly nodes: readonly NodeDef[];
  /** What it gives: `"node:output:0"`. */
  readonly outputs: readonly (readonly [name: string, type: string])[];
}

const TYPE_NAMES = { float32: "DT_FLOAT", int32: "DT_INT32", bool: "DT_BOOL" } as const;
const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** What `tf.io` would read of a graph model: nodes in any order, and the values of its constants. */
export function graphArtifacts(
  nodes: readonly NodeDef[],
  constants: readonly Constant[],
  outputs: readonly string[],
  functions: readonly FunctionDef[] = [],
): io.ModelArtifacts {
  const random = randomFrom(3);
  const filled = constants.map(({ name, shape, dtype = "float32", values }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const data = values ?? Array.from({ length: size }, () => random() * 2 - 1);
    return { name, shape, dtype, data: ARRAYS[dtype].from(data) };
  });
  const consts = filled.map(({ name, shape, dtype }): NodeDef => {
    const type = TYPE_NAMES[dtype];
    return {
      name,
      op: "Const",
      attr: {
        dtype: { type },
        value: {
          tensor: { dtype: type, tensorShape: { dim: shape.map((size) => ({ size: String(size) })) } },
        },
      },
    };
  });
  const placeholders = nodes.filter(({ op }) => op === "Placeholder");
  const bytes = Buffer.concat(filled.map(({ data }) => Buffer.from(data.buffer)));
  return {
    format: "graph-model",
    modelTopology: {
      node: [...consts, ...nodes],
      versions: { producer: 1, minConsumer: 1 },
      library: functions.length === 0 ? {} : { function: functions.map((each) => functionDef(each, consts)) },
    },
    userDefinedMetadata: {
      signature: {
        inputs: Object.fromEntries(
          placeholders.map(({ name, attr = {} }) => [
            name,
            {
              name: `${name}:0`,
              dtype: (attr.dtype as { type: string }).type,
              tensorShape: (attr.shape as { shape: object }).shape,
            },
          ]),
        ),
        outputs: Object.fromEntries(outputs.map((name) => [name, { name: `${name}:0`, dtype: "DT_FLOAT" }])),
      },
    },
    weightSpecs: filled.map(({ name, shape, dtype }) => ({ name, shape: [...shape], dtype })),
    weightData: new Uint8Array(bytes).buffer,
  };
}

/** A function sees nothing of the graph around it: the constants that it reads are nodes of its own. */
function functionDef({ name, inputs, nodes, outputs }: FunctionDef, consts: readonly NodeDef[]): object {
  const read = new Set(nodes.flatMap(({ input = [] }) => input));
  const results = outputs.map(([, type], index) => ({ name: `result_${index}`, type }));
  return {
    signature: { name, inputArg: inputs.map(([arg, type]) => ({ name: arg, type })), outputArg: results },
    nodeDef: [...consts.filter((constant) => read.has(constant.name)), ...nodes],
    ret: Object.fromEntries(outputs.map(([port], index) => [`result_${index}`, port])),
  };
}

/** A graph model from artifacts. */
export function graphModel(artifacts: io.ModelArtifacts): Promise<LoadedGraphModel> {
  return loadGraphModel({ load: async () => artifacts });
}

/**
 * A little convolutional network: `image` [-1, 8, 8, 3], a convolution with bias and ReLU, the mean over height and
 * width (`features/pool`, 6 numbers), a dense layer (`scores`, 3 numbers).
 */
export function smallNetwork(sizes: readonly number[] = [-1, 8, 8, 3]): io.ModelArtifacts {
  return graphArtifacts(
    [
      placeholder("image", sizes),
      conv2d("features/conv", "image", "features/filter"),
      node("BiasAdd", "features/bias_add", ["features/conv", "features/bias"], { data_format: text("NHWC") }),
      node("Relu", "features/relu", ["features/bias_add"]),
      meanOf("features/pool", "features/relu", "features/axes"),
      node("MatMul", "head/mat_mul", ["features/pool", "head/kernel"], {
        transpose_a: { b: false },
        transpose_b: { b: false },
      }),
      node("Softmax", "scores", ["head/mat_mul"]),
    ],
    [
      { name: "features/filter", shape: [3, 3, 3, 6] },
      { name: "features/bias", shape: [6] },
      { name: "features/axes", shape: [2], dtype: "int32", values: [1, 2] },
      { name: "head/kernel", shape: [6, 3] },
    ],
    ["scores"],
  );
}
