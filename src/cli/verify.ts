import { ForgeError } from "../errors.ts";
import type { OutputComparison } from "../node/compare.ts";
import type { Runner } from "../node/evaluator-model.ts";
import { onFastestBackend } from "./backend.ts";
import { type Command, JSON_OPTION, UsageError } from "./command.ts";
import { CONVERT_OPTIONS, convertOptionsOf, errorOfOptions } from "./convert-options.ts";
import { errorOfModel } from "./model-error.ts";

const DEFAULT_TOLERANCE = 1e-4;

/** `tflite-forge verify model.json model.tflite`: runs both on the same values and compares. */
export const verify: Command = {
  summary: "run a model and its .tflite file on the same values, and compare",
  operands: ["model.json", "model.tflite"],
  options: {
    tolerance: {
      value: "NUMBER",
      help: `largest error that is fine, absolute or relative to the largest value (default ${DEFAULT_TOLERANCE})`,
    },
    input: CONVERT_OPTIONS.input,
    outputs: CONVERT_OPTIONS.outputs,
    json: JSON_OPTION,
  },
  examples: [
    "npx tflite-forge verify model.json model.tflite",
    "npx tflite-forge verify model.json model.tflite --tolerance 1e-5 --json",
    "npx tflite-forge verify model.json features.tflite --outputs backbone/Relu",
  ],
  run: async ({ operands: [modelPath = "", filePath = ""], options, progress }) => {
    const tolerance = toleranceOption(options.get("tolerance")?.[0]);
    const part = convertOptionsOf(options);
    progress.report("start tfjs and LiteRT");
    const [{ loadModel }, { readBytes }, { compareWith }] = await Promise.all([
      import("../node/load-model.ts"),
      import("../node/read-file.ts"),
      import("../node/verify-tflite.ts"),
    ]);
    const bytes = await readBytes(filePath);
    const onRead = (fraction: number): void => progress.report(`read ${modelPath}`, fraction);
    const { judge, comparison } = await onFastestBackend(async () => {
      const model = await loadModel(modelPath, { training: false, onProgress: onRead });
      const { judge, runner } = await runnerOf(bytes);
      progress.report("run both");
      return { judge, comparison: await compareWith(runner, model, bytes, undefined, part) };
    }).catch((error: unknown) => {
      throw errorOfOptions(errorOfModel(modelPath, error));
    });
    const outputs = comparison.map((output) => ({ ...output, passed: errorOf(output) <= tolerance }));
    const passed = outputs.every((output) => output.passed);
    return {
      text: `${outputs.map(textOf).join("\n")}\n${passed ? "passed" : "FAILED"}: tolerance ${tolerance}\n${judge === "litert" ? "" : NO_LITERT}`,
      data: { passed, tolerance, judge, outputs },
      failed: !passed,
    };
  },
};

function toleranceOption(text: string | undefined): number {
  if (text === undefined) return DEFAULT_TOLERANCE;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= 0 && Number.isFinite(value)) return value;
  throw new UsageError(`--tolerance must be a number from 0, such as 1e-5; got "${text}"`);
}

/** Large values have large errors, small ones may not have any to speak of. */
function errorOf({ maxAbsoluteError, maxRelativeError }: OutputComparison): number {
  return Math.min(maxAbsoluteError, maxRelativeError);
}

function textOf(output: OutputComparison & { readonly passed: boolean }): string {
  const { name, shape, maxAbsoluteError, maxRelativeError, meanAbsoluteError, argmaxAgreement, passed } =
    output;
  return (
    `${passed ? "ok" : "OVER"} ${name} [${shape.join(",")}]: largest error ${text(maxAbsoluteError)} ` +
    `(relative to the largest value ${text(maxRelativeError)}), mean ${text(meanAbsoluteError)}, ` +
    `same largest place in ${(100 * argmaxAgreement).toFixed(1)} % of rows`
  );
}

function text(value: number): string {
  return value === 0 ? "0" : value.toExponential(1);
}

/** Said where the package's own evaluator stood in. */
const NO_LITERT =
  "LiteRT (@litertjs/core) is not installed: tflite-forge computed the file by itself, which is no second opinion.\n" +
  "For one: npx --package tflite-forge --package @litertjs/core tflite-forge verify ...\n";

/** LiteRT, or the package's own evaluator where that is not installed: npx brings no optional packages. */
async function runnerOf(
  bytes: Uint8Array,
): Promise<{ readonly judge: "litert" | "evaluator"; readonly runner: Runner }> {
  const { loadTflite } = await import("../node/load-tflite.ts");
  try {
    return { judge: "litert", runner: await loadTflite(bytes) };
  } catch (error) {
    if (!(error instanceof ForgeError) || error.code !== "missing-package") throw error;
    const { evaluatorModel } = await import("../node/evaluator-model.ts");
    return { judge: "evaluator", runner: evaluatorModel(bytes) };
  }
}
