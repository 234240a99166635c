import type { Extension } from "./extension.ts";
import type { Refusal, Target } from "./target.ts";
import type { InputSizes } from "./trace/input-sizes.ts";

/** Operators by type, such as `{ CONV_2D: 3, SOFTMAX: 1 }`. */
export type OperatorCounts = Readonly<Record<string, number>>;

/** Something that an optimization did. */
export interface AppliedRule {
  /** Such as `"fuse an activation"`. */
  readonly rule: string;
  /** The tensor that it made. */
  readonly at: string;
}

/** Something that an optimization left as it was. */
export interface SkippedRule extends AppliedRule {
  /** Why it stays as it is. */
  readonly reason: string;
}

/** What a conversion did. */
export interface ConversionReport {
  /** The model's name. */
  readonly name: string;
  /** How many operators of each type there are. */
  readonly operators: {
    /** After each kernel was written as operators. */
    readonly before: OperatorCounts;
    /** In the file. */
    readonly after: OperatorCounts;
  };
  /** What was folded, fused and removed. */
  readonly fused: readonly AppliedRule[];
  /** What could have been, and why it was not. */
  readonly notFused: readonly SkippedRule[];
  /** In bytes. */
  readonly sizes: {
    /** Bytes of the file. */
    readonly file: number;
    /** Bytes of the constants in it, equal ones counted once. */
    readonly constants: number;
  };
  /** The first TensorFlow Lite runtime that can run the file, such as `"1.14.0"`. */
  readonly minimumRuntime: string;
  /** What the target's processor leaves to the CPU; empty where all of it runs there. */
  readonly refusals: readonly Refusal[];
  /** Things to know, in sentences. */
  readonly warnings: readonly string[];
}

/** How far a conversion is. */
export interface ConversionProgress {
  /** `"trace"`, `"lower"`, the name of a pass, `"write"`. */
  readonly stage: string;
  /** From 0 to 1. */
  readonly fraction: number;
}

/** Options of {@link toTflite} and {@link convert}. */
export interface ConvertOptions {
  /**
   * Shapes of inputs by name, with the batch, where the model leaves sizes open or others are wanted:
   * `{ image: [null, 224, 224, 3] }`. `null` is a size that the application chooses at run time, such as the
   * batch; `{ nominal: 224 }` is one that is 224 as long as it chooses no other. Of a graph model an inner node can
   * be an input as well.
   */
  readonly inputs?: Readonly<Record<string, InputSizes>>;
  /** Nodes whose values the file gives, of a graph model: `["backbone/Relu", "head:1"]`. Default: the model's outputs. */
  readonly outputs?: readonly string[];
  /**
   * `"dynamic"` (the default where the model's batch is null): the application chooses how many items it
   * runs at once, at no cost. A number fixes it.
   */
  readonly batch?: "dynamic" | number;
  /** What the file is for; by default any runtime from 2.14 on. */
  readonly target?: Target;
  /** Kernels, layers and passes of one's own. */
  readonly extensions?: readonly Extension[];
  /**
   * How recurrent layers (SimpleRNN, GRU, LSTM, ConvLSTM2D, RNN with any cell) are written:
   * By default a loop, but for a few steps and for runtimes that have no loops, where every step stands on its own.
   * - `"while"`: a loop over the time steps: it is small, as fast as any, and takes sequences of any length where the
   *   model leaves it open.
   * - `"unrolled"`: every step on its own, without control flow. Few runtimes lack loops; the file grows with the
   *   number of steps.
   * - `"fused"`: one operator for an LSTM with the activations tanh and sigmoid. It has tensors that keep their
   *   values between runs, which LiteRT's CompiledModel and LiteRT.js refuse, and the batch must be fixed; it is
   *   slower than a loop on a CPU. Layers that it does not fit are written as by default.
   */
  readonly recurrent?: "while" | "unrolled" | "fused";
  /**
   * `"io"`: the states of recurrent layers are inputs and outputs of the file, `lstm/state_0` and so on, so that an
   * application can feed a long sequence in parts: zeros first, then what the run before gave.
   */
  readonly state?: "io";
  /** Ends the conversion early: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called as the conversion goes on. */
  readonly onProgress?: (progress: ConversionProgress) => void;
}

/** A converted model. */
export interface Conversion {
  /** The `.tflite` file. */
  readonly bytes: Uint8Array;
  /** What was done to make it. */
  readonly report: ConversionReport;
}
