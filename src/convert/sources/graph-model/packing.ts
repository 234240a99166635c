import { Tensor } from "@tensorflow/tfjs-core";
import { ForgeError } from "../../../errors.ts";
import { stacked, TensorListValue, type Value } from "./values.ts";

/** A value as the one tensor that goes into a loop or comes out of a branch. */
export function packed(value: Value, where: string): Tensor {
  if (value instanceof Tensor) return value;
  if (value instanceof TensorListValue) return stacked(value, where);
  throw new ForgeError("unsupported-kernel", `Node "${where}": a TensorArray is made or chosen by values.`);
}

/** The value that a tensor stands for, like another. */
export function unpacked(tensor: Tensor, like: Value): Value {
  return like instanceof TensorListValue ? like.with(tensor) : tensor;
}
