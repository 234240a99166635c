import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { LayersModelSource, ModelSource } from "../../../src/convert/index.ts";
import { KERNELS } from "../../../src/convert/lower/table.ts";
import { sourceKindOf } from "../../../src/convert/sources/front-ends.ts";
import { ConstantStore } from "../../../src/convert/trace/constant-store.ts";
import { record } from "../../../src/convert/trace/record.ts";
import { ALL_CASES } from "../../support/cases/all.ts";
import {
  type CaseInput,
  constant,
  fnCase,
  inputValues,
  type OperatorCase,
  release,
  type Values,
} from "../../support/judge.ts";

interface KernelCall {
  readonly kernel: string;
  readonly outputs: readonly string[];
}

const text = ({ shape, dtype }: { readonly shape: readonly number[]; readonly dtype: string }): string =>
  `${dtype}[${shape.join(",")}]`;

const apply = (source: ModelSource, tensors: readonly tf.Tensor[]): unknown =>
  "fn" in source
    ? source.fn(...tensors)
    : (source as LayersModelSource).apply(tensors.length === 1 ? tensors[0] : [...tensors]);

/** Stands for a size that only a run knows: no case has another of it. */
const UNKNOWN = 7919;

/** What was run, with its sizes unknown that the trace does not know. */
function unknownAs(traced: readonly KernelCall[], ran: readonly KernelCall[]): readonly KernelCall[] {
  const sizes = (text: string): readonly string[] => text.split(/(?<=[[,])|(?=[\],])/);
  return ran.map(({ kernel, outputs }, call) => ({
    kernel,
    outputs: outputs.map((text, index) => {
      const known = sizes(traced[call]?.outputs[index] ?? "");
      return sizes(text)
        .map((part, at) => (known[at] === String(UNKNOWN) ? known[at] : part))
        .join("");
    }),
  }));
}

/** What the trace says that each kernel makes. */
function traced(source: ModelSource, inputs: readonly Values[]): readonly KernelCall[] {
  const constants = new ConstantStore();
  try {
    const { recording } = record(
      {
        unknownSize: () => UNKNOWN,
        inputs: inputs.map(({ shape, dtype }, index) => ({
          name: `in_${index}`,
          spec: { shape, dtype: dtype as tf.DataType },
        })),
        run: (tensors) => apply(source, tensors),
        layer: () => "",
      },
      constants,
    );
    return recording.nodes.map(({ kernel, outputs }) => ({ kernel, outputs: outputs.map(text) }));
  } finally {
    constants.dispose();
  }
}

/** What tfjs makes, of the kernels that the inputs' values go into. */
function ran(source: ModelSource, inputs: readonly Values[]): readonly KernelCall[] {
  const engine = tf.engine();
  const runKernel = engine.runKernel;
  const calls: KernelCall[] = [];
  const followed = new Set<unknown>();
  engine.runKernel = ((kernel: string, given: tf.NamedTensorMap, attributes: never) => {
    const result = runKernel.call(engine, kernel, given, attributes) as tf.Tensor | tf.Tensor[];
    if (Object.values(given ?? {}).some((tensor) => followed.has(tensor?.dataId))) {
      const outputs = Array.isArray(result) ? result : [result];
      for (const { dataId } of outputs) followed.add(dataId);
      if (kernel !== "Identity") calls.push({ kernel, outputs: outputs.map(text) });
    }
    return result;
  }) as typeof runKernel;
  try {
    tf.tidy(() => {
      const tensors = inputs.map(({ data, shape, dtype }) =>
        tf.tensor(Array.from(data), [...shape], dtype as tf.DataType),
      );
      for (const { dataId } of tensors) followed.add(dataId);
      apply(source, tensors);
    });
  } finally {
    delete (engine as { runKernel?: typeof runKernel }).runKernel;
  }
  return calls;
}

const FLOATS: CaseInput = { shape: [2, 3, 4] };
const INTS: CaseInput = { shape: [2, 3, 4], dtype: "int32" };
const BOOLS: CaseInput = { shape: [2, 3, 4], dtype: "bool" };
const VOLUME: CaseInput = { shape: [1, 5, 6, 7, 2] };
const IMAGE: CaseInput = { shape: [2, 6, 7, 3] };

