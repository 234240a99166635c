import type { DataType } from "@tensorflow/tfjs-core";

/** A value of a program, as it is in one run of it. */
export interface ProgramValue {
  /** What it is called in the program's text. */
  readonly name: string;
  /** With null where a size follows the batch. */
  readonly shape: readonly (number | null)[];
  readonly dtype: DataType;
  readonly values: ArrayLike<number>;
  /** With the sizes of this run. */
  readonly sizes: readonly number[];
}

/** Where an operation's operands and attributes come from. */
export interface Choices {
  /** A whole number from 0 to below `count`. */
  readonly below: (count: number) => number;
  readonly pick: <T>(list: readonly T[]) => T;
  /** Another value of the program; null where none is as wanted. */
  readonly other: (wanted: (value: ProgramValue) => boolean) => ProgramValue | null;
}

/** Writes the operation on a value as text; null where it does not apply to it. */
export type Operation = (x: ProgramValue, choose: Choices) => string | null;

type Test = (x: ProgramValue) => boolean;

const isFloat: Test = ({ dtype }) => dtype === "float32";
const isInteger: Test = ({ dtype }) => dtype === "int32";
const isBoolean: Test = ({ dtype }) => dtype === "bool";
const isNumber: Test = (x) => isFloat(x) || isInteger(x);
const any: Test = () => true;
const ofRank =
  (...ranks: readonly number[]): Test =>
  ({ shape }) =>
    ranks.includes(shape.length);
const both =
  (...tests: readonly Test[]): Test =>
  (x) =>
    tests.every((passes) => passes(x));
const hasDimensions: Test = ({ shape }) => shape.length > 0;

/** How far a float must be from where an operation jumps: far beyond what roundings add up to. */
const MARGIN = 2e-3;

const all = (x: ProgramValue, passes: (value: number) => boolean): boolean =>
  Array.from(x.values).every(passes);
const farFrom =
  (ties: (value: number) => number): Test =>
  (x) =>
    all(x, (value) => Math.abs(value - ties(value)) > MARGIN);
const farFromIntegers = farFrom(Math.round);
const farFromHalves = farFrom((value) => Math.floor(value) + 0.5);
const farFromZero = farFrom(() => 0);

/** Values along the last dimension that differ enough to be sorted alike by everybody. */
const isSorted: Test = ({ values, sizes, dtype }) => {
  const size = sizes.at(-1) as number;
  for (let row = 0; row < values.length; row += size) {
    const sorted = Array.from(values)
      .slice(row, row + size)
      .sort((a, b) => a - b);
    const least = dtype === "int32" ? 1 : MARGIN;
    if (sorted.some((value, index) => index > 0 && value - (sorted[index - 1] as number) < least))
      return false;
  }
  return true;
};

const given =
  (test: Test, write: Operation): Operation =>
  (x, choose) =>
    test(x) ? write(x, choose) : null;

/** Expressions of one value, such as `tf.exp(x)`; `$` stands for it. */
const expressions = (test: Test, ...texts: readonly string[]): readonly Operation[] =>
  texts.map((text) => given(test, ({ name }) => text.replaceAll("$", name)));

const fixedDimensions = ({ shape }: ProgramValue, least = 1): readonly number[] =>
  [...shape.keys()].filter((index) => shape[index] !== null && (shape[index] as number) >= least);

const list = (values: readonly (number | string)[]): string => `[${values.join(", ")}]`;

/** On one dimension whose size is fixed, and at least so large. */
const along = (
  test: Test,
  least: number,
  write: (x: ProgramValue, axis: number, size: number, choose: Choices) => string | null,
): Operation =>
  given(test, (x, choose) => {
    const axes = fixedDimensions(x, least);
    if (axes.length === 0) return null;
    const axis = choose.pick(axes);
    return write(x, axis, x.shape[axis] as number, choose);
  });

/** Some dimensions, in order. */
const someAxes = ({ shape }: ProgramValue, { below }: Choices): readonly number[] => {
  const bits = 1 + below(2 ** shape.length - 1);
  return [...shape.keys()].filter((index) => (bits >> index) & 1);
};

const constantLike = (x: ProgramValue, { below }: Choices): string => {
  const kept = below(Math.min(3, x.shape.length) + 1);
  const shape = kept === 0 ? [] : x.shape.slice(-kept).map((size) => size ?? 1);
  return `constant(${list(shape)}, ${1 + below(9)}, "${x.dtype}")`;
};

