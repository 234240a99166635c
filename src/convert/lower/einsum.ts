import { backend_util } from "@tensorflow/tfjs-core";
import { isConstant, isDynamic, openSizes, sameShape, signatureOf } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import { Call } from "./call.ts";
import { biasOf, reorder } from "./convolution.ts";
import { broadcast } from "./elementwise.ts";
import type { Family } from "./table.ts";

type EinsumCall = Call<"Einsum">;

/** A dimension of an equation: its place among all of them, those of the output first. */
type Label = number;

/** A tensor whose dimensions have labels. */
interface Labelled {
  readonly tensor: Tensor;
  readonly labels: readonly Label[];
}

/** The size of a dimension in the file's shapes, and in every recording: one where it is static. */
interface LabelSize {
  readonly nominal: number;
  readonly recorded: readonly number[];
}

type Sizes = ReadonlyMap<Label, LabelSize>;

/** Dimensions that are to be one each. */
type Groups = readonly (readonly Label[])[];

/** Products of one or two tensors, summed over what the output does not name. */
function lowerEinsum(call: EinsumCall): Tensor {
  const operands = call.list();
  const { allDims, summedDims, idDims } = backend_util.decodeEinsumEquation(
    call.attributes.equation,
    operands.length,
  );
  const output = allDims.map((_, label) => label).slice(0, allDims.length - summedDims.length);
  const terms = idDims.map((labels, index): Labelled => ({ tensor: operands[index] as Tensor, labels }));
  checkTerms(call, terms, summedDims);
  const sizes = sizesOf(call, terms);
  const [a, b] = terms.map((term) => {
    const others = terms.filter((other) => other !== term).flatMap(({ labels }) => labels);
    return sum(
      call,
      term,
      term.labels.filter((label) => !output.includes(label) && !others.includes(label)),
    );
  }) as [Labelled, Labelled?];
  const result = b === undefined ? a : multiply(call, a, b, output, sizes);
  return transposed(call, result, output).tensor;
}

/**
 * tfjs multiplies by an operand when it comes to the first summed dimension that the operand has. One that is
 * not there at the first step is left out, or added up over the wrong dimensions (`Einsum.js`, `einsum_util.js`).
 */
function checkTerms(call: EinsumCall, terms: readonly Labelled[], summed: readonly Label[]): void {
  const [first] = summed;
  const isFirst = ({ labels }: Labelled): boolean =>
    first === undefined || labels.length === 0 || labels.includes(first);
  if (!terms.every(isFirst)) {
    call.fail(
      `tfjs computes "${call.attributes.equation}" wrongly: the first dimension that is summed must be one of both ` +
        "operands; sum one of them with tf.sum before, or write it with tf.mul and tf.sum",
    );
  }
  const [a, b] = terms as [Labelled, Labelled?];
  if (b !== undefined && a.tensor.type !== b.tensor.type) call.fail("its operands are of different types");
  const computes = b !== undefined || summed.length > 0;
  if (computes && a.tensor.type === "bool") call.fail("it is of booleans");
}

function sizesOf(call: EinsumCall, terms: readonly Labelled[]): Sizes {
  const sizes = new Map<Label, LabelSize>();
  for (const { tensor, labels } of terms) {
    const shapes = call.probesOf(tensor) ?? [tensor.shape];
    for (const [dimension, label] of labels.entries()) {
      const recorded = shapes.map((shape) => shape[dimension] as number);
      // Of two operands the one whose dimension is dynamic knows.
      if (sizes.has(label) && !isDynamic(tensor, dimension)) continue;
      sizes.set(label, { nominal: tensor.shape[dimension] as number, recorded });
    }
  }
  return sizes;
}

function sum(call: EinsumCall, { tensor, labels }: Labelled, over: readonly Label[]): Labelled {
  if (over.length === 0) return { tensor, labels };
  const axes = call.integers(
    over.map((label) => labels.indexOf(label)),
    "axes",
  );
  return {
    tensor: call.add("SUM", [tensor, axes], { keep_dims: false }),
    labels: labels.filter((label) => !over.includes(label)),
  };
}

