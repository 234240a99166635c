import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { io } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { runProgram } from "../../src/cli/program.ts";

const run = promisify(execFile);

export interface CliOutcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Runs the program in this process: for the many cases that end the same way. */
export async function cli(...args: readonly string[]): Promise<CliOutcome> {
  let [stdout, stderr] = ["", ""];
  const code = await runProgram(args, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
  });
  return { stdout, stderr, code };
}

/** Runs the program from its sources, in a process of its own. */
export async function cliProcess(...args: readonly string[]): Promise<CliOutcome> {
  try {
    const { stdout, stderr } = await run(process.execPath, ["--import", "tsx", "src/cli/main.ts", ...args]);
    return { stdout, stderr, code: 0 };
  } catch (error) {
    return error as CliOutcome;
  }
}

/** Writes what tfjs would, in shards of some bytes; gives the path of its `model.json`. */
export async function writeModel(
  folder: string,
  artifacts: io.ModelArtifacts,
  shardBytes = 1000,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const data = new Uint8Array(artifacts.weightData as ArrayBuffer);
  const paths = Array.from({ length: Math.ceil(data.length / shardBytes) }, (_, i) => `shard${i + 1}.bin`);
  for (const [i, path] of paths.entries()) {
    await writeFile(join(folder, path), data.subarray(i * shardBytes, (i + 1) * shardBytes));
  }
  const { weightData: _, weightSpecs, ...rest } = artifacts;
  const json = { ...rest, weightsManifest: [{ paths, weights: weightSpecs }] };
  const file = join(folder, "model.json");
  await writeFile(file, JSON.stringify(json));
  return file;
}

/** Saves a layers model as a user would. */
export async function saveLayers(
  folder: string,
  model: LayersModel,
  options: { readonly includeOptimizer?: boolean } = {},
): Promise<string> {
  let path = "";
  const save = async (artifacts: io.ModelArtifacts): Promise<io.SaveResult> => {
    path = await writeModel(folder, artifacts);
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
  };
  await model.save({ save }, { includeOptimizer: options.includeOptimizer ?? false });
  return path;
}

/** A graph model of one matrix product: `y = softmax(x w)`, x of 3 numbers, y of 2. */
export function graphArtifacts(): io.ModelArtifacts {
  const type = (name: string) => ({ type: name });
  const shape = (...sizes: number[]) => ({ shape: { dim: sizes.map((size) => ({ size: String(size) })) } });
  const node = (name: string, op: string, input: readonly string[], attr: object) => ({
    name,
    op,
    input,
    attr,
  });
  return {
    format: "graph-model",
    modelTopology: {
      node: [
        node("x", "Placeholder", [], { dtype: type("DT_FLOAT"), shape: shape(-1, 3) }),
        node("w", "Const", [], {
          dtype: type("DT_FLOAT"),
          value: { tensor: { dtype: "DT_FLOAT", tensorShape: {} } },
        }),
        node("product", "MatMul", ["x", "w"], {
          T: type("DT_FLOAT"),
          transpose_a: { b: false },
          transpose_b: { b: false },
        }),
        node("y", "Softmax", ["product"], { T: type("DT_FLOAT") }),
      ],
      versions: { producer: 27 },
      library: {},
    },
    weightSpecs: [{ name: "w", shape: [3, 2], dtype: "float32" }],
    weightData: Float32Array.of(1, 2, -1, 0.5, 3, -2).buffer,
  };
}
