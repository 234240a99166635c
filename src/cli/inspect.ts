import { printGraph } from "../graph/print.ts";
import { readBytes } from "../node/read-file.ts";
import { inspectTflite, type TfliteSummary } from "../tflite-reader/inspect.ts";
import { parseTflite } from "../tflite-reader/parse.ts";
import { type Command, JSON_OPTION } from "./command.ts";
import { count, firstLines, operatorCounts } from "./text.ts";

/** `tflite-forge inspect FILE`: what is in a file. */
export const inspect: Command = {
  summary: "show what is in a .tflite file, whoever made it",
  operands: ["model.tflite"],
  options: { json: JSON_OPTION },
  examples: [
    "npx tflite-forge inspect model.tflite",
    "npx tflite-forge inspect model.tflite --json | jq .inputs",
  ],
  run: async ({ operands: [path = ""] }) => {
    const bytes = await readBytes(path);
    const summary = inspectTflite(bytes);
    return { text: `${printGraph(parseTflite(bytes))}\n\n${textOf(summary)}`, data: summary };
  },
};

function textOf(summary: TfliteSummary): string {
  const { sizes, signatures, files, xnnpack } = summary;
  const parts = [`${count(sizes.weights)} weights`, `${count(sizes.structure)} structure`];
  if (sizes.metadata > 0) parts.push(`${count(sizes.metadata)} metadata`);
  if (sizes.appended > 0) parts.push(`${count(sizes.appended)} appended files`);
  const pieces = xnnpack.expectedPartitions === 1 ? "1 piece" : `${xnnpack.expectedPartitions} pieces`;
  const left = xnnpack.left.map(({ type, output, reason }) => `  not ${type} "${output}": ${reason}`);
  return [
    ...(summary.description ? [`description: ${summary.description}`] : []),
    `${count(sizes.file)} bytes: ${parts.join(", ")}`,
    operatorCounts(summary.operators),
    `needs a runtime of ${summary.minimumRuntime} or later`,
    ...signatures.map(
      ({ key, inputs, outputs }) =>
        `signature ${key}: ${inputs.map(({ name }) => name).join(", ")} -> ${outputs.map(({ name }) => name).join(", ")}`,
    ),
    ...files.map(({ name, bytes }) => `appended ${name}: ${count(bytes)} bytes`),
    `XNNPACK is expected to take ${xnnpack.taken} of ${xnnpack.taken + left.length} operators, in ${pieces}`,
    ...firstLines(left),
    "",
  ].join("\n");
}