const one = (name: string, fn: (x: tf.Tensor) => unknown, ...inputs: CaseInput[]): OperatorCase[] =>
  (inputs.length === 0 ? [FLOATS] : inputs).map((input) =>
    fnCase(`${name}, ${input.dtype ?? "float32"}[${input.shape.join()}]`, [input], fn as never),
  );
const two = (
  name: string,
  fn: (a: tf.Tensor, b: tf.Tensor) => unknown,
  a: CaseInput = FLOATS,
  b: CaseInput = a,
): OperatorCase => fnCase(`${name}, ${a.dtype ?? "float32"} ${b.dtype ?? "float32"}`, [a, b], fn as never);

/** A kernel by its name, where no public operation of tfjs calls it in a forward computation. */
const kernel = (name: string, inputs: Record<string, CaseInput>, attributes: object = {}): OperatorCase => {
  const names = Object.keys(inputs);
  return fnCase(
    name,
    Object.values(inputs),
    (...tensors) =>
      tf
        .engine()
        .runKernel(
          name,
          Object.fromEntries(names.map((role, index) => [role, tensors[index] as tf.Tensor])),
          attributes as never,
        ) as tf.Tensor,
  );
};

const ALL_TYPES = [FLOATS, INTS, BOOLS];
const NUMBERS = [FLOATS, INTS];
const fours = { strides: [1, 1], dilations: [1, 1], pad: "same", dataFormat: "NHWC" };
const pool = { filterSize: [2, 2], strides: [2, 2], pad: "valid" };
const pool3d = { filterSize: [2, 2, 2], strides: [2, 2, 2], pad: "valid", dataFormat: "NDHWC" };

