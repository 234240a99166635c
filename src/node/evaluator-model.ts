import { type DataType, dispose, tensor, tidy } from "@tensorflow/tfjs-core";
import { ForgeError } from "../errors.ts";
import { evaluate } from "../graph/evaluate.ts";
import type { InputValue } from "./input-values.ts";
import type { TfliteOutput } from "./load-tflite.ts";
import { fileBytes, readModelFile, type TfliteTensorInfo } from "./model-file.ts";
import { readModelGraph } from "./model-graph.ts";
import type { TfliteData } from "./tensor-data.ts";

/** What runs a file: LiteRT's {@link TfliteModel}, or the evaluator. */
export interface Runner {
  readonly outputs: readonly TfliteTensorInfo[];
  run(inputs: Readonly<Record<string, InputValue>>): Promise<Readonly<Record<string, TfliteOutput>>>;
  close(): void;
}

/**
 * Runs a file by this package's own evaluator, on the current tfjs backend: where LiteRT is not installed. It shows
 * that the file says what the model says, but is no judge of its own.
 *
 * @throws ForgeError `unsupported-kernel`, when it runs, for operators or types that this package does not write.
 * @internal
 */
export function evaluatorModel(bytes: Uint8Array): Runner {
  const file = readModelFile(fileBytes(bytes, "verify"));
  const { graph, subgraph, ...places } = readModelGraph(file);
  const run: Runner["run"] = async (inputs) => {
    const values = tidy(() => {
      const operands = file.inputs.map(({ name, dtype }) => {
        const { data, shape } = inputs[name] as InputValue;
        if (!["float32", "int32", "bool"].includes(dtype)) {
          throw new ForgeError(
            "unsupported-kernel",
            `Input "${name}" is of ${dtype}: LiteRT alone runs that.`,
          );
        }
        return tensor(data as Float32Array, [...shape], dtype as DataType);
      });
      const ordered = [...operands];
      for (const [index, operand] of operands.entries()) ordered[places.inputs[index] as number] = operand;
      return [...evaluate(subgraph, ordered, graph)];
    });
    try {
      const results = await Promise.all(
        file.outputs.map(async ({ name, dtype }, index) => {
          const value = values[places.outputs[index] as number]!;
          return [name, { data: (await value.data()) as TfliteData, shape: value.shape, dtype }] as const;
        }),
      );
      return Object.fromEntries(results);
    } finally {
      dispose(values);
    }
  };
  return { outputs: file.outputs, run, close: () => {} };
}
