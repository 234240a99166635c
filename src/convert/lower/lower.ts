import { ForgeError, invariant } from "../../errors.ts";
import { castOptions, operatorOf } from "../../graph/builder.ts";
import { SPECIFICATION } from "../../graph/operators/specification.ts";
import { isWritten } from "../../graph/operators/written.ts";
import { constant, memoryOf, sameShape, sameSignature } from "../../graph/tensors.ts";
import type { Graph, Operator, Signature, Subgraph, Tensor, TensorType } from "../../graph/types.ts";
import type { StoredType } from "../source.ts";
import type { TargetRules } from "../target-rules.ts";
import { inLayer } from "../trace/record.ts";
import type { Trace, TraceEntry, TraceNode, TraceTensor } from "../trace/types.ts";
import {
  Call,
  type ComplexTensor,
  isComplex,
  type Lowering,
  LoweringError,
  type NotLowered,
  type Value,
} from "./call.ts";
import type { lowerOfComplex } from "./complex.ts";
import { RuntimeSizes } from "./runtime-sizes.ts";
import { FAMILIES, type FamilyName, KERNELS } from "./table.ts";

/** A trace under the name by which applications ask for it. */
export interface NamedTrace {
  readonly key: string;
  readonly trace: Trace;
}

type AnyLowering = Lowering<never>;
type UserLowering = Lowering<"user">;

/** What of a conversion's options concerns lowerings. */
export interface LowerOptions {
  readonly target: Pick<TargetRules, "allows">;
  /** Lowerings of a user's own, by operation. */
  readonly extensions?: ReadonlyMap<string, UserLowering>;
}

/** What all subgraphs of a file have in common. */
interface Shared {
  readonly lowerings: Lowerings;
  readonly subgraphs: Subgraph[];
  readonly problems: Problem[];
  readonly target: LowerOptions["target"];
  /** What kernels do with complex numbers, where there are any. */
  readonly complex: typeof lowerOfComplex | null;
}

type Lowerings = ReadonlyMap<string, AnyLowering | NotLowered>;

/**
 * Writes traces as a graph of TensorFlow Lite operators, kernel by kernel: a subgraph and a signature for each,
 * then the bodies of their loops and branches.
 *
 * @throws ForgeError `unsupported-kernel` with every kernel that has no such form, each with its layers.
 */
export async function lower(
  traces: readonly NamedTrace[],
  { target, extensions = new Map() }: LowerOptions,
): Promise<Graph> {
  const lowerings = await loadLowerings(
    traces.map(({ trace }) => trace),
    extensions,
  );
  const subgraphs: Subgraph[] = [];
  const problems: Problem[] = [];
  const complex = traces.some(({ trace }) => hasComplex(trace))
    ? (await import("./complex.ts")).lowerOfComplex
    : null;
  const shared = { lowerings, subgraphs, problems, target, complex };
  // Signatures first: the first subgraph is the one that runs when none is named.
  subgraphs.length = traces.length;
  for (const [index, { key, trace }] of traces.entries()) {
    const name = index === 0 ? "main" : key;
    subgraphs[index] = new SubgraphLowering(name, shared).lower(trace);
  }
  if (problems.length > 0) throw unsupported(traces.map(({ trace }) => trace.name).join(", "), problems);
  return {
    subgraphs,
    signatures: traces.map(({ key, trace }, subgraph) => signatureFor(key, trace, subgraph)),
    metadata: [],
  };
}

function signatureFor(key: string, trace: Trace, subgraph: number): Signature {
  const names = (entries: readonly TraceEntry[]) =>
    entries
      .flatMap(({ name, tensor }) => partNames(name, tensor))
      .map((name, position) => ({ name, position }));
  return { key, subgraph, inputs: names(trace.inputs), outputs: names(trace.outputs) };
}

/** The files of lowerings that traces need, loaded; what a user brings comes before ours. */
async function loadLowerings(
  traces: readonly Trace[],
  extensions: ReadonlyMap<string, UserLowering>,
): Promise<Lowerings> {
  const table = KERNELS as Readonly<Record<string, FamilyName | NotLowered>>;
  const rows = [...new Set(traces.flatMap(kernelsOf))].map((kernel) => [kernel, table[kernel]] as const);
  const families = new Set(rows.map(([, row]) => row).filter((row) => typeof row === "string"));
  const loaded = await Promise.all([...families].map(async (name) => (await FAMILIES[name]()).lowerings));
  const known = new Map<string, AnyLowering | NotLowered>(
    loaded.flatMap((family) => Object.entries<AnyLowering | NotLowered>(family)),
  );
  for (const [kernel, row] of rows) if (typeof row === "object") known.set(kernel, row);
  for (const [kernel, lowering] of extensions) known.set(kernel, lowering);
  return known;
}