/** Two operands of one type: another value of the program, or a constant. */
const binary = (test: Test, ...texts: readonly string[]): readonly Operation[] =>
  texts.map((text) =>
    given(test, (x, choose) => {
      const other = choose.below(3) === 0 ? null : choose.other(({ dtype }) => dtype === x.dtype);
      const operands = [x.name, other?.name ?? constantLike(x, choose)];
      const [a, b] = choose.below(4) === 0 ? operands.reverse() : operands;
      return text.replaceAll("$a", a as string).replaceAll("$b", b as string);
    }),
  );

const reduction = (test: Test, ...texts: readonly string[]): readonly Operation[] =>
  texts.map((text) =>
    given(both(test, hasDimensions), (x, choose) =>
      text
        .replaceAll("$", x.name)
        .replaceAll("@", list(someAxes(x, choose)))
        .replaceAll("#", String(choose.below(2) === 0)),
    ),
  );

const image = both(isFloat, ofRank(4));
const spatial = ({ shape }: ProgramValue): readonly (number | null)[] => shape.slice(1, -1);
const channels = ({ shape }: ProgramValue): number => shape.at(-1) as number;
const isFixedInside: Test = ({ shape }) => shape.slice(1).every((size) => size !== null);
const window = (x: ProgramValue, { below }: Choices): readonly number[] =>
  spatial(x).map((size) => 1 + below(Math.min(3, size as number)));
const padding = ({ pick }: Choices): string => pick(['"same"', '"valid"']);
const weights = (shape: readonly number[], { below }: Choices): string =>
  `constant(${list(shape)}, ${1 + below(9)})`;

const CONVOLUTIONS: readonly Operation[] = [
  given(both(image, isFixedInside), (x, choose) => {
    const filter = weights([...window(x, choose), channels(x), 1 + choose.below(4)], choose);
    const strided = choose.pick(["1, $p", "2, $p", '1, $p, "NHWC", [2, 1]']);
    return `tf.conv2d(${x.name}, ${filter}, ${strided.replace("$p", padding(choose))})`;
  }),
  given(both(image, isFixedInside), (x, choose) => {
    const filter = weights([...window(x, choose), channels(x), 1 + choose.below(2)], choose);
    return `tf.depthwiseConv2d(${x.name}, ${filter}, ${1 + choose.below(2)}, ${padding(choose)})`;
  }),
  given(both(image, isFixedInside), (x, choose) => {
    const depth = weights([...window(x, choose), channels(x), 1], choose);
    const point = weights([1, 1, channels(x), 1 + choose.below(3)], choose);
    return `tf.separableConv2d(${x.name}, ${depth}, ${point}, 1, ${padding(choose)})`;
  }),
  given(both(image, isFixedInside), (x, choose) => {
    const [height, width] = spatial(x) as number[];
    const strides = 1 + choose.below(2);
    const count = 1 + choose.below(3);
    const filter = weights([2, 3, count, channels(x)], choose);
    const shape = list([
      `${x.name}.shape[0]`,
      (height as number) * strides,
      (width as number) * strides,
      count,
    ]);
    return `tf.conv2dTranspose(${x.name}, ${filter}, ${shape}, ${strides}, "same")`;
  }),
  given(both(isFloat, ofRank(3), isFixedInside), (x, choose) => {
    const filter = weights([...window(x, choose), channels(x), 1 + choose.below(4)], choose);
    return `tf.conv1d(${x.name}, ${filter}, ${1 + choose.below(2)}, ${padding(choose)})`;
  }),
  given(both(isFloat, ofRank(5), isFixedInside), (x, choose) => {
    const filter = weights([...window(x, choose), channels(x), 1 + choose.below(2)], choose);
    return `tf.conv3d(${x.name}, ${filter}, 1, ${padding(choose)})`;
  }),
  ...["tf.maxPool", "tf.avgPool"].map((name) =>
    given(both(image, isFixedInside), (x, choose) => {
      return `${name}(${x.name}, ${list(window(x, choose))}, ${1 + choose.below(2)}, ${padding(choose)})`;
    }),
  ),
  ...["tf.maxPool3d", "tf.avgPool3d"].map((name) =>
    given(both(isFloat, ofRank(5), isFixedInside), (x, choose) => {
      return `${name}(${x.name}, ${list(window(x, choose))}, ${1 + choose.below(2)}, ${padding(choose)})`;
    }),
  ),
  ...["tf.image.resizeBilinear", "tf.image.resizeNearestNeighbor"].map((name) =>
    given(both(image, isFixedInside), (x, choose) => {
      const size = list([1 + choose.below(6), 1 + choose.below(6)]);
      const mode = name.endsWith("Neighbor")
        ? "false, false"
        : choose.pick(["false, false", "true", "false, true"]);
      return `${name}(${x.name}, ${size}, ${mode})`;
    }),
  ),
  ...expressions(
    both(image, isFixedInside),
    "tf.localResponseNormalization($, 2)",
    "tf.image.flipLeftRight($)",
  ),
  given(
    both(image, isFixedInside, (x) => channels(x) % 4 === 0),
    ({ name }) => `tf.depthToSpace(${name}, 2)`,
  ),
  given(both(image, isFixedInside), (x) => {
    const [height, width] = spatial(x) as [number, number];
    return `tf.spaceToBatchND(${x.name}, [2, 2], [[0, ${height % 2}], [${width % 2}, 0]])`;
  }),
  given(both(isFloat, ofRank(2, 3, 4), isFixedInside), (x, choose) => {
    const of = (low: string) => `${low}constant([${channels(x)}], ${1 + choose.below(9)})`;
    const variance = `tf.add(tf.abs(${of("")}), 0.5)`;
    return `tf.batchNorm(${x.name}, ${of("")}, ${variance}, ${of("")}, ${of("")})`;
  }),
  given(both(isFloat, ofRank(1, 2, 3, 4)), (x, choose) =>
    x.shape.at(-1) == null ? null : `tf.prelu(${x.name}, ${weights([channels(x)], choose)})`,
  ),
];

