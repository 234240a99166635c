import { Builder, type Offset } from "flatbuffers";

/**
 * A `.tflite` file by hand, field by field: it shares no code with the library's own writer, so the tests of
 * the runner stand on their own. Ids are those of schema.fbs.
 */
export interface TinyTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** With -1 where the size is dynamic; absent for a static tensor. */
  readonly signature?: readonly number[];
  /** `TensorType` of the schema, default FLOAT32. */
  readonly type?: number;
  readonly data?: Uint8Array;
  readonly scale?: number;
  readonly zeroPoint?: number;
}

interface TinyOperator {
  /** `BuiltinOperator` of the schema. */
  readonly code: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** `BuiltinOptions` type of the union, with a writer of its table. */
  readonly options?: { readonly type: number; readonly write: (builder: Builder) => Offset };
  readonly version?: number;
}

export interface TinyModel {
  /** Writes equal vectors of integers once, as real writers do. */
  readonly shareVectors?: boolean;
  readonly tensors: readonly TinyTensor[];
  readonly operators: readonly TinyOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Names in the signature `serving_default`; without it the file has none. */
  readonly signature?: {
    readonly inputs: Readonly<Record<string, number>>;
    readonly outputs: Readonly<Record<string, number>>;
  };
}

export const TYPE = { float32: 0, int32: 2, uint8: 3, int64: 4, bool: 6, int16: 7, int8: 9 } as const;
export const OPERATOR = { ADD: 0, DEQUANTIZE: 6, FULLY_CONNECTED: 9, RELU: 19, RESHAPE: 22, LOGICAL_NOT: 87 };

/** Writes the file. */
export function writeTiny(model: TinyModel): Uint8Array {
  const b = new Builder(1024);
  const written = new Map<string, Offset>();
  const ints = (values: readonly number[]) => {
    const known = model.shareVectors ? written.get(values.join()) : undefined;
    if (known !== undefined) return known;
    b.startVector(4, values.length, 4);
    for (let i = values.length - 1; i >= 0; i--) b.addInt32(values[i]!);
    const offset = b.endVector();
    written.set(values.join(), offset);
    return offset;
  };
  const offsets = (values: readonly Offset[]) => {
    b.startVector(4, values.length, 4);
    for (let i = values.length - 1; i >= 0; i--) b.addOffset(values[i]!);
    return b.endVector();
  };
  const table = (
    fields: number,
    ...write: readonly (readonly [id: number, kind: "i8" | "i32" | "offset", value: number])[]
  ) => {
    b.startObject(fields);
    for (const [id, kind, value] of write) {
      if (kind === "i8") b.addInt8(value);
      else if (kind === "i32") b.addInt32(value);
      else b.addOffset(value);
      b.slot(id);
    }
    return b.endObject();
  };

  const constants = model.tensors.filter((t) => t.data !== undefined);
  const buffers = [table(3)];
  for (const { data } of constants) {
    b.startVector(1, data!.length, 16);
    for (let i = data!.length - 1; i >= 0; i--) b.addInt8(data![i]!);
    buffers.push(table(3, [0, "offset", b.endVector()]));
  }
  const tensors = model.tensors.map((tensor) => {
    const shape = ints(tensor.shape);
    const name = b.createString(tensor.name);
    const buffer = tensor.data === undefined ? 0 : constants.indexOf(tensor) + 1;
    const more: [number, "offset", number][] = [];
    if (tensor.signature) more.push([7, "offset", ints(tensor.signature)]);
    if (tensor.scale !== undefined) {
      b.startVector(4, 1, 4);
      b.addFloat32(tensor.scale);
      const scale = b.endVector();
      b.startVector(8, 1, 8);
      b.addInt64(BigInt(tensor.zeroPoint ?? 0));
      const zeroPoint = b.endVector();
      more.push([4, "offset", table(7, [2, "offset", scale], [3, "offset", zeroPoint])]);
    }
    return table(10, [0, "offset", shape], [2, "i32", buffer], [3, "offset", name], ...more, [
      1,
      "i8",
      tensor.type ?? TYPE.float32,
    ]);
  });
  const operators = model.operators.map((operator, index) => {
    const [inputs, outputs] = [ints(operator.inputs), ints(operator.outputs)];
    const options = operator.options?.write(b);
    return table(
      14,
      [0, "i32", index],
      [1, "offset", inputs],
      [2, "offset", outputs],
      ...(options === undefined ? [] : ([[4, "offset", options]] as const)),
      [3, "i8", operator.options?.type ?? 0],
    );
  });
  const subgraph = table(
    6,
    [0, "offset", offsets(tensors)],
    [1, "offset", ints(model.inputs)],
    [2, "offset", ints(model.outputs)],
    [3, "offset", offsets(operators)],
  );
  const codes = model.operators.map(({ code, version }) =>
    table(4, [2, "i32", version ?? 1], [3, "i32", code], [0, "i8", Math.min(code, 127)]),
  );
  const maps = (names: Readonly<Record<string, number>>) =>
    offsets(
      Object.entries(names).map(([name, index]) =>
        table(2, [0, "offset", b.createString(name)], [1, "i32", index]),
      ),
    );
  const signatures = model.signature
    ? offsets([
        table(
          5,
          [0, "offset", maps(model.signature.inputs)],
          [1, "offset", maps(model.signature.outputs)],
          [2, "offset", b.createString("serving_default")],
        ),
      ])
    : undefined;
  const root = table(
    8,
    [0, "i32", 3],
    [1, "offset", offsets(codes)],
    [2, "offset", offsets([subgraph])],
    [4, "offset", offsets(buffers)],
    ...(signatures === undefined ? [] : ([[7, "offset", signatures]] as const)),
  );
  b.finish(root, "TFL3");
  return b.asUint8Array().slice();
}

/** The bytes of numbers, as a constant tensor holds them. */
export function bytesOf(values: readonly number[], type: "float32" | "int32" = "float32"): Uint8Array {
  const array = type === "float32" ? Float32Array.from(values) : Int32Array.from(values);
  return new Uint8Array(array.buffer);
}

/** Weights of {@link denseModel}, [3, 4]: the matrix that its rows are. */
export const DENSE_WEIGHTS = [1, 2, 3, 4, -1, 0.5, 0, 2, 0, 0, 1, -1];
/** Bias of {@link denseModel}. */
export const DENSE_BIAS = [0.5, -0.5, 1];

/** y = W x + b as FULLY_CONNECTED: [batch, 4] to [batch, 3]; dynamic batch unless one is given. */
export function denseModel(
  options: { readonly batch?: number; readonly signature?: boolean } = {},
): Uint8Array {
  const batch = options.batch ?? 1;
  const dynamic = options.batch === undefined;
  return writeTiny({
    tensors: [
      { name: "input_tensor", shape: [batch, 4], ...(dynamic ? { signature: [-1, 4] } : {}) },
      { name: "weights", shape: [3, 4], data: bytesOf(DENSE_WEIGHTS) },
      { name: "bias", shape: [3], data: bytesOf(DENSE_BIAS) },
      { name: "output_tensor", shape: [batch, 3], ...(dynamic ? { signature: [-1, 3] } : {}) },
    ],
    operators: [
      {
        code: OPERATOR.FULLY_CONNECTED,
        inputs: [0, 1, 2],
        outputs: [3],
        options: {
          type: 8,
          write: (b) => {
            b.startObject(5);
            return b.endObject();
          },
        },
      },
    ],
    inputs: [0],
    outputs: [3],
    ...(options.signature === false ? {} : { signature: { inputs: { x: 0 }, outputs: { y: 3 } } }),
  });
}
