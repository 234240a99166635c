import { intsOf, isConstant, isDynamic, sameSignature, signatureOf } from "../../../graph/tensors.ts";
import type { OperatorName, OperatorOf, Tensor } from "../../../graph/types.ts";
import { type FormBuilder, type OlderForm, operand, reshapes } from "./form.ts";

/** SELECT wants three tensors of one shape: what is smaller is repeated. */
const select: OlderForm = (operator, build) => {
  const output = operator.outputs[0] as Tensor;
  const operands = operator.inputs.map((tensor) => repeated(build, tensor as Tensor, output));
  return operands.includes(null) ? null : build.add("SELECT", operands);
};

/** A tensor as large as another that it broadcasts to; null where a dynamic size would have to be known. */
function repeated(build: FormBuilder, x: Tensor, to: Tensor): Tensor | null {
  if (sameSignature(x, to)) return x;
  const missing = to.shape.length - x.shape.length;
  const sizes = [...Array<number>(missing).fill(1), ...signatureOf(x)];
  const wanted = signatureOf(to);
  if (sizes.some((size, index) => size !== wanted[index] && wanted[index] === -1)) return null;
  if (!reshapes(x)) return null;
  const multiples = sizes.map((size, index) => (size === wanted[index] ? 1 : (wanted[index] as number)));
  const aligned = missing === 0 ? x : build.reshape(x, sizes);
  return build.add("TILE", [aligned, build.integers(multiples)]);
}

/** Copies side by side, dimension by dimension. */
const tile: OlderForm = (operator, build) => {
  const [x, multiples] = [operand(operator, 0), operand(operator, 1)];
  if (!isConstant(multiples)) return null;
  return [...intsOf(multiples)].reduce<Tensor>(
    (y, count, axis) =>
      count === 1
        ? y
        : build.add(
            "CONCATENATION",
            Array.from({ length: count }, () => y),
            { axis },
          ),
    x,
  );
};

/** Where an index equals each of 0, 1, ... along a new last dimension. */
const oneHot: OlderForm = (operator, build) => {
  const { options } = operator as OperatorOf<"ONE_HOT">;
  const [indices, depth, on, off] = [0, 1, 2, 3].map((index) => operand(operator, index)) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const isLast = options.axis === -1 || options.axis === indices.shape.length;
  if (!isConstant(depth) || !isLast || on.type !== "float32" || !reshapes(indices)) return null;
  const count = intsOf(depth)[0] as number;
  const classes = build.numbers(
    "int32",
    [count],
    Array.from({ length: count }, (_, index) => index),
  );
  const columns = build.reshape(indices, [...signatureOf(indices), 1]);
  const hits = build.cast(build.add("EQUAL", [columns, classes]), "float32");
  return build.add("ADD", [build.add("MUL", [hits, build.add("SUB", [on, off])]), off]);
};

/** One of a batch of rows by its own indices is not to be had; along a dimension of everything it is. */
const broadcastTo: OlderForm = (operator, build) => {
  const [x, output] = [operand(operator, 0), operator.outputs[0] as Tensor];
  if (output.shape.some((_, index) => isDynamic(output, index))) return null;
  return repeated(build, x, output);
};

export const SELECTION_FORMS: Readonly<Partial<Record<OperatorName, OlderForm>>> = {
  BROADCAST_TO: broadcastTo,
  ONE_HOT: oneHot,
  SELECT_V2: select,
  TILE: tile,
};