const PRODUCTS: readonly Operation[] = [
  given(both(isFloat, ofRank(2, 3, 4)), (x, choose) => {
    const depth = x.shape.at(-1);
    if (depth == null) return null;
    const [rows, transposed] = choose.pick([
      [[depth, 3], "false"],
      [[4, depth], "true"],
    ]);
    return `tf.matMul(${x.name}, ${weights(rows as number[], choose)}, false, ${transposed})`;
  }),
  given(both(isFloat, ofRank(2, 3, 4)), (x, choose) => {
    // Where leading dimensions broadcast, tfjs pairs other matrices than anybody else.
    const leading = ({ shape }: ProgramValue): string => shape.slice(0, -2).join();
    const other = choose.other(
      (y) => isFloat(y) && y.shape.length === x.shape.length && leading(y) === leading(x),
    );
    const [a, b] = choose.pick([
      ["false", "true"],
      ["true", "false"],
    ] as const);
    return other && `tf.matMul(${x.name}, ${other.name}, ${a}, ${b})`;
  }),
  given(both(isFloat, ofRank(2)), (x, choose) => {
    if (x.shape[1] == null) return null;
    const activation = choose.pick(["linear", "relu", "relu6", "elu", "sigmoid"]);
    const [b, bias] = [weights([x.shape[1], 4], choose), weights([4], choose)];
    return `tf.fused.matMul({ a: ${x.name}, b: ${b}, bias: ${bias}, activation: "${activation}" })`;
  }),
  given(both(isFloat, ofRank(3), isFixedInside), (x, choose) => {
    const [, rows, depth] = x.shape as [null, number, number];
    const [equation, shape] = choose.pick([
      ["bij,jk->bik", [depth, 3]],
      ["bij,ik->bkj", [rows, 2]],
      ["bij,kj->kbi", [4, depth]],
      ["bij,ijk->bk", [rows, depth, 2]],
    ] as const);
    return `tf.einsum("${equation}", ${x.name}, ${weights(shape, choose)})`;
  }),
  ...expressions(
    both(isNumber, ofRank(3)),
    'tf.einsum("bij->bji", $)',
    'tf.einsum("bij->j", $)',
    'tf.einsum("bij,bij->bi", $, $)',
  ),
  ...expressions(both(isFloat, ofRank(3)), 'tf.einsum("bij,bkj->bik", $, $)'),
  ...expressions(
    both(isFloat, ofRank(2), ({ shape }) => shape[1] !== null),
    "tf.abs(tf.fft(tf.complex($, tf.neg($))))",
    "tf.real(tf.ifft(tf.complex($, $)))",
    "tf.imag(tf.fft(tf.cast($, 'complex64')))",
  ),
];