function kernelsOf({ nodes }: Trace): readonly string[] {
  return nodes.flatMap(({ kernel, bodies }) => [kernel, ...Object.values(bodies ?? {}).flatMap(kernelsOf)]);
}

function hasComplex({ nodes, outputs }: Trace): boolean {
  const isIn = (tensors: readonly TraceTensor[]): boolean =>
    tensors.some(({ dtype }) => dtype === "complex64");
  return (
    isIn(outputs.map(({ tensor }) => tensor)) ||
    nodes.some(
      (node) =>
        isIn(node.outputs) ||
        isIn(Object.values(node.inputs)) ||
        Object.values(node.bodies ?? {}).some(hasComplex),
    )
  );
}

function isOfComplex({ parts: { inputs, outputs } }: Call): boolean {
  return [...inputs.values(), ...outputs].some(isComplex);
}

/** A size that follows a dynamic one in the trace and is a constant in the operators. */
const FOLLOWS_SIZE =
  "the shape of its output depends on the batch size in a way that it has no operator for: fix the batch with " +
  "the option { batch: 1 }";

interface Problem {
  readonly kernel: string;
  readonly layer: string;
  readonly why: string;
}

/** Attributes that follow a dynamic size, and which of them a lowering has looked at. */
class AttributesRead extends Map<string, readonly unknown[]> {
  readonly #read = new Set<string>();

  override get(name: string): readonly unknown[] | undefined {
    this.#read.add(name);
    return super.get(name);
  }

  override has(name: string): boolean {
    this.#read.add(name);
    return super.has(name);
  }

  get unread(): readonly string[] {
    return [...this.keys()].filter((name) => !this.#read.has(name));
  }
}

/** Attributes that say nothing but which shape a kernel makes: lowerings read that. */
const TOLD_BY_SHAPES: ReadonlySet<string> = new Set([
  "inputShape",
  "num",
  "numSegments",
  "outputShape",
  "shape",
  "size",
]);

/** Lowers one trace: the source, or the body of a loop or a branch. */
class SubgraphLowering {
  readonly #name: string;
  readonly #shared: Shared;
  readonly #values = new Map<TraceTensor, Value>();
  readonly #sizes = new RuntimeSizes();
  readonly #zeros = new Set<Tensor>();
  readonly #operators: Operator[] = [];

  constructor(name: string, shared: Shared) {
    this.#name = name;
    this.#shared = shared;
  }

  lower(trace: Trace): Subgraph {
    const inputs = trace.inputs.map(({ name, tensor, storedAs }) => {
      const value = this.#placeholder(tensor, name);
      if (storedAs !== undefined) return this.#storedInput(tensor, value as Tensor, storedAs);
      this.#values.set(tensor, value);
      for (const part of partsOf(value)) this.#sizes.made(part);
      return value;
    });
    for (const node of trace.nodes) this.#node(node);
    const outputs = trace.outputs.map(
      ({ name, tensor }) => this.#values.get(tensor) ?? this.#output(tensor, name),
    );
    return {
      name: this.#name,
      inputs: inputs.flatMap(partsOf),
      outputs: outputs.flatMap(partsOf),
      operators: this.#operators,
    };
  }

  /** An input of a type that tfjs has not: what the source works on is a cast of it. */
  #storedInput(traced: TraceTensor, value: Tensor, type: StoredType): Tensor {
    const input: Tensor = { ...value, type };
    const cast: Tensor = { ...value, name: `${value.name}/Cast` };
    this.#operators.push(operatorOf("CAST", [input], [cast], castOptions(type, value.type)) as Operator);
    this.#made(traced, cast);
    return input;
  }

  /** Lowers one call; what it makes is put with the values. A call that cannot be lowered is a problem. */
  #node(node: TraceNode): void {
    const name = node.layer === "" ? node.kernel : `${node.layer}/${node.kernel}`;
    const outputs = node.outputs.map((output) => this.#placeholder(output, name));
    let results: readonly Value[] = [];
    let why: string | null;
    const dynamicAttributes = new AttributesRead(node.dynamicAttributes);
    try {
      const call = new Call({
        ...node,
        dynamicAttributes,
        inputs: this.#inputs(node),
        outputs,
        bodies: this.#bodies(node),
        sizes: this.#sizes,
        zeros: this.#zeros,
        target: this.#shared.target,
      });
      results = this.#apply(call).map((value, index) => fixSizes(call, value, outputs[index] as Value));
      why =
        resultProblem(node, results, outputs) ??
        this.#unreadProblem(node, dynamicAttributes) ??
        typeProblemOf(call);
      if (why === null) this.#operators.push(...call.operators.operators);
    } catch (error) {
      if (!(error instanceof LoweringError)) throw error;
      why = error.message;
    }
    if (why !== null) this.#shared.problems.push({ kernel: node.kernel, layer: node.layer, why });
    // What comes after a problem is lowered as if this call had worked, so that all problems are found at once.
    const made = why === null ? results : outputs;
    for (const [index, output] of node.outputs.entries()) this.#made(output, made[index] as Value);
    if (node.kernel === "ZerosLike") for (const zeros of made.flatMap(partsOf)) this.#zeros.add(zeros);
  }