function transposed(call: EinsumCall, { tensor, labels }: Labelled, order: readonly Label[]): Labelled {
  const permutation = order.map((label) => labels.indexOf(label));
  const same = permutation.every((dimension, index) => dimension === index);
  return { tensor: same ? tensor : reorderAny(call, tensor, permutation), labels: order };
}

function reorderAny(call: EinsumCall, tensor: Tensor, permutation: readonly number[]): Tensor {
  return tensor.type === "float32"
    ? reorder(call as never, tensor, permutation)
    : call.transpose(tensor, permutation);
}

/** The product of two operands that have nothing left to be summed each by itself. */
function multiply(
  call: EinsumCall,
  a: Labelled,
  b: Labelled,
  output: readonly Label[],
  sizes: Sizes,
): Labelled {
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => output.includes(label)).sort((x, y) => x - y);
  const contracted = shared.filter((label) => !output.includes(label));
  // Integers are multiplied as such: there is no product of integer matrices, and floats hold 24 bits of them.
  if (contracted.length === 0 || a.tensor.type === "int32") {
    return sum(call, elementwise(call, a, b, [...output, ...contracted], sizes), contracted);
  }
  const product = { batch, contracted, sizes };
  if (batch.length === 0 && isConstant(b.tensor)) return fullyConnected(call, a, b, product);
  if (batch.length === 0 && isConstant(a.tensor)) return fullyConnected(call, b, a, product);
  return batchMatMul(call, a, b, product);
}

/** Both operands with all dimensions, of size 1 where they have none of their own. */
function elementwise(
  call: EinsumCall,
  a: Labelled,
  b: Labelled,
  order: readonly Label[],
  sizes: Sizes,
): Labelled {
  const [x, y] = [a, b].map((term) => {
    const ordered = order.filter((label) => term.labels.includes(label));
    const { tensor } = transposed(call, term, ordered);
    const groups = order.map((label) => (ordered.includes(label) ? [label] : []));
    // Leading dimensions come by broadcasting.
    const leading = groups.findIndex((group) => group.length > 0);
    return grouped(call, tensor, leading < 0 ? [] : groups.slice(leading), sizes);
  }) as [Tensor, Tensor];
  const shape = shapeOf(
    order.map((label) => [label]),
    sizes,
  );
  const product = new Call({ ...call.parts, outputs: [{ name: call.output.name, type: x.type, ...shape }] });
  const tensor = broadcast(product as never, "MUL", x, y);
  call.operators.operators.push(...product.operators.operators);
  return { tensor, labels: order };
}

/** How two operands meet. */
interface Product {
  /** Dimensions of both that stay. */
  readonly batch: readonly Label[];
  /** Dimensions of both that are summed. */
  readonly contracted: readonly Label[];
  readonly sizes: Sizes;
}

function freeLabels({ labels }: Labelled, { batch, contracted }: Product): readonly Label[] {
  return labels.filter((label) => !batch.includes(label) && !contracted.includes(label));
}

/** A product with a dimension for each label again. */
function spread(call: EinsumCall, y: Tensor, labels: readonly Label[], sizes: Sizes): Labelled {
  const groups = labels.map((label) => [label]);
  return { tensor: grouped(call, y, groups, sizes), labels };
}

/** Rows times a constant matrix, with its weights as [units, depth]. */
function fullyConnected(call: EinsumCall, a: Labelled, b: Labelled, product: Product): Labelled {
  const { contracted, sizes } = product;
  const [rows, units] = [freeLabels(a, product), freeLabels(b, product)];
  // The order of the sum is that of the operand that is computed: only constants are rearranged for it.
  const depth = a.labels.filter((label) => contracted.includes(label));
  const x = grouped(call, transposed(call, a, [...rows, ...depth]).tensor, [rows, depth], sizes);
  const weights = grouped(call, transposed(call, b, [...units, ...depth]).tensor, [units, depth], sizes);
  const bias = biasOf(call as never, null, weights.shape[0] as number);
  const y = call.add("FULLY_CONNECTED", [x, weights, bias]);
  const labels = [...rows, ...units];
  return spread(call, y, labels, sizes);
}

