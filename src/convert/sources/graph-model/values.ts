import {
  concat,
  type DataType,
  reshape,
  stack,
  Tensor,
  tensorScatterUpdate,
  zeros,
} from "@tensorflow/tfjs-core";
import { ForgeError } from "../../../errors.ts";
import type { Recorder } from "../../trace/recorder.ts";

/** Sizes of a list's elements: -1 for one that is not known, null where not even their number is. */
export type ElementShape = readonly number[] | null;

/**
 * A list of tensors of one type: a TensorList, or what a TensorArray holds. It never changes: an operation on it
 * gives another. While all positions are known it is a plain list; in a loop it is one tensor, with its elements
 * along the first dimension.
 */
export class TensorListValue {
  readonly dtype: DataType;
  readonly elementShape: ElementShape;
  /** One for each element, undefined where none was written; or all of them, as one tensor. */
  readonly content: readonly (Tensor | undefined)[] | Tensor;

  constructor(dtype: DataType, elementShape: ElementShape, content: TensorListValue["content"]) {
    this.dtype = dtype;
    this.elementShape = elementShape;
    this.content = content;
  }

  get length(): number {
    return this.content instanceof Tensor ? (this.content.shape[0] as number) : this.content.length;
  }

  with(content: TensorListValue["content"]): TensorListValue {
    return new TensorListValue(this.dtype, this.elementShape, content);
  }
}

/** What stands for a TensorArray itself; its elements go along as its flow. */
export class TensorArrayHandle {
  readonly dtype: DataType;
  readonly growing: boolean;

  constructor(dtype: DataType, growing: boolean) {
    this.dtype = dtype;
    this.growing = growing;
  }
}

/** What goes along an edge of a graph. */
export type Value = Tensor | TensorListValue | TensorArrayHandle;

/** An element's shape where it is known: said so, or that of any element. */
export function knownElementShape({ elementShape, content }: TensorListValue): readonly number[] | null {
  if (content instanceof Tensor) return content.shape.slice(1);
  const written = content.find((element) => element !== undefined);
  if (written !== undefined) return written.shape;
  return elementShape?.every((size) => size >= 0) ? elementShape : null;
}

/** What two descriptions of a shape say together. */
export function mergedShape(a: ElementShape, b: ElementShape): ElementShape {
  if (a === null || b === null || a.length !== b.length) return a ?? b;
  return a.map((size, index) => (size >= 0 ? size : (b[index] as number)));
}

/** A list as one tensor; what was not written is zeros. */
export function stacked(list: TensorListValue, where: string): Tensor {
  const { content, dtype, length } = list;
  if (content instanceof Tensor) return content;
  const shape = knownElementShape(list);
  if (shape === null) throw listError(where, "the shape of its elements is not known");
  if (length === 0) return zeros([0, ...shape], dtype);
  if (content.every((element) => element === undefined)) return zeros([length, ...shape], dtype);
  const other = content.find((element) => element !== undefined && element.shape.join() !== shape.join());
  if (other !== undefined) {
    throw listError(
      where,
      `its elements have different shapes, [${shape.join()}] and [${other.shape.join()}]`,
    );
  }
  return stack(content.map((element) => element ?? zeros([...shape], dtype)));
}

/** The elements of a list as a tensor, with one of them replaced. */
export function replaced(
  list: Tensor,
  index: Tensor,
  element: Tensor,
  recorder: Recorder | undefined,
): Tensor {
  const row = reshape(element, [1, ...list.shape.slice(1)]);
  const at = reshape(index, [1]);
  if (recorder === undefined || ![list, index, element].some((tensor) => recorder.isSymbolic(tensor))) {
    return tensorScatterUpdate(list, reshape(at, [1, 1]), row);
  }
  const begin = list.rank === 1 ? at : concat([at, zeros([list.rank - 1], "int32")]);
  const [result] = recorder.emit("DynamicUpdateSlice", { operand: list, update: row, begin }, {}, [
    { shape: list.shape, dtype: list.dtype },
  ]);
  return result as Tensor;
}

/** An error about a list of tensors. */
export function listError(where: string, what: string): ForgeError {
  return new ForgeError(
    "unsupported-kernel",
    `Cannot convert the list of tensors at node "${where}": ${what}.`,
  );
}
