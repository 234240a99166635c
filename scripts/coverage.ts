import * as tf from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";
import { toTflite } from "../src/convert/convert.ts";
import { lower } from "../src/convert/lower/lower.ts";
import type { ModelSource } from "../src/convert/source.ts";
import { runtimeRules } from "../src/convert/target-rules.ts";
import { trace } from "../src/convert/trace/trace.ts";
import { microcontrollerProblem, quantizable } from "../src/graph/operators/availability.ts";
import { compareVersions, runtimeOf } from "../src/graph/operators/versions.ts";
import { isWritten } from "../src/graph/operators/written.ts";
import type { Operator } from "../src/graph/types.ts";
import { parseTflite } from "../src/tflite-reader/parse.ts";
import { ALL_CASES } from "../test/support/cases/all.ts";
import { release } from "../test/support/judge.ts";

/** What a kernel or a layer becomes, in the simplest of the cases that LiteRT judges. */
export interface Coverage {
  /** The kernel's, or the layer's class. */
  readonly name: string;
  /** Types of operators in their order, each once, with how many. */
  readonly operators: readonly string[];
  /** All operators that other cases of it need besides. */
  readonly others: readonly string[];
  /** The first runtime that has all of `operators`. */
  readonly runtime: string;
  /** Whether TensorFlow Lite for Microcontrollers has all of them. */
  readonly microcontroller: boolean;
  /** Whether all of them have kernels of 8-bit integers. */
  readonly quantizable: boolean;
  /** How many cases judge it. */
  readonly cases: number;
}

/** The operators of each case in which something is used. */
type Uses = Map<string, (readonly Operator[])[]>;

/** What every kernel becomes: from the cases of functions, before any optimization. */
export async function kernelCoverage(): Promise<ReadonlyMap<string, Coverage>> {
  await tf.setBackend("cpu");
  const uses: Uses = new Map();
  for (const operatorCase of ALL_CASES) {
    const source = operatorCase.source();
    if (!("fn" in source)) {
      release(source);
      continue;
    }
    const traced = await trace(source, {});
    const { subgraphs } = await lower([{ key: "main", trace: traced }], { target: runtimeRules("2.14") });
    const byKernel = new Map<string, Operator[]>(traced.nodes.map(({ kernel }) => [kernel, []]));
    // What a lowering makes is called after its kernel.
    for (const operator of subgraphs[0]?.operators ?? [])
      byKernel.get(operator.outputs[0]?.name ?? "")?.push(operator);
    for (const [kernel, operators] of byKernel) uses.set(kernel, [...(uses.get(kernel) ?? []), operators]);
  }
  return summed(uses);
}

/** What every layer becomes: from the cases of models with one layer, as they are in the file. */
export async function layerCoverage(): Promise<ReadonlyMap<string, Coverage>> {
  await tf.setBackend("cpu");
  const uses: Uses = new Map();
  for (const operatorCase of ALL_CASES) {
    const source = operatorCase.source();
    const name = onlyLayer(source);
    if (name !== null) {
      const { subgraphs } = parseTflite(await toTflite(source));
      const operators = subgraphs.flatMap((subgraph) => subgraph.operators);
      uses.set(name, [...(uses.get(name) ?? []), operators]);
    }
    release(source);
  }
  return summed(uses);
}

/** Layers of tfjs, as the functions that make them are called; the cases have a layer of their own as well. */
const LAYER_NAMES: ReadonlySet<string> = new Set(Object.keys(layers).map((name) => name.toLowerCase()));

/** The class of a model's layer, where it has but one beside its inputs. */
function onlyLayer(source: ModelSource): string | null {
  if (!("layers" in source)) return null;
  const [layer, ...others] = source.layers.filter((each) => each.getClassName() !== "InputLayer");
  const name = layer?.getClassName() ?? "";
  return others.length === 0 && LAYER_NAMES.has(name.toLowerCase()) ? name : null;
}

function summed(uses: Uses): ReadonlyMap<string, Coverage> {
  return new Map([...uses].map(([name, all]) => [name, coverageOf(name, all)]));
}

function coverageOf(name: string, all: readonly (readonly Operator[])[]): Coverage {
  const made = all.filter((operators) => operators.length > 0);
  const simplest = made.reduce<readonly Operator[]>(
    (best, operators) => (best.length > 0 && best.length <= operators.length ? best : operators),
    [],
  );
  const types = typesOf(simplest);
  return {
    name,
    operators: [...types].map(([type, count]) => (count === 1 ? type : `${count} ${type}`)),
    others: [...new Set(made.flat().map(({ type }) => type))].filter((type) => !types.has(type)).sort(),
    runtime: simplest
      .map((operator) => runtimeOf(operator) ?? "")
      .reduce((newest, runtime) => (compareVersions(runtime, newest) > 0 ? runtime : newest), "1.5.0"),
    microcontroller: simplest.every((operator) => microcontrollerProblem(operator) === null),
    quantizable: simplest.every(({ type }) => isWritten(type) && quantizable(type).int8),
    cases: all.length,
  };
}

function typesOf(operators: readonly Operator[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { type } of operators) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}
