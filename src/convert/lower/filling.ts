import { constant, elementCount } from "../../graph/tensors.ts";
import type { Tensor } from "../../graph/types.ts";
import type { Call } from "./call.ts";
import { cast } from "./elementwise.ts";
import { extentsFrom, extentsOf, reshapeTo } from "./extents.ts";
import { addShaped } from "./rows.ts";
import type { Family } from "./table.ts";

/** Ones in the shape of another tensor. */
function lowerOnesLike(call: Call<"OnesLike">): Tensor {
  return filled(call, 1);
}

/** Zeros in the shape of another tensor. */
function lowerZerosLike(call: Call<"ZerosLike">): Tensor {
  const x = call.input("x");
  // It has no booleans (`zeros_like.cc`).
  return x.type === "bool" ? filled(call, 0) : call.add("ZEROS_LIKE", [x]);
}

function filled(call: Call<"OnesLike" | "ZerosLike">, number: 0 | 1): Tensor {
  const { type } = call.output;
  const value = {
    float32: () => call.scalar(number),
    int32: () => call.integer(number),
    bool: () => constant(call.name("constant"), "bool", [], Uint8Array.of(number)),
  }[type as "float32" | "int32" | "bool"]();
  return addShaped(call, "FILL", (shape) => [shape, value], extentsOf(call, call.output), type);
}

/** A tensor's elements on the diagonal of one with each dimension twice. */
function lowerDiag(call: Call<"Diag">): Tensor {
  const x = call.input("x");
  const row = x.shape.length === 1 ? x : call.reshapeTo(x, [-1]);
  const type = x.type as "float32" | "int32" | "bool";
  // It has no booleans (`matrix_diag.cc`).
  const numbers = type === "bool" ? cast(call, row, "int32") : row;
  const square = extentsFrom(extentsOf(call, x), (sizes) => [elementCount(sizes), elementCount(sizes)]);
  const matrix = call.add("MATRIX_DIAG", [numbers]);
  return cast(call, reshapeTo(call, matrix, extentsOf(call, call.output), square), type);
}

/**
 * Numbers drawn by their probabilities. The numbers are those of the runtime's generator, not of tfjs's; a seed
 * makes them the same in each run of the file.
 */
function lowerMultinomial(call: Call<"Multinomial">): Tensor {
  const logits = call.input("logits");
  const { numSamples, normalized, seed } = call.attributes;
  const logarithms = normalized ? call.add("LOG", [logits]) : logits;
  // Without a seed tfjs makes one up, between 0 and 1: to the operator 0 means the same.
  const fixed = Number.isInteger(seed) ? seed : 0;
  return call.add("MULTINOMIAL", [logarithms, call.integer(numSamples, "samples")], {
    seed: fixed,
    seed2: 0,
  });
}

/** The shape to which two shapes broadcast. */
function lowerBroadcastArgs(call: Call<"BroadcastArgs">): Tensor {
  return call.add("BROADCAST_ARGS", [call.input("s0"), call.input("s1")]);
}

/** The lowerings of this file. */
export const lowerings: Family<"filling"> = {
  BroadcastArgs: lowerBroadcastArgs,
  Diag: lowerDiag,
  Multinomial: lowerMultinomial,
  OnesLike: lowerOnesLike,
  ZerosLike: lowerZerosLike,
};
