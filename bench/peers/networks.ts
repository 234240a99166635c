/**
 * Compares our files of image networks with TFLiteConverter's, from the same weights: operators, bytes, pieces that the
 * CPU delegate takes, latency, difference from tfjs.
 *
 *     npx tsx bench/peers/networks.ts --python VENV/bin/python
 *     npx tsx bench/peers/networks.ts --python VENV/bin/python --only "U-Net" --keep FOLDER
 *
 * The virtual environment has tensorflow-cpu and ai-edge-litert, as README.md here says for `--litert`.
 */
import { join } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { inceptionLike } from "../architectures/inception.ts";
import { mobileNetV2 } from "../architectures/mobilenet-v2.ts";
import { uNetLike } from "../architectures/u-net.ts";
import { useBackend } from "../backends.ts";
import { withLiveWeights } from "../live-weights.ts";
import { table } from "../print.ts";
import { outcomeRow, sideBySide, withFolder } from "./side-by-side.ts";

const NETWORKS: Readonly<Record<string, () => LayersModel>> = {
  MobileNetV2: mobileNetV2,
  "Inception-like": inceptionLike,
  "U-Net-like, transposed": () => uNetLike("transposed"),
  "U-Net-like, overlapping": () => uNetLike("overlapping"),
  "U-Net-like, nearest": () => uNetLike("nearest"),
};

await withFolder(async ({ python, processes, only, folder }) => {
  await useBackend("wasm");
  const rows = [];
  for (const [name, build] of Object.entries(NETWORKS)) {
    if (!name.includes(only)) continue;
    const model = withLiveWeights(build());
    const inputs = { [model.inputNames[0]!]: [1, ...(model.inputs[0]!.shape.slice(1) as number[])] };
    const outcomes = await sideBySide(
      {
        model,
        ours: { "dynamic batch": {}, "batch 1": { inputs } },
        peer: { "dynamic batch": {}, "batch 1": { batch: 1 } },
      },
      { python, processes, folder: join(folder, name) },
    );
    rows.push(...outcomes.map((outcome) => outcomeRow(name, outcome)));
    model.dispose();
  }
  console.log(table(rows));
});
