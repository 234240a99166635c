import { elementCount, isConstant, sameShape } from "../../tensors.ts";
import type { Operator, Tensor } from "../../types.ts";
import { versionOf } from "../versions.ts";
import { type Limit, limits, operand, option } from "./rule.ts";

/**
 * Limits of the GPU delegate, operator by operator. Sources: `IsSupported` of each parser in
 * `tflite/delegates/gpu/common/model_builder.cc` (the newest version that is taken) and
 * `tflite/tools/versioning/gpu_compatibility.cc` of google-ai-edge/LiteRT, revision f677574.
 *
 * Two rules look at neighbours and are not here: a comparison is taken only where a CAST or SELECT to floats reads it,
 * and alone; a CAST from booleans only behind such a comparison.
 */
const atMost =
  (newest: number): Limit =>
  (operator) => {
    const version = versionOf(operator);
    return version <= newest ? null : `is of version ${version}, and ${newest} is the newest that is taken`;
  };

/** Up to a version, with further limits. */
export const upTo = (version: number, ...more: readonly Limit[]): Limit => limits(atMost(version), ...more);

/** In any version, with further limits. */
export const anyVersion = limits;

const FLOATS: readonly string[] = ["float32", "float16"];
const BYTES: readonly string[] = ["int8", "uint8"];
const TO_BOOL = ["GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL", "EQUAL", "NOT_EQUAL"];

/** Types beside floats and quantized bytes that single operators read or make (`GetOpsToReplace`). */
const MORE_INPUTS: Readonly<Record<string, readonly string[]>> = {
  CAST: ["bool", "int32"],
  ONE_HOT: ["int32"],
  SELECT: ["bool"],
  SELECT_V2: ["bool"],
  LOGICAL_AND: ["bool"],
  GATHER: ["int32"],
};
const MORE_OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  CAST: ["bool", "int32"],
  LOGICAL_AND: ["bool"],
  ...Object.fromEntries(TO_BOOL.map((type) => [type, ["bool"]])),
};

/** What holds for the tensors of every operator: at most four dimensions, types that the GPU has. */
export const tensorsOnGpu: Limit = (operator) => {
  const check = (tensor: Tensor | null, more: readonly string[] = []): string | null => {
    if (tensor === null) return null;
    const rank = tensor.shape.length;
    if (rank > 4) return `has "${tensor.name}" of ${rank} dimensions, and 4 is the most that is taken`;
    const known = [...FLOATS, ...BYTES, ...more].includes(tensor.type);
    return known || isConstant(tensor) ? null : `has "${tensor.name}" of ${tensor.type}, which is not taken`;
  };
  const inputs = operator.inputs.map((tensor) => check(tensor, MORE_INPUTS[operator.type]));
  const outputs = operator.outputs.map((tensor) => check(tensor, MORE_OUTPUTS[operator.type]));
  return [...inputs, ...outputs].find((problem) => problem !== null) ?? null;
};

const computedInputs = ({ inputs }: Operator): number =>
  inputs.filter((tensor) => tensor !== null && !isConstant(tensor)).length;

/** Shapes, axes and permutations must be constant. */
export const oneComputed: Limit = (operator) => {
  const count = computedInputs(operator);
  return count === 1 ? null : `has ${count} inputs that are computed, and one is taken`;
};

/** ADD and MUL of different ranks (`CheckAddMulBroadcastCompatibility`). */
export const broadcastsOnGpu: Limit = ({ inputs }) => {
  const [a, b] = inputs.map((tensor) => tensor?.shape ?? []) as [readonly number[], readonly number[]];
  if (a.length <= 1 || b.length <= 1 || a.length === b.length) return null;
  const [long, short] = a.length > b.length ? [a, b] : [b, a];
  const single = long.length === 4 && long[0] === 1;
  if (single && short.length === 3) return null;
  if (single && sameShape(short, [1, 1])) return null;
  if (long.length === 4 && short.length === 2 && long[0] === short[0] && long[3] === short[1]) return null;
  return `does not broadcast [${a.join(",")}] and [${b.join(",")}]`;
};

export const castOnGpu: Limit = ({ inputs, outputs }) => {
  const [from, to] = [inputs[0]?.type ?? "", outputs[0]?.type ?? ""];
  const numbers = ["float32", "int32"];
  const taken =
    (from === "bool" && FLOATS.includes(to)) ||
    (FLOATS.includes(from) && to === "bool") ||
    (numbers.includes(from) && numbers.includes(to));
  return taken ? null : `does not cast ${from} to ${to}`;
};

export const gatherOnGpu: Limit = (operator) => {
  const indices = operand(operator, 1);
  return indices?.type === "int32" && indices.shape.length === 1
    ? null
    : "takes indices of int32 and one dimension only";
};

export const oneHotOnGpu: Limit = (operator) => {
  const [indices, on, off] = [operand(operator, 0), operand(operator, 2), operand(operator, 3)];
  if (option(operator, "axis") !== -1) return "takes the last axis only";
  if (![on, off].every((value) => value?.type === "float32" && isConstant(value))) {
    return "takes constant floats only as its two values";
  }
  const shape = indices?.shape ?? [];
  // Only the batch and the channels may be more than one.
  const wide = shape.slice(0, -1).some((size, index) => size !== 1 && !(shape.length > 3 && index === 0));
  return wide ? `takes no indices of shape [${shape.join(",")}]` : null;
};

/** PAD, PADV2 and MIRROR_PAD. */
export const padOnGpu: Limit = limits(oneComputed, (operator) => {
  const rows = operand(operator, 1)?.shape[0];
  return rows === 3 || rows === 4 ? null : `pads ${rows} dimensions, and 3 or 4 are taken`;
});

export const mirrorPadOnGpu: Limit = limits(padOnGpu, (operator) =>
  option(operator, "mode") === "REFLECT" ? null : "takes the mode REFLECT only",
);

/** SLICE and STRIDED_SLICE. */
export const imageRank: Limit = (operator) => {
  const rank = operand(operator, 0)?.shape.length;
  return rank === 3 || rank === 4 ? null : `is of ${rank} dimensions, and 3 or 4 are taken`;
};

/** SELECT and SELECT_V2: what is chosen from does not broadcast, unless it is one value. */
export const selectOnGpu: Limit = ({ inputs, outputs }) => {
  const shape = outputs[0]?.shape ?? [];
  const taken = inputs.slice(1).every((tensor) => {
    const own = tensor?.shape ?? [];
    return sameShape(own, shape) || (own.length <= 1 && elementCount(own) === 1);
  });
  return taken ? null : "takes values of the output's shape, or single ones";
};

export const softmaxOnGpu: Limit = (operator) =>
  option(operator, "beta") === 1 ? null : "takes a beta of 1 only";

export const stridedSliceOnGpu: Limit = limits(imageRank, (operator) => {
  const mask = ["ellipsis_mask", "new_axis_mask", "shrink_axis_mask"].find(
    (name) => option(operator, name) !== 0,
  );
  return mask === undefined ? null : `takes no ${mask}`;
});
