import { readFile } from "node:fs/promises";
import { ForgeError } from "../errors.ts";
import { minimumRuntime } from "../graph/operators/versions.ts";
import { printGraph } from "../graph/print.ts";
import { signatureOf } from "../graph/tensors.ts";
import type { Graph, Tensor } from "../graph/types.ts";
import { countOperators } from "../graph/verify.ts";
import { parseTflite } from "../tflite-reader/parse.ts";

/** `tflite-forge inspect FILE`: what is in a file, as text or as JSON. */
export async function inspect(
  files: readonly string[],
  { json }: { readonly json: boolean },
): Promise<string> {
  const [path] = files;
  if (path === undefined || files.length > 1) {
    throw new ForgeError("invalid-argument", `inspect takes one file, got ${files.length}.`);
  }
  const bytes = await read(path);
  const graph = parseTflite(bytes);
  return json ? `${JSON.stringify(summaryOf(graph, bytes.length), null, 2)}\n` : textOf(graph, bytes.length);
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : String(code);
    throw new ForgeError("invalid-data", `Cannot read ${path}: ${why}.`, { cause: error });
  }
}

function summaryOf(graph: Graph, size: number) {
  const tensor = ({ name, type, ...rest }: Tensor) => ({
    name,
    type,
    shape: signatureOf({ name, type, ...rest }),
  });
  return {
    bytes: size,
    minimumRuntime: minimumRuntime(graph),
    operators: countOperators(graph),
    subgraphs: graph.subgraphs.map(({ name, inputs, outputs }) => ({
      name,
      inputs: inputs.map(tensor),
      outputs: outputs.map(tensor),
    })),
    signatures: graph.signatures.map(({ key, inputs, outputs }) => ({
      key,
      inputs: inputs.map(({ name }) => name),
      outputs: outputs.map(({ name }) => name),
    })),
    metadata: graph.metadata.map(({ name, data }) => ({ name, bytes: data.length })),
  };
}

function textOf(graph: Graph, size: number): string {
  const operators = Object.entries(countOperators(graph)).map(([type, count]) => `${count} ${type}`);
  return [
    printGraph(graph),
    "",
    `${size.toLocaleString("en-US")} bytes; ${operators.join(", ")}`,
    `needs a runtime of ${minimumRuntime(graph)} or later`,
    "",
  ].join("\n");
}
