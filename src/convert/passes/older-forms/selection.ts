import { intsOf, isConstant, sameSignature, signatureOf } from "../../../graph/tensors.ts";
import type { OperatorName, OperatorOf, Tensor } from "../../../graph/types.ts";
import { type FormBuilder, isStatic, type OlderForm, operand, reshapes } from "./form.ts";

/**
 * SELECT wants three tensors of one shape: what is smaller is repeated. Where there is none (on microcontrollers, for
 * integers and booleans) each side is multiplied by whether it is chosen, which is exact.
 */
const select: OlderForm = (operator, build) => {
  if (!build.allows("SELECT")) return chosen(operator, build);
  const output = operator.outputs[0] as Tensor;
  const condition = operand(operator, 0);
  const operands = operator.inputs.map(
    (tensor) =>
      repeated(build, tensor as Tensor, output) ??
      (sameSignature(condition, output) ? spread(build, tensor as Tensor, condition) : null),
  );
  return operands.includes(null) ? null : build.add("SELECT", operands);
};

/** A tensor as large as a condition whose sizes a run knows: negative zeros, to which it is added, change no number. */
function spread(build: FormBuilder, x: Tensor, condition: Tensor): Tensor | null {
  if (x.type !== "float32" && x.type !== "int32") return null;
  const zero = build.numbers(x.type, [], [-0]);
  return build.add("ADD", [build.add("MUL", [build.cast(condition, x.type), zero]), x]);
}

const chosen: OlderForm = (operator, build) => {
  const [condition, x, y] = [0, 1, 2].map((index) => operand(operator, index)) as [Tensor, Tensor, Tensor];
  const otherwise = build.add("LOGICAL_NOT", [condition]);
  if (x.type === "bool") {
    const [first, second] = [
      build.add("LOGICAL_AND", [condition, x]),
      build.add("LOGICAL_AND", [otherwise, y]),
    ];
    return build.add("LOGICAL_OR", [first, second]);
  }
  if (x.type !== "int32") return null;
  const weighed = (mask: Tensor, side: Tensor): Tensor => build.add("MUL", [build.cast(mask, "int32"), side]);
  return build.add("ADD", [weighed(condition, x), weighed(otherwise, y)]);
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

/** Where an index equals each of 0, 1, ... along a new dimension. */
const oneHot: OlderForm = (operator, build) => {
  const { options } = operator as OperatorOf<"ONE_HOT">;
  const [indices, depth, on, off] = [0, 1, 2, 3].map((index) => operand(operator, index)) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  if (!isConstant(depth) || !reshapes(indices)) return null;
  const count = intsOf(depth)[0] as number;
  const sizes = signatureOf(indices);
  const axis = options.axis === -1 ? sizes.length : options.axis;
  const classes = build.numbers(
    "int32",
    [count, ...sizes.slice(axis).map(() => 1)],
    Array.from({ length: count }, (_, index) => index),
  );
  const rows = build.reshape(indices, [...sizes.slice(0, axis), 1, ...sizes.slice(axis)]);
  const hit = build.add("EQUAL", [rows, classes]);
  if (on.type === "bool") {
    const [isOn, isOff] = [hit, build.add("LOGICAL_NOT", [hit])];
    return build.add("LOGICAL_OR", [
      build.add("LOGICAL_AND", [isOn, on]),
      build.add("LOGICAL_AND", [isOff, off]),
    ]);
  }
  if (on.type !== "float32" && on.type !== "int32") return null;
  const hits = build.cast(hit, on.type);
  return build.add("ADD", [build.add("MUL", [hits, build.add("SUB", [on, off])]), off]);
};

/** With dimensions that repeat alike joined, else as copies. */
const broadcastTo: OlderForm = (operator, build) => {
  const [x, output] = [operand(operator, 0), operator.outputs[0] as Tensor];
  if (!isStatic(output) || !isStatic(x)) return null;
  const missing = output.shape.length - x.shape.length;
  const sizes = [...Array<number>(missing).fill(1), ...x.shape];
  const joined: { from: number; to: number; repeats: boolean }[] = [];
  for (const [index, from] of sizes.entries()) {
    const to = output.shape[index] as number;
    const repeats = from !== to;
    const last = joined.at(-1);
    if (to === 1) continue;
    if (last?.repeats === repeats)
      joined.splice(-1, 1, { from: last.from * from, to: last.to * to, repeats });
    else joined.push({ from, to, repeats });
  }
  if (joined.length === output.shape.length) return repeated(build, x, output);
  const small = build.reshape(
    x,
    joined.map(({ from }) => from),
  );
  const large = build.add("BROADCAST_TO", [small, build.integers(joined.map(({ to }) => to))]);
  return build.reshapeLike(large, output);
};

/** As many at once as are taken. */
const concatenation: OlderForm = (operator, build) => {
  const { options, inputs } = operator as OperatorOf<"CONCATENATION">;
  if (inputs.length <= CONCATENATED || options.fused_activation_function !== "NONE") return null;
  const groups = Array.from({ length: Math.ceil(inputs.length / CONCATENATED) }, (_, index) =>
    inputs.slice(index * CONCATENATED, (index + 1) * CONCATENATED),
  );
  const joined = groups.map((group) =>
    group.length === 1 ? (group[0] as Tensor) : build.add("CONCATENATION", group, { axis: options.axis }),
  );
  return build.add("CONCATENATION", joined, { axis: options.axis });
};

/** `kMaxInputNum` in `concatenation.cc` of microcontrollers, the only limit there is. */
const CONCATENATED = 10;

export const SELECTION_FORMS: Readonly<Partial<Record<OperatorName, OlderForm>>> = {
  BROADCAST_TO: broadcastTo,
  CONCATENATION: concatenation,
  ONE_HOT: oneHot,
  SELECT_V2: select,
  TILE: tile,
};
