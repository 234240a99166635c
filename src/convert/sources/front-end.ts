import type { Tensor } from "@tensorflow/tfjs-core";
import type { Extension } from "../extension.ts";
import type { InputType, ModelSource, StoredType } from "../source.ts";
import type { Target } from "../target.ts";
import type { InputSizes } from "../trace/input-sizes.ts";
import type { Recorder } from "../trace/recorder.ts";

/** An input of a source: `null` where its size is open. */
export interface SourceInput {
  readonly name: string;
  readonly shape: InputSizes;
  readonly dtype: InputType;
  /** The type that it has in the file, where tfjs has no such. */
  readonly storedAs?: StoredType;
}

/** What of a conversion's options concerns front ends. */
export interface FrontEndOptions {
  /** Names of the nodes that the file gives, of a graph model. */
  readonly outputs?: readonly string[];
  /** How recurrent layers are written. */
  readonly recurrent?: "while" | "unrolled" | "fused";
  /** Whether states of recurrent layers are inputs and outputs of the file. */
  readonly state?: "io";
  /** What the file is for. */
  readonly target?: Target;
  /** Layers that a user speaks for. */
  readonly extensions?: readonly Extension[];
}

/** A source while it is traced. */
export interface OpenSource {
  /**
   * Runs it, synchronously; what it returns is a tensor, a list or a record of tensors. A recorder is there
   * while it is recorded, and not while it is run on values.
   */
  run(inputs: readonly Tensor[], recorder?: Recorder): unknown;
  /** Where it is just now: the path of a layer, the name of a node, `""` in a function. */
  where(): string;
  /** Names of the outputs, where `run` gives a tensor or a list. */
  readonly outputNames?: readonly string[];
  /** Leaves the source as it was. */
  close(): void;
}

/** What the tracer asks of one kind of source. */
export interface FrontEnd<S> {
  readonly name: (source: S) => string;
  readonly inputs: (
    source: S,
    options: FrontEndOptions & { readonly inputs?: object },
  ) => readonly SourceInput[];
  /** Whether the first dimension of every input is the batch, or only where its shape leaves it open. */
  readonly batchFirst: boolean;
  /** Names of nodes, of which the options `inputs` and `outputs` name those that a part of a source begins or ends at. */
  readonly nodes?: (source: S) => readonly string[];
  /** What to know about the file of a source, in sentences. */
  readonly warnings?: (source: S, options: FrontEndOptions) => readonly string[];
  readonly open: (source: S, options: FrontEndOptions & { readonly inputs?: object }) => OpenSource;
}

/** A source and its front end. */
export interface ReadySource {
  readonly source: ModelSource;
  readonly frontEnd: FrontEnd<ModelSource>;
}

/** A kind of source: how to know it, and its front end. */
export interface SourceKind<S> {
  /** Judges by structure, so that a second copy of tfjs does no harm. */
  readonly matches: (source: object) => boolean;
  /** Refuses, with a clear error, what cannot be run. */
  readonly check: (source: S) => void;
  /**
   * Its front end. That of models whose weights change is there at once: a file holds the weights of the moment in
   * which its conversion was asked for, even where training goes on.
   */
  readonly load: () => FrontEnd<S> | Promise<FrontEnd<S>>;
}
