import { type DataId, engine, type NamedTensorMap, Tensor, tidy } from "@tensorflow/tfjs-core";
import { ForgeError } from "../../errors.ts";
import { describe } from "../../options.ts";
import type { StoredType } from "../source.ts";
import type { ConstantStore } from "./constant-store.ts";
import type { BranchRequest, LoopRequest, Recorder } from "./recorder.ts";
import { Scope } from "./scope.ts";
import { outputSpecs, type Spec } from "./shapes.ts";
import { SymbolicBackend } from "./symbolic-backend.ts";
import type { RecordedEntry, RecordedNode, RecordedTensor, Recording } from "./types.ts";

/** The shapes and types of a kernel's outputs: tfjs's kernels have a table, a user's own bring theirs. */
export type SpecsOf = (
  kernel: string,
  inputs: Readonly<Record<string, Spec>>,
  attributes: unknown,
) => readonly Spec[] | "values" | undefined;

/** An input to record with. */
export interface RecordedInput {
  readonly name: string;
  readonly spec: Spec;
  readonly storedAs?: StoredType | undefined;
}

/** What is traced: a function of tensors, with the inputs' shapes at one set of sizes. */
export interface RecordRequest {
  readonly inputs: readonly RecordedInput[];
  readonly run: (inputs: readonly Tensor[], recorder: Recorder) => unknown;
  /** Names of the outputs, where the source has them. */
  readonly outputNames?: readonly string[] | undefined;
  /** The layer that is being called, for names and errors. */
  readonly layer: () => string;
  /** What stands for the n-th size that only a run knows. */
  readonly unknownSize: (index: number) => number;
  readonly specsOf?: SpecsOf | undefined;
}

/** A recording, and how many sizes of it depend on values. */
export interface RecordResult {
  readonly recording: Recording;
  readonly unknownSizes: number;
}

type RunKernel = ReturnType<typeof engine>["runKernel"];
type Engine = ReturnType<typeof engine>;

/**
 * Runs a function on symbolic tensors and records the kernels it calls.
 *
 * The engine's `runKernel` is replaced for the duration, on the instance: kernels with a symbolic operand
 * are recorded, all others run as ever on the user's backend, which stays the active one. So constants are
 * computed by tfjs itself, and nothing is registered, switched or left behind. It is synchronous: nothing
 * else of the application runs in between.
 */
export function record(request: RecordRequest, constants: ConstantStore): RecordResult {
  const session = new Session(request, constants);
  const tfEngine = engine();
  const runKernel = tfEngine.runKernel;
  const hadOwn = Object.hasOwn(tfEngine, "runKernel");
  tfEngine.runKernel = session.recordKernel as RunKernel;
  try {
    let recording: Recording | undefined;
    tidy(() => {
      recording = session.run();
    });
    return { recording: recording as Recording, unknownSizes: session.unknownSizes };
  } finally {
    session.backend.finish();
    if (hadOwn) tfEngine.runKernel = runKernel;
    else delete (tfEngine as { runKernel?: RunKernel }).runKernel;
  }
}

/** One run of a source: which tensor stands for which value, and where operations go just now. */
class Session implements Recorder {
  readonly #request: RecordRequest;
  readonly #constants: ConstantStore;
  readonly #engine: Engine = engine();
  readonly #runKernel: RunKernel = this.#engine.runKernel;
  readonly #symbols = new Map<DataId, RecordedTensor>();
  readonly #inputNames = new Map<RecordedTensor, string>();
  readonly #makers = new Map<RecordedTensor, RecordedNode>();
  #scope = new Scope(null);
  readonly backend = new SymbolicBackend(
    (dataId) => `${this.#describe(this.#symbols.get(dataId))} were read${inLayer(this.#request.layer())}`,
  );
  unknownSizes = 0;

  constructor(request: RecordRequest, constants: ConstantStore) {
    this.#request = request;
    this.#constants = constants;
  }

