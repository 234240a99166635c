/**
 * Compares our files of recurrent networks with TFLiteConverter's, from the same weights, in every form that each has:
 * a loop, one step after the other, the fused operator.
 *
 *     npx tsx bench/peers/recurrent.ts --python VENV/bin/python
 *     npx tsx bench/peers/recurrent.ts --python VENV/bin/python --only GRU --keep FOLDER
 *
 * The virtual environment has tensorflow-cpu and ai-edge-litert, as README.md here says for `--litert`.
 */
import { join } from "node:path";
import { input, layers, model, type RNN } from "@tensorflow/tfjs-layers";
import type { ConvertOptions } from "../../src/index.ts";
import { apply } from "../architectures/layers.ts";
import { useBackend } from "../backends.ts";
import { withLiveWeights } from "../live-weights.ts";
import { table } from "../print.ts";
import { outcomeRow, sideBySide, withFolder } from "./side-by-side.ts";

interface Network {
  readonly layer: () => RNN | ReturnType<typeof layers.bidirectional>;
  readonly steps: number;
  readonly features: number;
}

/** What the fused operator can do: the logistic function where tfjs-layers' default is a piecewise linear one. */
const GATES = { recurrentActivation: "sigmoid", recurrentInitializer: "zeros" } as const;

const NETWORKS: Readonly<Record<string, Network>> = {
  "LSTM(64), 100 steps": { layer: () => layers.lstm({ units: 64, ...GATES }), steps: 100, features: 16 },
  "LSTM(256), 50 steps": { layer: () => layers.lstm({ units: 256, ...GATES }), steps: 50, features: 64 },
  "GRU(64), 100 steps": { layer: () => layers.gru({ units: 64, ...GATES }), steps: 100, features: 16 },
  "Bidirectional LSTM(32), 100 steps": {
    layer: () =>
      layers.bidirectional({
        layer: layers.lstm({ units: 32, ...GATES }) as RNN,
        mergeMode: "concat",
      }),
    steps: 100,
    features: 16,
  },
};

const FORMS = ["while", "unrolled", "fused"] as const;

await withFolder(async ({ python, processes, only, folder }) => {
  await useBackend("wasm");
  const rows = [];
  for (const [name, { layer, steps, features }] of Object.entries(NETWORKS)) {
    if (!name.includes(only)) continue;
    const sequence = input({ shape: [steps, features], name: "sequence" });
    const scores = apply(layers.dense({ units: 10, name: "scores" }), apply(layer(), sequence));
    const network = withLiveWeights(model({ inputs: sequence, outputs: scores }));
    const inputs = { [network.inputNames[0]!]: [1, steps, features] };
    const ours: Record<string, ConvertOptions> = { default: {} };
    for (const recurrent of FORMS) {
      // The fused operator keeps its state in tensors of a fixed size.
      ours[recurrent] = { recurrent, ...(recurrent === "fused" ? { inputs } : {}) } as ConvertOptions;
    }
    const outcomes = await sideBySide(
      {
        model: network,
        ours,
        peer: {
          default: {},
          "batch 1": { batch: 1 },
          "unroll=True": { unroll: true },
          "unroll=True, batch 1": { batch: 1, unroll: true },
          ...(name.includes("LSTM") ? { fused: { batch: 1, fused: true } } : {}),
        },
      },
      { python, processes, folder: join(folder, name) },
    );
    rows.push(...outcomes.map((outcome) => outcomeRow(name, outcome)));
    network.dispose();
  }
  console.log(table(rows));
});
