import { castOptions } from "../../graph/builder.ts";
import { isDynamic } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { KernelName } from "../trace/kernels.ts";
import type { Call } from "./call.ts";
import { cast } from "./elementwise.ts";
import type { Family } from "./table.ts";

type AnyCall = Call<KernelName>;

/** The largest values of the last dimension, and where they are. */
function lowerTopK(call: Call<"TopK">): readonly Tensor[] {
  const x = call.input("x");
  const [values, indices] = call.outputs as [Tensor, Tensor];
  const numbers = cast(call, x, x.type === "bool" ? "int32" : (x.type as "float32"));
  const k = countOf(call, "k", call.attributes.k);
  const operands = [numbers, k.tensor];
  const [largest, places] = (
    k.dynamic
      ? call.addManyLike("TOPK_V2", operands, {}, [{ ...values, type: numbers.type }, indices])
      : call.addMany("TOPK_V2", operands, {})
  ) as [Tensor, Tensor];
  return [cast(call, largest, values.type as "float32"), places];
}

/** A number of results: constant, or computed where it follows a dynamic size. */
function countOf(
  call: AnyCall,
  attribute: string,
  nominal: number,
): { readonly tensor: Tensor; readonly dynamic: boolean } {
  const values = call.dynamicAttributes.get(attribute) as readonly number[] | undefined;
  return values === undefined
    ? { tensor: call.integer(nominal, attribute), dynamic: false }
    : { tensor: call.reshapeTo(call.integersOf([values], attribute), []), dynamic: true };
}

/** The values that occur in a vector, in order, and for each element which of them it is. */
function lowerUnique(call: Call<"Unique">): readonly Tensor[] {
  const x = call.input("x");
  if (x.shape.length !== 1) call.fail("TensorFlow Lite knows the unique values of a vector only");
  const [values, indices] = call.outputs as [Tensor, Tensor];
  const numbers = cast(call, x, x.type === "bool" ? "int32" : (x.type as "float32"));
  const made = call.addManyLike("UNIQUE", [numbers], { idx_out_type: "INT32" }, [
    { ...values, type: numbers.type },
    indices,
  ]) as [Tensor, Tensor];
  return [cast(call, made[0], values.type as "float32"), made[1]];
}

/** The coordinates of what is not zero. WHERE gives 64-bit integers (`where.cc`). */
function lowerWhere(call: Call<"Where">): Tensor {
  const condition = call.input("condition");
  if (condition.shape.length === 0) call.fail("its condition has no dimensions: reshape it to [1]");
  const found = call.addLike("WHERE", [condition], {}, { ...call.output, type: "int64" });
  return call.add("CAST", [found], castOptions("int64", "int32"));
}

type Suppression = "NonMaxSuppressionV3" | "NonMaxSuppressionV4" | "NonMaxSuppressionV5";

/** Boxes, scores, how many at most, and the two thresholds. */
function operands(call: Call<Suppression>): { readonly inputs: readonly Tensor[]; readonly like: Tensor } {
  const { maxOutputSize, iouThreshold, scoreThreshold } = call.attributes;
  const count = countOf(call, "maxOutputSize", maxOutputSize);
  const inputs = [
    call.input("boxes"),
    call.input("scores"),
    count.tensor,
    call.scalar(iouThreshold, "overlap"),
    call.scalar(scoreThreshold, "score"),
  ];
  const size = { shape: [maxOutputSize], ...(count.dynamic && { shapeSignature: [-1] }) };
  return { inputs, like: { name: call.name(call.kernel), type: "int32", ...size } };
}

const scalarLike = (call: AnyCall): Tensor => ({ name: call.name("count"), type: "int32", shape: [] });

/** The best boxes of those that overlap: their indices. */
function lowerSuppressionV3(call: Call<"NonMaxSuppressionV3">): Tensor {
  const [indices, count] = suppress(call);
  return firstOf(call, indices, count, call.output);
}

/** As {@link lowerSuppressionV3}, and how many there are; with zeros behind them where that is asked for. */
function lowerSuppressionV4(call: Call<"NonMaxSuppressionV4">): readonly Tensor[] {
  const [indices, count] = suppress(call);
  return [call.attributes.padToMaxOutputSize ? indices : firstOf(call, indices, count, call.output), count];
}

function suppress(call: Call<Suppression>): readonly [Tensor, Tensor] {
  const { inputs, like } = operands(call);
  return call.addManyLike("NON_MAX_SUPPRESSION_V4", inputs, {}, [like, scalarLike(call)]) as [Tensor, Tensor];
}

/** As {@link lowerSuppressionV3}, with scores that an overlap lowers by a Gaussian of it, and those scores. */
function lowerSuppressionV5(call: Call<"NonMaxSuppressionV5">): readonly Tensor[] {
  const { inputs, like } = operands(call);
  const sigma = call.scalar(call.attributes.softNmsSigma, "sigma");
  const [indices, scores, count] = call.addManyLike("NON_MAX_SUPPRESSION_V5", [...inputs, sigma], {}, [
    like,
    { ...like, type: "float32" },
    scalarLike(call),
  ]) as [Tensor, Tensor, Tensor];
  const [first, second] = call.outputs as [Tensor, Tensor];
  return [firstOf(call, indices, count, first), firstOf(call, scores, count, second)];
}

/** The operators give as many results as there may be at most, zeros behind those that there are. */
function firstOf(call: AnyCall, padded: Tensor, count: Tensor, like: Tensor): Tensor {
  if (!isDynamic(like, 0)) call.fail("the number of its results is known, and depends on values");
  const operands = [
    padded,
    call.integers([0], "begin"),
    call.reshapeTo(count, [1]),
    call.integers([1], "strides"),
  ];
  return call.addLike("STRIDED_SLICE", operands, {}, like);
}

/** The lowerings of this file. */
export const lowerings: Family<"selection"> = {
  NonMaxSuppressionV3: lowerSuppressionV3,
  NonMaxSuppressionV4: lowerSuppressionV4,
  NonMaxSuppressionV5: lowerSuppressionV5,
  TopK: lowerTopK,
  Unique: lowerUnique,
  Where: lowerWhere,
};