  /** An attribute that follows a dynamic size while the operators have its nominal value. */
  #unreadProblem({ kernel }: TraceNode, attributes: AttributesRead): string | null {
    if (!(kernel in KERNELS)) return null;
    const unread = attributes.unread.find((name) => !TOLD_BY_SHAPES.has(name));
    return unread === undefined
      ? null
      : `its "${unread}" follows a dynamic size: make it a tensor where a tfjs operation takes one (tf.minimum ` +
          "instead of tf.clipByValue), or fix the size with the options { batch } or { inputs }";
  }

  #apply(call: Call): readonly Value[] {
    const row = this.#shared.lowerings.get(call.kernel);
    if (row === undefined) return call.fail("it is not a kernel of tfjs-core");
    if (typeof row !== "function") return call.fail(row.why);
    const { complex } = this.#shared;
    const made = complex !== null && isOfComplex(call) ? complex(call, row) : row(call as never);
    return Array.isArray(made) ? (made as readonly Value[]) : [made as Value];
  }

  #made(tensor: TraceTensor, value: Value): void {
    this.#values.set(tensor, value);
    for (const part of partsOf(value)) {
      this.#sizes.note(part, tensor.probes);
      this.#sizes.made(part);
    }
  }

  #inputs(node: TraceNode): ReadonlyMap<string, Value> {
    return new Map(
      Object.entries(node.inputs).map(([role, tensor]) => [
        role,
        this.#values.get(tensor) ?? this.#constant(tensor, weightName(node, role), node.kernel),
      ]),
    );
  }

  #bodies({ bodies = {} }: TraceNode): Readonly<Record<string, number>> {
    return Object.fromEntries(Object.entries(bodies).map(([part, trace]) => [part, this.#body(part, trace)]));
  }

  #body(part: string, trace: Trace): number {
    const { subgraphs } = this.#shared;
    const index = subgraphs.length;
    subgraphs.length = index + 1;
    subgraphs[index] = new SubgraphLowering(`${this.#name}/${part}_${index}`, this.#shared).lower(trace);
    return index;
  }

  #placeholder(tensor: TraceTensor, name: string): Value {
    if (tensor.dtype === "complex64") {
      const [real, imaginary] = partNames(name, tensor).map((part) =>
        this.#tensor({ ...tensor, dtype: "float32" }, part),
      ) as [Tensor, Tensor];
      return { real, imaginary };
    }
    return this.#tensor(tensor, name);
  }

  #tensor(tensor: TraceTensor, name: string): Tensor {
    const { shape, shapeSignature, probes } = tensor;
    const made: Tensor = {
      name,
      type: typeOf(tensor, name),
      shape,
      ...(shapeSignature && { shapeSignature }),
    };
    this.#sizes.note(made, probes);
    return made;
  }

  /** A constant that is an output. */
  #output(tensor: TraceTensor, name: string): Value {
    return this.#constant(tensor, name, "Identity");
  }

  /**
   * A constant as an operand. Where it repeats along dynamic dimensions an operand that broadcasts is what is
   * repeated; for any other it is made as large as the run says.
   */
  #constant(tensor: TraceTensor, name: string, kernel: string): Value {
    const { values, valuesShape, shape, probes, dtype } = tensor;
    invariant(values !== undefined, `"${name}" is used before it is made`);
    if (dtype === "complex64") return complexConstant(name, valuesShape ?? shape, values as Float32Array);
    const type = typeOf(tensor, name);
    const memory = memoryOf(values as Float32Array | Int32Array | Uint8Array, type);
    const made = constant(name, type, valuesShape ?? shape, memory);
    if (valuesShape === undefined || BROADCASTING.has(kernel)) return made;
    const like = this.#tensor(tensor, name);
    const sizes = this.#sizes;
    const call = new Call({
      kernel: "BroadcastTo",
      attributes: {},
      inputs: new Map(),
      outputs: [like],
      layer: "",
      dynamicAttributes: new Map(),
      sizes,
      zeros: this.#zeros,
      bodies: {},
      target: this.#shared.target,
    });
    const result = call.addLike("BROADCAST_TO", [made, call.shapeOf(like)], {}, like);
    if (call.isZero(made)) this.#zeros.add(result);
    this.#operators.push(...call.operators.operators);
    this.#sizes.note(result, probes);
    return result;
  }
}