  run(): Recording {
    const { inputs: described, run, outputNames } = this.#request;
    const inputs = described.map(({ spec, ...input }) => ({ ...input, ...this.#symbol(spec) }));
    for (const { name, recorded } of inputs) this.#inputNames.set(recorded, name);
    const result = run(
      inputs.map(({ tensor }) => tensor),
      this,
    );
    // An asynchronous function that reads values has read them by now, up to its first await.
    ignoreRejection(result);
    this.backend.checkReads();
    return {
      inputs: inputs.map(({ name, storedAs, recorded }) => ({ name, storedAs, tensor: recorded })),
      outputs: namedOutputs(result, outputNames).map(({ name, tensor }) => ({
        name,
        tensor: this.#recordedOf(tensor),
      })),
      nodes: this.#scope.nodes,
    };
  }

  readonly recordKernel = (
    kernel: string,
    inputs: NamedTensorMap,
    attributes: unknown,
  ): Tensor | readonly Tensor[] => {
    const operands = Object.entries(inputs ?? {}).filter(([, value]) => value != null);
    if (!operands.some(([, tensor]) => this.isSymbolic(tensor))) {
      const made = this.#runKernel.call(this.#engine, kernel, inputs, attributes as never) as
        | Tensor
        | Tensor[];
      const layer = this.#request.layer();
      this.#constants.note({ kernel, layer, attributes: attributes ?? {} }, operands, [made].flat());
      return made;
    }
    if (kernel === "Identity") return this.#alias(inputs.x as Tensor);
    const named = Object.fromEntries(operands);
    const specs = this.#specsOf(kernel, named, attributes);
    const tensors = this.emit(kernel, named, (attributes ?? {}) as object, specs);
    return tensors.length === 1 && !MANY.has(kernel) ? (tensors[0] as Tensor) : tensors;
  };

  isSymbolic(tensor: Tensor): boolean {
    return this.#symbols.has(tensor.dataId);
  }

  emit(
    kernel: string,
    inputs: Readonly<Record<string, Tensor>>,
    attributes: object,
    outputs: readonly Spec[],
    bodies?: Readonly<Record<string, Recording>>,
  ): readonly Tensor[] {
    const named = Object.fromEntries(
      Object.entries(inputs).map(([name, tensor]) => [name, this.#scope.local(this.#recordedOf(tensor))]),
    );
    const made = outputs.map((spec) => this.#symbol(spec));
    const node: RecordedNode = {
      kernel,
      inputs: named,
      attributes,
      outputs: made.map(({ recorded }) => recorded),
      layer: this.#request.layer(),
      ...(bodies && { bodies }),
    };
    this.#scope.nodes.push(node);
    for (const { recorded } of made) this.#makers.set(recorded, node);
    return made.map(({ tensor }) => tensor);
  }

  unknownSize(): number {
    return this.#request.unknownSize(this.unknownSizes++);
  }

  loop({ variables, condition, body }: LoopRequest): readonly Tensor[] {
    const specs = variables.map(({ shape, dtype }): Spec => ({ shape, dtype }));
    const test = this.#body(specs, (inputs) => [condition(inputs)]);
    const turn = this.#body(specs, body);
    const where = inLayer(this.#request.layer());
    const [keeps] = test.results as [RecordedTensor];
    if (keeps.dtype !== "bool" || keeps.shape.some((size) => size !== 1)) {
      throw invalid(`A loop's condition${where} must give one boolean, got ${textOf(keeps)}`);
    }
    if (turn.results.length !== specs.length) {
      throw invalid(
        `A loop's body${where} gives ${turn.results.length} tensors for ${specs.length} variables`,
      );
    }
    for (const [index, result] of turn.results.entries()) {
      const spec = specs[index] as Spec;
      if (result.dtype === spec.dtype && result.shape.join() === spec.shape.join()) continue;
      throw invalid(
        `Variable ${index} of a loop${where} starts as ${textOf(spec)} and is ${textOf(result)} after a turn; ` +
          "give it one shape and type, such as the largest that it can have",
      );
    }
    const captured = mergeCaptures(test.scope, turn.scope);
    const outer = captured.map((recorded) => this.#tensorOf(recorded));
    const outputs = this.emit("While", numbered([...variables, ...outer]), {}, [...specs, ...captured], {
      condition: test.recording(captured, "kept"),
      body: turn.recording(captured, "next", true),
    });
    return outputs.slice(0, variables.length);
  }

  branch({ condition, onTrue, onFalse }: BranchRequest): readonly Tensor[] {
    if (!this.isSymbolic(condition)) return condition.dataSync()[0] ? onTrue() : onFalse();
    const [yes, no] = [onTrue, onFalse].map((side) => this.#body([], side)) as [Body, Body];
    const where = inLayer(this.#request.layer());
    const differs = yes.results.findIndex((result, index) => {
      const other = no.results[index];
      return (
        other === undefined || other.dtype !== result.dtype || other.shape.join() !== result.shape.join()
      );
    });
    if (differs >= 0 || yes.results.length !== no.results.length) {
      const texts = [yes, no].map(({ results }) => results[Math.max(0, differs)]);
      throw invalid(
        `The two sides of a branch${where} must give tensors of the same number, shapes and types; ` +
          `one gives ${texts[0] ? textOf(texts[0]) : "nothing"}, the other ${texts[1] ? textOf(texts[1]) : "nothing"}`,
      );
    }
    const captured = mergeCaptures(yes.scope, no.scope);
    const outer = captured.map((recorded) => this.#tensorOf(recorded));
    return this.emit("If", numbered([condition, ...outer]), {}, yes.results, {
      onTrue: yes.recording(captured, "result"),
      onFalse: no.recording(captured, "result"),
    });
  }

  /** Records what a function does with tensors of its own in a scope of its own. */
  #body(specs: readonly Spec[], run: (inputs: readonly Tensor[]) => readonly Tensor[]): Body {
    const outer = this.#scope;
    const scope = new Scope(outer);
    this.#scope = scope;
    try {
      const inputs = specs.map((spec) => this.#symbol(spec));
      const made = run(inputs.map(({ tensor }) => tensor));
      this.backend.checkReads();
      return new Body(
        scope,
        inputs.map(({ recorded }) => recorded),
        made.map((tensor) => scope.local(this.#recordedOf(tensor))),
      );
    } finally {
      this.#scope = outer;
    }
  }

  #symbol(spec: Spec): { readonly tensor: Tensor; readonly recorded: RecordedTensor } {
    const recorded: RecordedTensor = { shape: spec.shape, dtype: spec.dtype };
    this.#scope.own(recorded);
    return { tensor: this.#tensorOf(recorded), recorded };
  }

  /** A tfjs tensor that stands for a value. */
  #tensorOf(recorded: RecordedTensor): Tensor {
    const dataId = {};
    this.#symbols.set(dataId, recorded);
    const { shape, dtype } = recorded;
    return this.#engine.makeTensorFromTensorInfo({ dataId, shape: [...shape], dtype }, this.backend);
  }

  #recordedOf(tensor: Tensor): RecordedTensor {
    return this.#symbols.get(tensor.dataId) ?? this.#constants.get(tensor);
  }

  /** A second tensor with the same values: the same value of the trace. */
  #alias(x: Tensor): Tensor {
    return this.#tensorOf(this.#recordedOf(x));
  }

  #specsOf(kernel: string, inputs: Readonly<Record<string, Tensor>>, attributes: unknown): readonly Spec[] {
    const specs =
      this.#request.specsOf?.(kernel, inputs, attributes) ??
      outputSpecs(
        kernel,
        inputs,
        attributes,
        () => this.unknownSize(),
        (operand) => (this.isSymbolic(operand as Tensor) ? null : (operand as Tensor).dataSync()),
      );
    if (specs !== undefined && specs !== "values") return specs;
    const reason =
      specs === undefined
        ? "it is not a kernel of tfjs-core: register a lowering of it with the option { extensions }"
        : "the shape of its output depends on the values of its input";
    throw new ForgeError(
      "unsupported-kernel",
      `Cannot convert kernel "${kernel}"${inLayer(this.#request.layer())}: ${reason}.`,
    );
  }

  #describe(recorded: RecordedTensor | undefined): string {
    if (recorded === undefined) return "a tensor of another trace";
    const origin = this.#scope.origin(recorded);
    const input = this.#inputNames.get(origin);
    if (input !== undefined) return `input "${input}"`;
    const maker = this.#makers.get(origin);
    return maker === undefined
      ? "a variable of a loop"
      : `what kernel "${maker.kernel}"${inLayer(maker.layer)} makes`;
  }
}

/** What was recorded of a part of a loop or a branch. */
class Body {
  readonly scope: Scope;
  readonly results: readonly RecordedTensor[];
  readonly #inputs: readonly RecordedTensor[];

  constructor(scope: Scope, inputs: readonly RecordedTensor[], results: readonly RecordedTensor[]) {
    this.scope = scope;
    this.#inputs = inputs;
    this.results = results;
  }

  /** With what is captured as further inputs; and as further outputs, where the next turn needs it again. */
  recording(captured: readonly RecordedTensor[], outputName: string, passOn = false): Recording {
    const handed = captured.map((outer) => this.scope.local(outer));
    const entries = (name: string, tensors: readonly RecordedTensor[]): readonly RecordedEntry[] =>
      tensors.map((tensor, index) => ({ name: `${name}_${index}`, tensor }));
    return {
      inputs: entries("variable", [...this.#inputs, ...handed]),
      outputs: entries(outputName, passOn ? [...this.results, ...handed] : this.results),
      nodes: this.scope.nodes,
    };
  }
}

function mergeCaptures(a: Scope, b: Scope): readonly RecordedTensor[] {
  return [...new Set([...a.captured, ...b.captured])];
}

function numbered(tensors: readonly Tensor[]): Readonly<Record<string, Tensor>> {
  return Object.fromEntries(tensors.map((tensor, index) => [index, tensor]));
}

function textOf({ dtype, shape }: Spec): string {
  return `${dtype}[${shape.join(",")}]`;
}

function invalid(what: string): ForgeError {
  return new ForgeError("invalid-source", `${what}.`);
}

/** Kernels that give a list even of one tensor. */
const MANY: ReadonlySet<string> = new Set([
  "MaxPoolWithArgmax",
  "NonMaxSuppressionV4",
  "NonMaxSuppressionV5",
  "SparseReshape",
  "SplitV",
  "TopK",
  "Unique",
  "Unpack",
]);

/** ` in layer "x"`, or nothing where the source is a function. */
export function inLayer(layer: string): string {
  return layer === "" ? "" : ` in layer "${layer}"`;
}

/** A promise that the trace gives up on must not end the process when it is rejected. */
function ignoreRejection(result: unknown): void {
  if (isPromise(result)) result.then(undefined, () => {});
}

function isPromise(result: unknown): result is PromiseLike<unknown> {
  return typeof (result as { then?: unknown } | null | undefined)?.then === "function";
}

function namedOutputs(
  result: unknown,
  names: readonly string[] | undefined,
): readonly { readonly name: string; readonly tensor: Tensor }[] {
  const expected = "a tensor, a list of tensors or a record of them";
  if (isPromise(result)) {
    throw new ForgeError(
      "invalid-source",
      `The function must be synchronous: it returned a promise, not ${expected}.`,
    );
  }
  const entries: [string, unknown][] = isTensor(result)
    ? [[names?.[0] ?? "output", result]]
    : Array.isArray(result)
      ? result.map((tensor, index) => [names?.[index] ?? `output_${index}`, tensor])
      : result !== null && typeof result === "object"
        ? Object.entries(result)
        : [];
  if (entries.length === 0) {
    throw new ForgeError(
      "invalid-source",
      `The function must return ${expected}; it returned ${describe(result)}.`,
    );
  }
  return entries.map(([name, tensor]) => {
    if (isTensor(tensor)) return { name, tensor };
    throw new ForgeError("invalid-source", `Output "${name}" must be a tensor, got ${describe(tensor)}.`);
  });
}

function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor;
}
