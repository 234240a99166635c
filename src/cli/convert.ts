import { realpath, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { ConversionReport, ConvertOptions } from "../convert/index.ts";
import { startCpu } from "./backend.ts";
import { type Command, Interrupted, JSON_OPTION, UsageError } from "./command.ts";
import { CONVERT_OPTIONS, convertOptionsOf, errorOfOptions, inTermsOfOptions } from "./convert-options.ts";
import { errorOfModel } from "./model-error.ts";
import type { Progress } from "./progress.ts";
import { count, firstLines, operatorCounts } from "./text.ts";

/** `tflite-forge convert model.json -o FILE`: a saved tfjs model to a file. */
export const convert: Command = {
  summary: "convert a saved layers or graph model to a .tflite file",
  operands: ["model.json"],
  needs: "-o model.tflite",
  options: {
    output: { short: "o", value: "FILE", help: "the file to write; one of that name is replaced" },
    ...CONVERT_OPTIONS,
    json: JSON_OPTION,
  },
  examples: [
    "npx tflite-forge convert model.json -o model.tflite",
    "npx tflite-forge convert model.json -o model.tflite --batch 1 --input image=1,224,224,3",
    "npx tflite-forge convert model.json -o model.tflite --target microcontroller",
    "npx tflite-forge convert model.json -o model.tflite --json | jq .operators.after",
  ],
  run: async ({ operands: [path = ""], options, progress }) => {
    const [output] = options.get("output") ?? [];
    if (output === undefined) throw new UsageError("convert needs a file to write: -o model.tflite");
    const convertOptions = convertOptionsOf(options);
    await checkTarget(output, path);
    const interrupt = listenForInterrupt();
    try {
      const { bytes, report } = await convertFile(
        path,
        { ...convertOptions, signal: interrupt.signal },
        progress,
      );
      await interrupt.throwIfAborted();
      progress.report(`write ${output}`);
      const { saveTflite } = await import("../node/save-tflite.ts");
      const written = await saveTflite(output, bytes);
      return { text: textOf(output, report), data: { output: written, ...report } };
    } finally {
      interrupt.release();
    }
  },
};

async function convertFile(path: string, options: ConvertOptions, progress: Progress) {
  progress.report("start tfjs");
  const [library, { loadModel }] = await Promise.all([
    import("../convert/index.ts"),
    import("../node/load-model.ts"),
    startCpu(),
  ]);
  try {
    const onRead = (fraction: number): void => progress.report(`read ${path}`, fraction);
    const model = await loadModel(path, { training: false, onProgress: onRead });
    return await library.convert(model, {
      ...options,
      onProgress: ({ stage, fraction }) => progress.report(stage, fraction),
    });
  } catch (error) {
    throw errorOfOptions(errorOfModel(path, error));
  }
}

interface Interrupt {
  readonly signal: AbortSignal;
  /** Listens first: the stages of a conversion follow each other without a pause in which it could. */
  readonly throwIfAborted: () => Promise<void>;
  readonly release: () => void;
}

/**
 * Ctrl-C ends a conversion at the latest before its file is written, and lets the writing come to its end: nothing
 * is left half-way. A second one ends the process at once.
 */
function listenForInterrupt(): Interrupt {
  const { signal, abort } = abortable();
  process.once("SIGINT", abort);
  return {
    signal,
    throwIfAborted: async () => {
      // Signals are read once in each turn of the event loop, and the first turn may have read them already.
      for (let turn = 0; turn < 2; turn++) await setImmediate();
      signal.throwIfAborted();
    },
    release: () => void process.off("SIGINT", abort),
  };
}

function abortable(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(new Interrupted("interrupted")) };
}

/** Said before the work is done, not after. */
async function checkTarget(output: string, model: string): Promise<void> {
  const target = resolve(output);
  const kind = await kindOf(target);
  if (kind === "folder") throw new UsageError(`--output ${output} is a folder: add a file name`);
  if ((await kindOf(dirname(target))) !== "folder") {
    throw new UsageError(`--output ${output}: the folder ${dirname(target)} does not exist`);
  }
  if (kind === "file" && (await realpath(target)) === (await realpath(model).catch(() => ""))) {
    throw new UsageError(`--output ${output} is the model itself: it would be overwritten`);
  }
}

async function kindOf(path: string): Promise<"folder" | "file" | "nothing"> {
  const status = await stat(path).catch(() => undefined);
  return status === undefined ? "nothing" : status.isDirectory() ? "folder" : "file";
}

function textOf(output: string, report: ConversionReport): string {
  const { operators, sizes, minimumRuntime, refusals, warnings } = report;
  const after = Object.entries(operators.after).map(([type, uses]) => ({ type, count: uses }));
  const left = refusals.map(({ operator, at, reason }) => `  not ${operator} "${at}": ${reason}`);
  return [
    `${output}: ${count(sizes.file)} bytes`,
    operatorCounts(after),
    `needs a runtime of ${minimumRuntime} or later`,
    ...(left.length > 0 ? [`the target leaves to the CPU: ${count(left.length)}`] : []),
    ...firstLines(left),
    ...warnings.map((warning) => `warning: ${inTermsOfOptions(warning)}`),
    "",
  ].join("\n");
}