const SHAPES: readonly Operation[] = [
  given(any, (x) => `tf.reshape(${x.name}, [-1])`),
  given(any, ({ name, shape }, { below }) => {
    const open = shape.includes(null);
    const sizes = shape.map((size) => size ?? -1);
    const at = below(Math.max(1, sizes.length - 1));
    if (sizes.length < 2) return `tf.reshape(${name}, [${open ? -1 : (sizes[0] ?? 1)}, 1])`;
    const [a, b] = sizes.slice(at, at + 2) as [number, number];
    const joined = a === -1 || b === -1 ? -1 : a * b;
    return `tf.reshape(${name}, ${list([...sizes.slice(0, at), joined, ...sizes.slice(at + 2)])})`;
  }),
  given(any, ({ name, shape }, { below }) => `tf.expandDims(${name}, ${below(shape.length + 1)})`),
  given(
    ({ shape }) => shape.includes(1),
    ({ name, shape }) => `tf.squeeze(${name}, [${shape.indexOf(1)}])`,
  ),
  given(hasDimensions, ({ name, shape }, { below }) => {
    const left = [...shape.keys()];
    const order = shape.map(() => left.splice(below(left.length), 1)[0] as number);
    return `tf.transpose(${name}, ${list(order)})`;
  }),
  along(any, 2, (x, axis, size, { below }) => {
    const begin = below(size - 1);
    const count = 1 + below(size - begin);
    const at = (value: number, rest: number) =>
      list(x.shape.map((_, index) => (index === axis ? value : rest)));
    return `tf.slice(${x.name}, ${at(begin, 0)}, ${at(count, -1)})`;
  }),
  along(any, 2, (x, axis, size, { below, pick }) => {
    const [begin, end, stride] = pick([
      [below(size), size, 1],
      [0, size, 2],
      [size - 1, -size - 1, -1],
      [-1, -size - 1, -2],
    ] as const);
    const at = (value: number, rest: number) =>
      list(x.shape.map((_, index) => (index === axis ? value : rest)));
    const mask = x.shape.reduce<number>((bits, _, index) => (index === axis ? bits : bits | (1 << index)), 0);
    return `tf.stridedSlice(${x.name}, ${at(begin, 0)}, ${at(end, 0)}, ${at(stride, 1)}, ${mask}, ${mask})`;
  }),
  along(any, 1, (x, axis, size, { below }) => `tf.gather(${x.name}, ${below(size)}, ${axis})`),
  along(any, 1, (x, axis, size, { below }) => {
    const indices = Array.from({ length: 1 + below(4) }, () => below(size));
    return `tf.gather(${x.name}, tf.tensor1d(${list(indices)}, "int32"), ${axis})`;
  }),
  along(any, 2, (x, axis, size, { below }) => {
    const at = 1 + below(size - 1);
    return `tf.split(${x.name}, [${at}, ${size - at}], ${axis})[${below(2)}]`;
  }),
  along(any, 1, (x, axis, size, { below }) => `tf.unstack(${x.name}, ${axis})[${below(size)}]`),
  given(hasDimensions, (x, choose) => `tf.reverse(${x.name}, ${list(someAxes(x, choose))})`),
  along(any, 1, (x, axis, _, { below }) => {
    const reps = x.shape.map((__, index) => (index === axis ? 1 + below(3) : 1));
    return `tf.tile(${x.name}, ${list(reps)})`;
  }),
  along(isNumber, 1, (x, axis, _, { below }) => {
    const pads = x.shape.map((__, index) => (index === axis ? [below(3), below(3)] : [0, 0]));
    return `tf.pad(${x.name}, ${JSON.stringify(pads)}, ${below(2) * 3})`;
  }),
  along(isNumber, 3, (x, axis, _, { below, pick }) => {
    const pads = x.shape.map((__, index) => (index === axis ? [below(3), below(3)] : [0, 0]));
    return `tf.mirrorPad(${x.name}, ${JSON.stringify(pads)}, "${pick(["reflect", "symmetric"])}")`;
  }),
  given(any, (x, choose) => {
    const other = choose.other(({ dtype, shape }) => dtype === x.dtype && shape.join() === x.shape.join());
    const axis = choose.below(x.shape.length + 1);
    return `tf.stack([${x.name}, ${(other ?? x).name}], ${axis})`;
  }),
  along(any, 1, (x, axis, _, choose) => {
    const other = choose.other(
      ({ dtype, shape }) =>
        dtype === x.dtype &&
        shape.length === x.shape.length &&
        shape.every((size, index) => index === axis || size === x.shape[index]),
    );
    return `tf.concat([${x.name}, ${(other ?? x).name}, ${x.name}], ${axis})`;
  }),
  ...expressions(any, "tf.zerosLike($)", "tf.onesLike($)"),
  ...expressions(both(isNumber, ofRank(1), isFixedInside), "tf.outerProduct($, $)"),
  given(
    // It takes its items apart one by one, so that it works at one batch size only.
    both(isNumber, ({ shape }) => shape.length >= 2 && !shape.includes(null)),
    (x) => `tf.linalg.bandPart(${x.name}, 1, 1)`,
  ),
  along(isFloat, 2, (x, axis, size, { below }) => {
    if (axis !== 0) return null;
    const ids = Array.from({ length: size }, () => below(3));
    return `tf.unsortedSegmentSum(${x.name}, tf.tensor1d(${list(ids)}, "int32"), 3)`;
  }),
  along(
    isNumber,
    1,
    (x, axis, _, { pick }) =>
      `tf.cumsum(${x.name}, ${axis}, ${pick(["false, false", "true, false", "false, true", "true, true"])})`,
  ),
  along(
    isFloat,
    1,
    (x, axis, _, { pick }) =>
      `tf.cumprod(tf.tanh(${x.name}), ${axis}, ${pick(["false, false", "true, false", "false, true"])})`,
  ),
  given(both(isNumber, hasDimensions, isSorted), (x, { below }) => {
    const size = x.shape.at(-1);
    return size == null ? null : `tf.topk(${x.name}, ${1 + below(size)}).${below(2) ? "values" : "indices"}`;
  }),
  given(both(isNumber, hasDimensions, isSorted), (x, { pick }) =>
    x.shape.at(-1) == null ? null : `${pick(["tf.argMax", "tf.argMin"])}(${x.name}, ${x.shape.length - 1})`,
  ),
];