/** Kernels and types that the lowered ones of the other cases do not have. */
const CASES: readonly OperatorCase[] = [
  ...one("abs", tf.abs, ...NUMBERS),
  ...one("sin", tf.sin),
  ...one("cos", tf.cos),
  ...one("tanh", tf.tanh),
  ...one("exp", tf.exp, ...ALL_TYPES),
  ...one("expm1", tf.expm1, ...ALL_TYPES),
  ...one("log", tf.log),
  ...one("log1p", tf.log1p, ...ALL_TYPES),
  ...one("sqrt", tf.sqrt),
  ...one("rsqrt", tf.rsqrt),
  ...one("square", tf.square, ...ALL_TYPES),
  ...one("sign", tf.sign, ...ALL_TYPES),
  ...one("neg", tf.neg, ...ALL_TYPES),
  ...one("round", tf.round, ...ALL_TYPES),
  ...one("reciprocal", tf.reciprocal, ...ALL_TYPES),
  ...one("relu", tf.relu, ...ALL_TYPES),
  ...one("relu6", tf.relu6, ...ALL_TYPES),
  ...one("selu", tf.selu, ...ALL_TYPES),
  ...one("softplus", tf.softplus, ...ALL_TYPES),
  ...one("sigmoid", tf.sigmoid),
  ...one("step", (x) => tf.step(x), ...ALL_TYPES),
  ...one("clip", (x) => tf.clipByValue(x, 0, 1), ...ALL_TYPES),
  ...one("leaky relu", (x) => tf.leakyRelu(x, 0.5), ...ALL_TYPES),
  ...one("prelu", (x) => tf.prelu(x, tf.scalar(0.5)), FLOATS),
  ...one("onesLike", tf.onesLike, ...ALL_TYPES),
  ...one("zerosLike", tf.zerosLike, ...ALL_TYPES),
  two("add", tf.add, BOOLS),
  two("sub", tf.sub, INTS),
  two("sub", tf.sub, BOOLS),
  two("maximum", tf.maximum, BOOLS),
  two("squared difference", tf.squaredDifference, INTS),
  ...one("avgPool3d", (x) => tf.avgPool3d(x as tf.Tensor5D, 2, 2, "same"), VOLUME),
  ...one("maxPool3d", (x) => tf.maxPool3d(x as tf.Tensor5D, [2, 3, 2], [1, 2, 2], "valid"), VOLUME),
  ...one("maxPool3d, rounded", (x) => tf.maxPool3d(x as tf.Tensor5D, 2, 3, 1, "ceil"), VOLUME),
  ...one(
    "conv3d",
    (x) => tf.conv3d(x as tf.Tensor5D, constant([2, 3, 3, 2, 4]) as tf.Tensor5D, [1, 2, 2], "same"),
    VOLUME,
  ),
  ...one(
    "conv3d, dilated",
    (x) =>
      tf.conv3d(x as tf.Tensor5D, constant([2, 2, 2, 2, 4]) as tf.Tensor5D, 1, "valid", "NDHWC", [2, 2, 3]),
    VOLUME,
  ),
  ...one(
    "conv3dTranspose",
    (x) =>
      tf.conv3dTranspose(
        x as tf.Tensor5D,
        constant([2, 2, 2, 4, 2]) as tf.Tensor5D,
        [1, 10, 12, 14, 4],
        2,
        "same",
      ),
    VOLUME,
  ),
  ...one(
    "maxPoolWithArgmax",
    (x) => Object.values(tf.maxPoolWithArgmax(x as tf.Tensor4D, [2, 2], [2, 2], "same")),
    IMAGE,
  ),
  ...one(
    "dilation2d",
    (x) => tf.dilation2d(x as tf.Tensor4D, constant([2, 3, 3]) as tf.Tensor3D, [1, 2], "valid"),
    IMAGE,
  ),
  ...one(
    "dilation2d, same",
    (x) => tf.dilation2d(x as tf.Tensor4D, constant([2, 2, 3]) as tf.Tensor3D, 2, "same", [2, 1]),
    IMAGE,
  ),
  ...one(
    "spaceToBatchND",
    (x) =>
      tf.spaceToBatchND(
        x,
        [2, 2],
        [
          [0, 0],
          [1, 0],
        ],
      ),
    IMAGE,
  ),
  ...one(
    "batchToSpaceND",
    (x) =>
      tf.batchToSpaceND(
        x,
        [2, 2],
        [
          [0, 1],
          [1, 0],
        ],
      ),
    { shape: [8, 2, 3, 3] },
  ),
  ...one("local response normalization", (x) => tf.localResponseNormalization(x as tf.Tensor4D, 2), IMAGE),
  ...one("diag", tf.diag, { shape: [4] }, { shape: [2, 3] }, { shape: [4], dtype: "int32" }),
  ...one("bincount", (x) => tf.bincount(x as tf.Tensor1D, tf.tensor1d([]), 7), {
    shape: [9],
    dtype: "int32",
    range: [0, 6],
  }),
  ...one("denseBincount", (x) => tf.denseBincount(x as tf.Tensor2D, tf.tensor2d([], [0, 0]), 7), {
    shape: [2, 9],
    dtype: "int32",
    range: [0, 6],
  }),
  ...one("denseBincount of a vector", (x) => tf.denseBincount(x as tf.Tensor1D, tf.tensor1d([]), 7, true), {
    shape: [9],
    dtype: "int32",
    range: [0, 6],
  }),
  ...one("oneHot", (x) => tf.oneHot(x, 5), { shape: [2, 3], dtype: "int32", range: [0, 4] }),
  ...one("oneHot of floats", (x) => tf.oneHot(x, 5, 0.5, -1, "float32"), {
    shape: [2],
    dtype: "int32",
    range: [0, 4],
  }),
  ...one("stack", (x) => tf.stack([x, x, x], 1), ...ALL_TYPES),
  ...one("stack last", (x) => tf.stack([x, x], -1), FLOATS),
  ...one("unstack", (x) => tf.unstack(x, 1), ...ALL_TYPES),
  ...one("split", (x) => tf.split(x, 2, -1), ...ALL_TYPES),
  ...one("split by sizes", (x) => tf.split(x, [1, -1, 1], 2), FLOATS),
  ...one("topk", (x) => Object.values(tf.topk(x, 2)), ...NUMBERS),
  ...one(
    "gather",
    (x) =>
      tf.gather(
        x,
        tf.tensor2d(
          [
            [0, 1],
            [2, 1],
            [0, 0],
          ],
          [3, 2],
          "int32",
        ),
        1,
      ),
    ...ALL_TYPES,
  ),
  ...one(
    "gather by batch",
    (x) =>
      tf.gather(
        x,
        tf.tensor2d(
          [
            [0, 1],
            [2, 1],
          ],
          [2, 2],
          "int32",
        ),
        1,
        1,
      ),
    FLOATS,
  ),
  ...one(
    "gatherND",
    (x) =>
      tf.gatherND(
        x,
        tf.tensor2d(
          [
            [0, 1],
            [1, 2],
          ],
          [2, 2],
          "int32",
        ),
      ),
    ...NUMBERS,
  ),
  ...one(
    "scatterND",
    (x) => tf.scatterND(tf.tensor2d([[3], [0]], [2, 1], "int32"), x, [5, 3, 4]),
    ...NUMBERS,
  ),
  ...one(
    "tensorScatterUpdate",
    (x) => tf.tensorScatterUpdate(x, tf.tensor2d([[1]], [1, 1], "int32"), tf.zeros([1, 3, 4])),
    FLOATS,
  ),
  ...one("sparseToDense", (x) => tf.sparseToDense(tf.tensor1d([1, 3], "int32"), x, [6], tf.scalar(0)), {
    shape: [2],
  }),
  ...one("unsortedSegmentSum", (x) => tf.unsortedSegmentSum(x, tf.tensor1d([1, 0], "int32"), 4)),
  ...one("lowerBound", (x) => tf.lowerBound(x, constant([2, 5])), { shape: [2, 4], values: [1, 2, 3, 4] }),
  ...one(
    "mirror pad",
    (x) =>
      tf.mirrorPad(
        x,
        [
          [0, 1],
          [1, 0],
          [2, 2],
        ],
        "symmetric",
      ),
    ...NUMBERS,
  ),
  ...one("rotate", (x) => tf.image.rotateWithOffset(x as tf.Tensor4D, 0.5), IMAGE),
  ...one(
    "transform",
    (x) =>
      tf.image.transform(
        x as tf.Tensor4D,
        tf.tensor2d([[1, 0, 1, 0, 1, 2, 0, 0]]),
        "nearest",
        "constant",
        0,
        [4, 5],
      ),
    IMAGE,
  ),
  ...one(
    "transform to the same size",
    (x) => tf.image.transform(x as tf.Tensor4D, tf.tensor2d([[1, 0, 1, 0, 1, 2, 0, 0]])),
    IMAGE,
  ),
  ...one(
    "cropAndResize",
    (x) =>
      tf.image.cropAndResize(
        x as tf.Tensor4D,
        tf.tensor2d([
          [0, 0, 1, 1],
          [0, 0, 0.5, 0.5],
          [0.2, 0, 1, 1],
        ]),
        tf.tensor1d([0, 1, 1], "int32"),
        [4, 5],
      ),
    IMAGE,
  ),
  ...one("einsum", (x) => tf.einsum("ijk,kl->ijl", x, constant([4, 5])), FLOATS),
  ...one("einsum to a sum", (x) => tf.einsum("ijk->ik", x), FLOATS),
  two("einsum of two", (a, b) => tf.einsum("bij,bkj->bik", a, b)),
  two("complex", (a, b) => tf.abs(tf.complex(a, b))),
  ...one("fft", (x) => tf.real(tf.fft(tf.complex(x, tf.zerosLike(x)))), { shape: [2, 8] }),
  ...one("ifft", (x) => tf.imag(tf.ifft(tf.complex(x, tf.zerosLike(x)))), { shape: [2, 8] }),
  ...one("bandPart", (x) => tf.linalg.bandPart(x, 1, 1), { shape: [2, 4, 4] }),
  ...one("max pool of integers", (x) => tf.maxPool(x as tf.Tensor4D, 2, 2, "same"), {
    ...IMAGE,
    dtype: "int32",
  }),
  kernel("AvgPoolGrad", { dy: { shape: [2, 3, 3, 3] }, input: IMAGE }, pool),
  kernel("MaxPoolGrad", { dy: { shape: [2, 3, 3, 3] }, input: IMAGE, output: { shape: [2, 3, 3, 3] } }, pool),
  kernel("AvgPool3DGrad", { dy: { shape: [1, 2, 3, 3, 2] }, input: VOLUME }, pool3d),
  kernel(
    "MaxPool3DGrad",
    { dy: { shape: [1, 2, 3, 3, 2] }, input: VOLUME, output: { shape: [1, 2, 3, 3, 2] } },
    pool3d,
  ),
  kernel(
    "Conv2DBackpropFilter",
    { x: IMAGE, dy: { shape: [2, 6, 7, 5] } },
    { ...fours, filterShape: [3, 3, 3, 5] },
  ),
  kernel(
    "DepthwiseConv2dNativeBackpropFilter",
    { x: IMAGE, dy: { shape: [2, 6, 7, 6] } },
    { ...fours, filterShape: [3, 3, 3, 2] },
  ),
  kernel(
    "DepthwiseConv2dNativeBackpropInput",
    { dy: { shape: [2, 6, 7, 6] }, filter: { shape: [3, 3, 3, 2] } },
    { ...fours, inputShape: [2, 6, 7, 3] },
  ),
  kernel(
    "Conv3DBackpropFilterV2",
    { x: VOLUME, dy: { shape: [1, 5, 6, 7, 4] } },
    { strides: [1, 1, 1], pad: "same", filterShape: [2, 2, 2, 2, 4] },
  ),
  kernel(
    "Dilation2DBackpropInput",
    { x: IMAGE, filter: { shape: [2, 2, 3] }, dy: { shape: [2, 6, 7, 3] } },
    { ...fours },
  ),
  kernel(
    "Dilation2DBackpropFilter",
    { x: IMAGE, filter: { shape: [2, 2, 3] }, dy: { shape: [2, 6, 7, 3] } },
    { ...fours },
  ),
  kernel("EluGrad", { dy: FLOATS, y: FLOATS }),
  kernel("LRNGrad", { x: IMAGE, y: IMAGE, dy: IMAGE }, { depthRadius: 2, bias: 1, alpha: 1, beta: 0.5 }),
  // Of a square: tfjs's cpu backend has the sizes of others the wrong way round.
  kernel(
    "ResizeBilinearGrad",
    { images: { shape: [2, 6, 6, 3] }, dy: { shape: [2, 9, 8, 3] } },
    { alignCorners: false },
  ),
  kernel(
    "ResizeNearestNeighborGrad",
    { images: IMAGE, dy: { shape: [2, 9, 8, 3] } },
    { alignCorners: false },
  ),
];

