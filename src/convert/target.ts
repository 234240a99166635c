import { ForgeError } from "../errors.ts";
import { compareVersions, maximumVersion, runtimeOf, versionOf } from "../graph/operators/versions.ts";
import type { WrittenOperator } from "../graph/operators/written.ts";
import type { Graph, Operator, Tensor } from "../graph/types.ts";
import { describe } from "../options.ts";

/** A TensorFlow Lite or LiteRT runtime. */
export interface RuntimeTarget {
  /** Its version, such as `"2.4"`: 1.14 or newer. What it has no operator for takes an older form, or is an error. */
  readonly runtime: string;
}

/**
 * What a file is for.
 *
 * - `{ runtime: "2.14" }` (the default): Android, iOS, Linux, with a TensorFlow Lite or LiteRT of this version or newer.
 * - `"microcontroller"`: TensorFlow Lite for Microcontrollers: its operators, fixed sizes.
 * - `"web"`: LiteRT.js: fixed sizes, float32, int32 and uint8 inputs and outputs, no variables.
 * - `"gpu"`, `"edgetpu"`: as by default; the report lists what the GPU delegate or the Edge TPU leaves to the CPU.
 */
export type Target = RuntimeTarget | "microcontroller" | "web" | "gpu" | "edgetpu";

/** What a target asks of a file. */
export interface TargetRules {
  /** For errors: `runtime 2.4`. */
  readonly name: string;
  /** It takes no file whose sizes change. */
  readonly fixedSizes: boolean;
  /** Whether it has an operator, at this version of it. */
  readonly allows: (type: WrittenOperator, version?: number) => boolean;
  /** Why it cannot run an operator; null where it can. */
  readonly problem: (operator: Operator) => string | null;
  /** Why it cannot take an input or output; null where it can. */
  readonly tensorProblem: (tensor: Tensor) => string | null;
  /** Why it leaves an operator to the CPU; null where it does not. */
  readonly refusal: (operator: Operator) => string | null;
}

/** What most installed runtimes know: the last that `tflite-runtime` was published for. */
const DEFAULT_RUNTIME = "2.14";
/** Before it there is no version of most operators that tfjs needs. */
const OLDEST_RUNTIME = "1.14";

const none = (): null => null;

/** Rules of a runtime of some version. */
export function runtimeRules(runtime: string): TargetRules {
  return {
    name: `runtime ${runtime}`,
    fixedSizes: false,
    allows: (type, version = 1) => maximumVersion(type, runtime) >= version,
    problem: (operator) => {
      const needed = runtimeOf(operator);
      if (needed === undefined || compareVersions(needed, runtime) <= 0) return null;
      return `version ${versionOf(operator)} needs runtime ${needed}`;
    },
    tensorProblem: none,
    refusal: none,
  };
}

/** What the wrapper of LiteRT.js takes (`@litertjs/core`, `LiteRt.compile`). */
const WEB_TYPES: ReadonlySet<string> = new Set(["float32", "int32", "uint8"]);

/** What the kinds of target other than runtimes ask; the tables of what they have load when one is chosen. */
const KINDS: Readonly<Record<Exclude<Target, RuntimeTarget>, () => Promise<TargetRules>>> = {
  microcontroller: async () => {
    const { microcontrollerHas, microcontrollerProblem } = await import("../graph/operators/availability.ts");
    return {
      name: "TensorFlow Lite for Microcontrollers",
      fixedSizes: true,
      allows: (type) => microcontrollerHas(type),
      problem: microcontrollerProblem,
      tensorProblem: none,
      refusal: none,
    };
  },
  web: async () => ({
    // It is built with the newest operators.
    ...runtimeRules("99"),
    name: "LiteRT.js",
    fixedSizes: true,
    tensorProblem: ({ type, isVariable }) =>
      isVariable
        ? "is a variable"
        : WEB_TYPES.has(type)
          ? null
          : `is of ${type}, and it takes float32, int32 and uint8`,
  }),
  gpu: async () => {
    const { gpuProblem } = await import("../graph/operators/availability.ts");
    return { ...runtimeRules(DEFAULT_RUNTIME), refusal: gpuProblem };
  },
  edgetpu: async () => {
    const { edgeTpuProblem } = await import("../graph/operators/availability.ts");
    return { ...runtimeRules(DEFAULT_RUNTIME), refusal: edgeTpuProblem };
  },
};

/**
 * The rules of a target.
 *
 * @throws ForgeError `invalid-argument` where it is none.
 */
export async function targetRules(target: Target = { runtime: DEFAULT_RUNTIME }): Promise<TargetRules> {
  checkTarget(target);
  return typeof target === "string" ? KINDS[target]() : runtimeRules(target.runtime);
}

/** @throws ForgeError `invalid-argument` where it is no target. */
export function checkTarget(target: unknown): void {
  if (typeof target === "string" && Object.hasOwn(KINDS, target)) return;
  const { runtime } = (target ?? {}) as { readonly runtime?: unknown };
  if (typeof runtime === "string" && /^\d+\.\d+(\.\d+)?$/.test(runtime)) {
    if (compareVersions(runtime, OLDEST_RUNTIME) >= 0) return;
    throw new ForgeError(
      "invalid-argument",
      `options.target.runtime: files for ${runtime} cannot be made; the oldest runtime is ${OLDEST_RUNTIME}.`,
    );
  }
  const kinds = Object.keys(KINDS).map((kind) => JSON.stringify(kind));
  throw new ForgeError(
    "invalid-argument",
    `options.target must be { runtime: "2.14" } or ${kinds.join(", ")}, got ${describe(target)}.`,
  );
}

/** An operator that a target leaves to the CPU. */
export interface Refusal {
  /** Such as `"TILE"`. */
  readonly operator: string;
  /** The tensor that it makes. */
  readonly at: string;
  /** Why. */
  readonly reason: string;
}

/**
 * Holds a finished graph against the rules.
 *
 * @returns What the target leaves to the CPU.
 * @throws ForgeError `unsupported-target` with every operator, input and output that it cannot run.
 */
export function checkAgainstTarget(graph: Graph, rules: TargetRules): readonly Refusal[] {
  const operators = graph.subgraphs.flatMap((subgraph) => subgraph.operators);
  const findings = (judge: (operator: Operator) => string | null): readonly Refusal[] =>
    operators.flatMap((operator) => {
      const reason = judge(operator);
      return reason === null
        ? []
        : [{ operator: operator.type, at: operator.outputs[0]?.name ?? "", reason }];
    });
  const problems = findings(rules.problem).map(
    ({ operator, at, reason }) => `${operator} ("${at}"): ${reason}`,
  );
  const ends = graph.signatures.flatMap(({ subgraph }) => {
    const { inputs = [], outputs = [] } = graph.subgraphs[subgraph] ?? {};
    return [...inputs, ...outputs];
  });
  for (const tensor of new Set(ends)) {
    const problem = rules.tensorProblem(tensor);
    if (problem !== null) problems.push(`"${tensor.name}" ${problem}`);
  }
  if (problems.length > 0) {
    throw new ForgeError(
      "unsupported-target",
      `${rules.name} cannot run this model:\n${[...new Set(problems)].map((line) => `  ${line}`).join("\n")}\n` +
        "Choose another target with the option { target }, or leave these operations out of what is converted.",
    );
  }
  return findings(rules.refusal);
}
