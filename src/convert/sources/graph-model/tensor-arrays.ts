import { type DataType, scalar, Tensor } from "@tensorflow/tfjs-core";
import type { NodeCall, Operation } from "./call.ts";
import { elementAt, gathered, joined, reserved, scattered, separated, withElement } from "./tensor-lists.ts";
import { type ElementShape, listError, TensorArrayHandle, type TensorListValue } from "./values.ts";

/**
 * The operations on TensorArrays. Each has the array's handle first and its flow last. The flow is what holds the
 * elements here, so that an array is a value like all others, which a loop can hand from turn to turn.
 */
export const TENSOR_ARRAYS: Readonly<Record<string, Operation>> = {
  TensorArrayV3: (call) => {
    const dtype = call.attribute<DataType>("dtype") ?? "float32";
    const shape = call.attribute<ElementShape>("elementShape");
    const growing = call.attribute<boolean>("dynamicSize") === true;
    // tfjs-converter reads a shape of unknown rank as an empty one: that of a scalar is then said by no more.
    const elementShape = Array.isArray(shape) && shape.length > 0 ? shape : null;
    return [
      new TensorArrayHandle(dtype, growing),
      reserved(dtype, elementShape, call.number(0, "the length of the list")),
    ];
  },
  TensorArrayWriteV3: (call) => [withElement(call, grown(call), call.tensor(1), call.tensor(2))],
  TensorArrayReadV3: (call) => [elementAt(call, flow(call), call.tensor(1), null)],
  TensorArrayGatherV3: (call) => [gathered(call, flow(call), call.tensor(1))],
  TensorArrayScatterV3: (call) => [scattered(call, flow(call), call.tensor(2), 1)],
  TensorArrayConcatV3: (call) => joined(call, flow(call)),
  TensorArraySplitV3: (call) => [separated(call, call.tensor(1), 2, flow(call).elementShape)],
  TensorArraySizeV3: (call) => [scalar(flow(call).length, "int32")],
  TensorArrayCloseV3: () => [],
};

function flow(call: NodeCall): TensorListValue {
  return call.list(call.inputs.length - 1);
}

/** An array that may grow is as long as its highest index asks for. */
function grown(call: NodeCall): TensorListValue {
  const list = flow(call);
  const [handle] = call.inputs;
  if (!(handle instanceof TensorArrayHandle) || !handle.growing) return list;
  const index = call.tensor(1);
  if (call.isSymbolic(index)) {
    if (list.length > 0) return list;
    throw listError(call.node.name, "it grows in a loop; give it its length when it is made");
  }
  const [at] = index.dataSync() as Int32Array;
  const { content, length } = list;
  if ((at as number) < length || content instanceof Tensor) return list;
  return list.with(Array.from({ length: (at as number) + 1 }, (_, position) => content[position]));
}