/** What a lowering made that is not what the trace says; sizes are the user's to mend, types are ours. */
function resultProblem(node: TraceNode, results: readonly Value[], outputs: readonly Value[]): string | null {
  for (const [index, output] of outputs.entries()) {
    const expected = partsOf(output);
    for (const [part, result] of partsOf(results[index] as Value).entries()) {
      const like = expected[part] as Tensor;
      invariant(
        sameShape(result.shape, like.shape) && result.type === like.type,
        `kernel ${node.kernel}${inLayer(node.layer)} became ${result.type}[${result.shape.join(",")}], ` +
          `expected ${like.type}[${like.shape.join(",")}]`,
      );
      if (!sameSignature(result, like)) return FOLLOWS_SIZE;
    }
  }
  return null;
}

/**
 * A size that is fixed, and that operators cannot know to be: of a part of unknown size, and of what it lacks to a
 * whole, together. A slice of that size says so, to the runtime as well.
 */
function fixSizes(call: Call, value: Value, to: Value): Value {
  if (isComplex(value) || isComplex(to)) return value;
  const known = to.shapeSignature ?? to.shape;
  const made = value.shapeSignature ?? value.shape;
  if (!known.some((size, index) => size !== -1 && made[index] === -1)) return value;
  const begin = call.integers(
    known.map(() => 0),
    "begin",
  );
  return call.addLike("SLICE", [value, begin, call.integers(known, "size")], {}, { ...to, type: value.type });
}

/** Kernels that broadcast: what repeats along a dimension can be one row for them. */
const BROADCASTING: ReadonlySet<string> = new Set([
  "Add",
  "Sub",
  "Multiply",
  "RealDiv",
  "Maximum",
  "Minimum",
  "Pow",
  "SquaredDifference",
  "Greater",
  "GreaterEqual",
  "Less",
  "LessEqual",
  "Equal",
  "NotEqual",
  "LogicalAnd",
  "LogicalOr",
  // tf.where makes its operands one shape, of the constant ones too.
  "Select",
  // A layer normalization makes its scale and offset as large as its input.
  "FusedBatchNorm",
]);

function complexConstant(name: string, shape: readonly number[], values: Float32Array): ComplexTensor {
  const part = (offset: number): Float32Array => values.filter((_, index) => index % 2 === offset);
  return {
    real: constant(`${name}/real`, "float32", shape, part(0)),
    imaginary: constant(`${name}/imaginary`, "float32", shape, part(1)),
  };
}

/** The tensors that a value is made of. */
function partsOf(value: Value): readonly Tensor[] {
  return isComplex(value) ? [value.real, value.imaginary] : [value];
}

function partNames(name: string, tensor: TraceTensor): readonly string[] {
  return tensor.dtype === "complex64" ? [`${name}/real`, `${name}/imaginary`] : [name];
}

/** What an operator has no kernel for: found here, it has the name of a layer. */
function typeProblemOf(call: Call): string | null {
  return call.operators.operators.map(typeProblem).find((why) => why !== null) ?? null;
}

function typeProblem({ type, inputs }: Operator): string | null {
  if (!isWritten(type)) return null;
  const { main, types } = SPECIFICATION[type];
  const operand = inputs[main];
  return operand == null || types.includes(operand.type) ? null : `${type} takes no ${operand.type}`;
}

/** What tfjs calls a kernel's operands, in the words of its layers. */
const ROLES: Readonly<Record<string, string>> = { filter: "kernel", b: "kernel" };

function weightName(node: TraceNode, role: string): string {
  const name = ROLES[role] ?? role;
  return node.layer === "" ? name : `${node.layer}/${name}`;
}

const TYPES: Readonly<Record<string, TensorType>> = { float32: "float32", int32: "int32", bool: "bool" };

function typeOf(tensor: TraceTensor, name: string): TensorType {
  const type = TYPES[tensor.dtype];
  if (type !== undefined) return type;
  throw new ForgeError(
    "unsupported-kernel",
    `"${name}" is a tensor of type ${tensor.dtype}: float32, int32, bool and complex64 can be converted. ` +
      "Leave it out of what is converted.",
  );
}

function unsupported(name: string, problems: readonly Problem[]): ForgeError {
  const byCause = new Map<string, Set<string>>();
  for (const { kernel, why, layer } of problems) {
    const cause = `${kernel}: ${why}`;
    byCause.set(cause, (byCause.get(cause) ?? new Set()).add(layer));
  }
  const lines = [...byCause].map(([cause, layers]) => {
    const named = [...layers].filter((layer) => layer !== "");
    return `  ${cause}${named.length === 0 ? "" : ` (layers: ${named.join(", ")})`}`;
  });
  return new ForgeError(
    "unsupported-kernel",
    `"${name}" cannot be converted: ${lines.length === 1 ? "a kernel has" : `${lines.length} kernels have`} ` +
      `no form in TensorFlow Lite.\n${lines.join("\n")}`,
  );
}
