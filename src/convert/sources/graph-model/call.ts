import { Tensor } from "@tensorflow/tfjs-core";
import { ForgeError, invariant } from "../../../errors.ts";
import type { Recorder } from "../../trace/recorder.ts";
import type { Spec } from "../../trace/shapes.ts";
import type { GraphNode } from "./graph.ts";
import type { UnknownSizes } from "./unknown-sizes.ts";
import { TensorListValue, type Value } from "./values.ts";

/** A node with what comes into it: data only, in the order of TensorFlow's definition of the operation. */
export class NodeCall {
  readonly node: GraphNode;
  readonly inputs: readonly Value[];
  /** Absent while a model is run on values. */
  readonly recorder: Recorder | undefined;
  readonly sizes: UnknownSizes;

  constructor(
    node: GraphNode,
    inputs: readonly Value[],
    recorder: Recorder | undefined,
    sizes: UnknownSizes,
  ) {
    this.node = node;
    this.inputs = inputs;
    this.recorder = recorder;
    this.sizes = sizes;
  }

  tensor(index: number): Tensor {
    const value = this.inputs[index];
    if (value instanceof Tensor) return value;
    throw this.invalid(value === undefined ? `input ${index} is missing` : `input ${index} is no tensor`);
  }

  list(index: number): TensorListValue {
    const value = this.inputs[index];
    if (value instanceof TensorListValue) return value;
    throw this.invalid(`input ${index} is no list of tensors`);
  }

  /** True of a tensor without values. */
  isSymbolic(tensor: Tensor): boolean {
    return this.recorder?.isSymbolic(tensor) === true;
  }

  /** The numbers of an input that is known now. */
  numbers(index: number, what: string): readonly number[] {
    const tensor = this.tensor(index);
    if (this.isSymbolic(tensor)) {
      throw new ForgeError(
        "unsupported-kernel",
        `Cannot convert node "${this.node.name}" (${this.node.op}): ${what} depends on values of the model's ` +
          "input, and TensorFlow Lite must know it before. End the model before this node with the option { outputs }.",
      );
    }
    return Array.from(tensor.dataSync());
  }

  number(index: number, what: string): number {
    return this.numbers(index, what)[0] as number;
  }

  /** The numbers of an input that is known now, or those that stand for sizes of which it follows. */
  sample(index: number): readonly number[] | undefined {
    const tensor = this.tensor(index);
    const values = this.isSymbolic(tensor) ? this.sizes.sampleOf(tensor) : tensor;
    return values && Array.from(values.dataSync());
  }

  /** Records an operation of the host; a size of what it gives may be one that only a run knows. */
  emit(
    operation: string,
    inputs: Readonly<Record<string, Tensor>>,
    attributes: object,
    outputs: readonly Spec[],
  ): readonly Tensor[] {
    invariant(this.recorder !== undefined, `${operation} is recorded without a recorder`);
    return this.recorder
      .emit(operation, inputs, attributes, outputs)
      .map((tensor) => this.sizes.depends(tensor));
  }

  /** A size that only a run knows. */
  unknownSize(): number {
    invariant(this.recorder !== undefined, "a size is unknown without a recorder");
    return this.recorder.unknownSize();
  }

  attribute<T>(name: string): T | undefined {
    return this.node.attrParams[name]?.value as T | undefined;
  }

  invalid(what: string): ForgeError {
    return new ForgeError(
      "invalid-source",
      `Node "${this.node.name}" (${this.node.op}) cannot be run: ${what}.`,
    );
  }
}

/** How an operation is done that tfjs-converter does not do alone; undefined where for once it can. */
export type Operation = (call: NodeCall) => readonly (Value | undefined)[] | undefined;
