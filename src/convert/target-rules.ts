import { ForgeError } from "../errors.ts";
import { compareVersions, maximumVersion, runtimeOf, versionOf } from "../graph/operators/versions.ts";
import type { WrittenOperator } from "../graph/operators/written.ts";
import type { Graph, Operator, Tensor } from "../graph/types.ts";
import type { Refusal, RuntimeTarget, Target } from "./target.ts";

/** What a target asks of a file. */
export interface TargetRules {
  /** For errors: `runtime 2.4`. */
  readonly name: string;
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

const none = (): null => null;

/** Rules of a runtime of some version. */
export function runtimeRules(runtime: string): TargetRules {
  return {
    name: `runtime ${runtime}`,
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
    tensorProblem: ({ type, isVariable }) =>
      isVariable
        ? "is a variable"
        : WEB_TYPES.has(type)
          ? null
          : `is of ${type}, and it takes float32, int32 and uint8: pass one of them, and cast it in the model`,
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

/** The rules of a target that is one. */
export async function targetRules(target: Target = { runtime: DEFAULT_RUNTIME }): Promise<TargetRules> {
  return typeof target === "string" ? KINDS[target]() : runtimeRules(target.runtime);
}

/**
 * Holds a finished graph against the rules.
 *
 * @returns What the target leaves to the CPU.
 * @throws ForgeError `unsupported-target` with every operator, input, output and variable that it cannot run.
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
  const variables = operators.flatMap(({ inputs }) => inputs.filter((tensor) => tensor?.isVariable));
  for (const tensor of new Set([...ends, ...(variables as Tensor[])])) {
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