/**
 * Kernels that no case can run.
 * - The shape of what they make depends on values, so that they cannot be traced: Ragged (3),
 *   SparseFillEmptyRows, StringNGrams, StringSplit.
 * - They take no tensor, so that they are never traced but run: Fill, FromPixels, LinSpace, Range.
 * - tfjs never calls them, and its cpu backend does not have them: BroadcastTo, LogicalXor, LogSoftmax,
 *   LowerBound, UpperBound, MatrixBandPart, Pool (kernels.md: "never dispatched").
 * - They are of text: StaticRegexReplace, StringToHashBucketFast. Draw needs a canvas.
 * - Identity is another name of its operand.
 */
const NOT_RUN = [
  "BroadcastTo",
  "Draw",
  "Fill",
  "FromPixels",
  "Identity",
  "LinSpace",
  "LogSoftmax",
  "LogicalXor",
  "LowerBound",
  "MatrixBandPart",
  "Pool",
  "RaggedGather",
  "RaggedRange",
  "RaggedTensorToTensor",
  "Range",
  "SparseFillEmptyRows",
  "StaticRegexReplace",
  "StringNGrams",
  "StringSplit",
  "StringToHashBucketFast",
  "UpperBound",
];

/** Front ends record the others: no kernel of tfjs computes them. */
const isKernel = (name: string): boolean => name in tf;

const compared = new Set<string>();

describe("a trace knows the shapes and types of", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  test.each([...ALL_CASES, ...CASES].map((operatorCase) => [operatorCase.name, operatorCase] as const))(
    "%s",
    (_, operatorCase) => {
      const source = operatorCase.source();
      sourceKindOf(source);
      const inputs = inputValues(operatorCase, 2);
      const expected = ran(source, inputs);
      const made = traced(source, inputs);
      expect(made).toEqual(unknownAs(made, expected));
      for (const { kernel: name } of expected) compared.add(name);
      release(source);
    },
  );

  test("every kernel that can be run was compared", () => {
    const missing = Object.keys(KERNELS).filter((name) => !compared.has(name) && isKernel(name));
    expect(missing.sort()).toEqual(NOT_RUN);
  });
});