/** Operations of tfjs, each a text that is the program's as well as what is run. */
export const OPERATIONS: readonly Operation[] = [
  ...expressions(
    isFloat,
    "tf.neg($)",
    "tf.abs($)",
    "tf.square($)",
    "tf.tanh($)",
    "tf.sigmoid($)",
    "tf.sin($)",
    "tf.cos($)",
    "tf.atan($)",
    "tf.asinh($)",
    "tf.erf($)",
    "tf.relu($)",
    "tf.relu6($)",
    "tf.elu($)",
    "tf.selu($)",
    "tf.softplus($)",
    "tf.leakyRelu($, 0.2)",
    "tf.clipByValue($, -1, 1.5)",
    "tf.exp(tf.clipByValue($, -3, 3))",
    "tf.expm1(tf.tanh($))",
    "tf.sinh(tf.tanh($))",
    "tf.cosh(tf.tanh($))",
    "tf.tan(tf.tanh($))",
    "tf.asin(tf.mul(tf.tanh($), 0.9))",
    "tf.acos(tf.mul(tf.tanh($), 0.9))",
    "tf.atanh(tf.mul(tf.tanh($), 0.9))",
    "tf.acosh(tf.add(tf.abs($), 1.5))",
    "tf.log(tf.add(tf.abs($), 0.5))",
    "tf.log1p(tf.abs($))",
    "tf.logSigmoid($)",
    "tf.sqrt(tf.add(tf.abs($), 0.1))",
    "tf.rsqrt(tf.add(tf.abs($), 0.5))",
    "tf.reciprocal(tf.add(tf.abs($), 0.5))",
    "tf.mul($, tf.sigmoid($))",
    "tf.isNaN($)",
    "tf.isFinite($)",
    "tf.isInf($)",
    "tf.where(tf.isFinite($), $, tf.zerosLike($))",
  ),
  ...expressions(both(isFloat, farFromIntegers), "tf.floor($)", "tf.ceil($)", 'tf.cast($, "int32")'),
  ...expressions(both(isFloat, farFromHalves), "tf.round($)"),
  ...expressions(both(isFloat, farFromZero), "tf.sign($)", "tf.step($, 0.5)", 'tf.cast($, "bool")'),
  ...expressions(both(isFloat, farFromZero), "tf.less($, 0)", "tf.greaterEqual($, 0)", "tf.notEqual($, 0)"),
  ...expressions(
    isInteger,
    "tf.neg($)",
    "tf.abs($)",
    "tf.square($)",
    "tf.sign($)",
    "tf.relu($)",
    "tf.clipByValue($, -2, 3)",
    'tf.cast($, "float32")',
    'tf.cast($, "bool")',
    "tf.sqrt(tf.add(tf.cast(tf.abs($), 'float32'), 1))",
    "tf.bitwiseAnd(tf.abs($), constant([], 3, 'int32'))",
    "tf.mod($, tf.scalar(3, 'int32'))",
    "tf.floorDiv($, tf.scalar(2, 'int32'))",
    "tf.div($, tf.scalar(-3, 'int32'))",
    "tf.oneHot(tf.clipByValue($, 0, 4), 5)",
    "tf.gather(constant([4, 3], 2), tf.clipByValue($, 0, 3))",
  ),
  ...expressions(isBoolean, "tf.logicalNot($)", 'tf.cast($, "float32")', 'tf.cast($, "int32")'),
  ...binary(
    isFloat,
    "tf.add($a, $b)",
    "tf.sub($a, $b)",
    "tf.mul($a, $b)",
    "tf.maximum($a, $b)",
    "tf.minimum($a, $b)",
    "tf.squaredDifference($a, $b)",
    "tf.div($a, tf.add(tf.abs($b), 0.5))",
    "tf.divNoNan($a, tf.add(tf.square($b), 0.5))",
    "tf.pow(tf.add(tf.abs($a), 0.5), tf.tanh($b))",
    "tf.atan2($a, tf.add(tf.abs($b), 0.5))",
    "tf.addN([$a, $a, $a])",
  ),
  ...binary(
    isInteger,
    "tf.add($a, $b)",
    "tf.sub($a, $b)",
    "tf.mul($a, $b)",
    "tf.maximum($a, $b)",
    "tf.minimum($a, $b)",
    "tf.squaredDifference($a, $b)",
    "tf.floorDiv($a, tf.add(tf.abs($b), tf.scalar(1, 'int32')))",
    "tf.mod($a, tf.add(tf.abs($b), tf.scalar(2, 'int32')))",
    "tf.equal($a, $b)",
    "tf.notEqual($a, $b)",
    "tf.less($a, $b)",
    "tf.lessEqual($a, $b)",
    "tf.greater($a, $b)",
    "tf.greaterEqual($a, $b)",
  ),
  ...binary(
    isBoolean,
    "tf.logicalAnd($a, $b)",
    "tf.logicalOr($a, $b)",
    "tf.logicalXor($a, $b)",
    "tf.equal($a, $b)",
  ),
  given(isBoolean, (x, choose) => {
    const [a, b] = [0, 1].map(() => choose.other((y) => isNumber(y) && y.shape.join() === x.shape.join()));
    if (a == null || b == null || a.dtype !== b.dtype) return null;
    return `tf.where(${x.name}, ${a.name}, ${b.name})`;
  }),
  ...reduction(isFloat, "tf.sum($, @, #)", "tf.mean($, @, #)", "tf.max($, @, #)", "tf.min($, @, #)"),
  ...reduction(isFloat, "tf.prod(tf.tanh($), @, #)", "tf.logSumExp($, @, #)", "tf.moments($, @, #).variance"),
  ...reduction(isFloat, "tf.sqrt(tf.add(tf.sum(tf.square($), @, #), 0.1))", "tf.norm($, 1, @, #)"),
  ...reduction(isInteger, "tf.sum($, @, #)", "tf.max($, @, #)", "tf.min($, @, #)", "tf.mean($, @, #)"),
  ...reduction(isInteger, "tf.prod(tf.clipByValue($, -1, 2), @, #)"),
  ...reduction(isBoolean, "tf.any($, @, #)", "tf.all($, @, #)", "tf.sum($, @, #)"),
  ...expressions(both(isFloat, hasDimensions), "tf.softmax($)", "tf.logSoftmax($)"),
  ...SHAPES,
  ...PRODUCTS,
  ...CONVOLUTIONS,
];
