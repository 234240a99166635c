import {
  concat,
  type DataType,
  gather,
  reshape,
  scalar,
  slice,
  split,
  Tensor,
  tensor1d,
  unstack,
  zeros,
} from "@tensorflow/tfjs-core";
import type { NodeCall, Operation } from "./call.ts";
import { type ElementShape, listError, mergedShape, replaced, stacked, TensorListValue } from "./values.ts";

/** A scalar operand, or a list of -1, says that not even the rank is known. */
function shapeOperand(call: NodeCall, index: number): ElementShape {
  const operand = call.tensor(index);
  return operand.rank === 0 ? null : call.numbers(index, "the shape of the elements");
}

function fromTensor(tensor: Tensor, shape: ElementShape): TensorListValue {
  return new TensorListValue(tensor.dtype, mergedShape(tensor.shape.slice(1), shape), tensor);
}

/** A list of a given length in which nothing is written yet. */
export function reserved(dtype: DataType, shape: ElementShape, length: number): TensorListValue {
  return new TensorListValue(dtype, shape, new Array<undefined>(Math.max(0, length)).fill(undefined));
}

/** The element at an index, which a run may decide. */
export function elementAt(call: NodeCall, list: TensorListValue, index: Tensor, shape: ElementShape): Tensor {
  const { name } = call.node;
  if (call.isSymbolic(index)) return gather(stacked(list, name), reshape(index, []));
  const [at] = index.dataSync() as Int32Array;
  checkIndex(call, list, at as number);
  if (list.content instanceof Tensor) {
    const [, ...rest] = list.content.shape;
    return reshape(slice(list.content, [at as number, ...rest.map(() => 0)], [1, ...rest]), rest);
  }
  const element = list.content[at as number];
  if (element !== undefined) return element;
  const merged = mergedShape(list.elementShape, shape);
  if (merged === null || merged.some((size) => size < 0)) {
    throw listError(name, `element ${at} is read before it is written`);
  }
  return zeros([...merged], list.dtype);
}

/** The list with another element at an index, which a run may decide. */
export function withElement(
  call: NodeCall,
  list: TensorListValue,
  index: Tensor,
  element: Tensor,
): TensorListValue {
  if (call.isSymbolic(index)) {
    return list.with(replaced(stackedLike(call, list, element), index, element, call.recorder));
  }
  const [at] = index.dataSync() as Int32Array;
  checkIndex(call, list, at as number);
  if (list.content instanceof Tensor) return list.with(replaced(list.content, index, element, call.recorder));
  return list.with(list.content.with(at as number, element));
}

/** As one tensor; where no element was written, of the shape that the first one has. */
function stackedLike(call: NodeCall, list: TensorListValue, element: Tensor): Tensor {
  const shape = mergedShape(list.elementShape, element.shape);
  return stacked(new TensorListValue(list.dtype, shape, list.content), call.node.name);
}

function checkIndex({ node }: NodeCall, { length }: TensorListValue, index: number): void {
  if (index >= 0 && index < length) return;
  throw listError(node.name, `index ${index} is out of its ${length} elements`);
}

/** Chosen elements as one tensor. */
export function gathered(call: NodeCall, list: TensorListValue, indices: Tensor): Tensor {
  return gather(stacked(list, call.node.name), indices);
}

/** Rows of a tensor, each to its place in a list. */
export function scattered(call: NodeCall, list: TensorListValue, rows: Tensor, at: number): TensorListValue {
  const indices = call.numbers(at, "which element goes where");
  const elements = unstack(rows);
  const content = [...(list.content instanceof Tensor ? unstack(list.content) : list.content)];
  for (const [position, index] of indices.entries()) {
    while (content.length <= index) content.push(undefined);
    content[index] = elements[position];
  }
  return list.with(content);
}

/** All elements one after the other, and how many rows each has. */
export function joined(call: NodeCall, list: TensorListValue): readonly [Tensor, Tensor] {
  const elements = elementsOf(call, list);
  if (elements.length === 0) throw listError(call.node.name, "it is empty, and its elements are joined");
  return [
    elements.length === 1 ? (elements[0] as Tensor) : concat([...elements]),
    tensor1d(
      elements.map(({ shape }) => shape[0] as number),
      "int32",
    ),
  ];
}

/** Parts of a tensor of given lengths as a list. */
export function separated(
  call: NodeCall,
  tensor: Tensor,
  lengths: number,
  shape: ElementShape,
): TensorListValue {
  const sizes = call.numbers(lengths, "the lengths of the elements");
  return new TensorListValue(tensor.dtype, shape, split(tensor, [...sizes], 0));
}

function elementsOf(call: NodeCall, { content }: TensorListValue): readonly Tensor[] {
  if (content instanceof Tensor) return unstack(content);
  return content.map((element, index) => {
    if (element !== undefined) return element;
    throw listError(call.node.name, `element ${index} is read before it is written`);
  });
}

/** Element by element, for a list whose length changes. */
function plain(list: TensorListValue): readonly (Tensor | undefined)[] {
  return list.content instanceof Tensor ? unstack(list.content) : list.content;
}

/** The operations on TensorLists. */
export const TENSOR_LISTS: Readonly<Record<string, Operation>> = {
  TensorListReserve: (call) => [
    reserved(
      call.attribute<DataType>("elementDType") ?? "float32",
      shapeOperand(call, 0),
      call.number(1, "the length of the list"),
    ),
  ],
  EmptyTensorList: (call) => [
    reserved(call.attribute<DataType>("elementDType") ?? "float32", shapeOperand(call, 0), 0),
  ],
  TensorListFromTensor: (call) => [fromTensor(call.tensor(0), shapeOperand(call, 1))],
  TensorListScatter: (call) => [scatter(call)],
  TensorListScatterV2: (call) => [scatter(call)],
  TensorListSplit: (call) => [separated(call, call.tensor(0), 2, shapeOperand(call, 1))],
  TensorListSetItem: (call) => [withElement(call, call.list(0), call.tensor(1), call.tensor(2))],
  TensorListGetItem: (call) => [elementAt(call, call.list(0), call.tensor(1), shapeOperand(call, 2))],
  TensorListGather: (call) => [gathered(call, shapedBy(call, 2), call.tensor(1))],
  TensorListStack: (call) => [stacked(shapedBy(call, 1), call.node.name)],
  TensorListConcat: (call) => joined(call, call.list(0)),
  TensorListConcatV2: (call) => joined(call, call.list(0)),
  TensorListLength: (call) => [scalar(call.list(0).length, "int32")],
  TensorListResize: (call) => {
    const content = plain(call.list(0));
    const length = call.number(1, "the length of the list");
    return [call.list(0).with(Array.from({ length }, (_, index) => content[index]))];
  },
  TensorListPushBack: (call) => [call.list(0).with([...plain(call.list(0)), call.tensor(1)])],
  TensorListPopBack: (call) => {
    const content = plain(call.list(0));
    const last = elementAt(
      call,
      call.list(0).with(content),
      scalar(content.length - 1, "int32"),
      shapeOperand(call, 1),
    );
    return [call.list(0).with(content.slice(0, -1)), last];
  },
};

function shapedBy(call: NodeCall, operand: number): TensorListValue {
  const { dtype, elementShape, content } = call.list(0);
  return new TensorListValue(dtype, mergedShape(elementShape, shapeOperand(call, operand)), content);
}

function scatter(call: NodeCall): TensorListValue {
  const rows = call.tensor(0);
  const length = call.inputs.length > 3 ? call.number(3, "the length of the list") : 0;
  return scattered(call, reserved(rows.dtype, shapeOperand(call, 2), length), rows, 1);
}