/** Matrices times matrices, each as it lies where its dimensions are side by side. */
function batchMatMul(call: EinsumCall, a: Labelled, b: Labelled, product: Product): Labelled {
  const { batch, contracted, sizes } = product;
  const [rows, columns] = [freeLabels(a, product), freeLabels(b, product)];
  const left = matrices(call, a, [batch, rows, contracted], sizes);
  const right = matrices(call, b, [batch, contracted, columns], sizes);
  const y = call.add("BATCH_MATMUL", [left.tensor, right.tensor], {
    adj_x: left.isTransposed,
    adj_y: right.isTransposed,
  });
  const labels = [...batch, ...rows, ...columns];
  return spread(call, y, labels, sizes);
}

function matrices(
  call: EinsumCall,
  term: Labelled,
  [batch, rows, columns]: readonly [readonly Label[], readonly Label[], readonly Label[]],
  sizes: Sizes,
): { readonly tensor: Tensor; readonly isTransposed: boolean } {
  const swapped = [...batch, ...columns, ...rows];
  const isTransposed = rows.length > 0 && swapped.every((label, index) => label === term.labels[index]);
  const { tensor } = isTransposed ? term : transposed(call, term, [...batch, ...rows, ...columns]);
  const groups = isTransposed ? [columns, rows] : [rows, columns];
  return {
    tensor: grouped(call, tensor, batch.length === 0 ? groups : [batch, ...groups], sizes),
    isTransposed,
  };
}

/** Joins the dimensions of each group, or takes joined ones apart; an empty group is a dimension of size 1. */
function grouped(call: EinsumCall, x: Tensor, groups: Groups, sizes: Sizes): Tensor {
  const columns = groups.map((group) =>
    productOf(group.map((label) => (sizes.get(label) as LabelSize).recorded)),
  );
  const { shape, shapeSignature = shape } = shapeOf(groups, sizes);
  const dynamic = openSizes(shapeSignature);
  if (isConstant(x) && dynamic === 0) return { ...x, shape };
  // Dynamic dimensions keep their order, so that equal lists are equal dimensions.
  if (sameShape(signatureOf(x), shapeSignature)) return x;
  if (dynamic <= 1) return call.reshapeTo(x, shapeSignature);
  const like = { ...x, name: call.name("shaped"), shape, shapeSignature };
  return call.addLike("RESHAPE", [x, call.integersOf(columns, "shape")], {}, like);
}

/** The nominal shape of joined dimensions, and the one with -1. */
function shapeOf(groups: Groups, sizes: Sizes): Pick<Tensor, "shape" | "shapeSignature"> {
  const shape = groups.map((group) =>
    group.reduce((product, label) => product * (sizes.get(label) as LabelSize).nominal, 1),
  );
  const isOpen = (label: Label): boolean => {
    const { recorded } = sizes.get(label) as LabelSize;
    return recorded.some((size) => size !== recorded[0]);
  };
  const open = groups.map((group) => group.some(isOpen));
  if (!open.includes(true)) return { shape };
  return { shape, shapeSignature: shape.map((size, index) => (open[index] ? -1 : size)) };
}

/** Products of sizes, recording by recording; a static size has one value for all. */
function productOf(factors: readonly (readonly number[])[]): readonly number[] {
  return factors.reduce<readonly number[]>(
    (product, factor) =>
      Array.from(
        { length: Math.max(product.length, factor.length) },
        (_, index) => at(product, index) * at(factor, index),
      ),
    [1],
  );
}

function at(values: readonly number[], index: number): number {
  return (values[index] ?? values[0]) as number;
}

/** The lowerings of this file. */
export const lowerings: Family<"einsum"> = {
  Einsum: lowerEinsum,
};
