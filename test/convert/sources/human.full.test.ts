import "@tensorflow/tfjs-backend-cpu";
import { type GraphModel, loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { convert, toTflite } from "../../../src/convert/index.ts";
import { useWasmBackend } from "../../../src/training/wasm/index.ts";
import { type HUMAN_MODELS, humanArtifacts } from "../../support/human-models.ts";
import { runFile } from "../../support/judge.ts";
import { photos } from "../../support/photos.ts";

interface Case {
  readonly name: (typeof HUMAN_MODELS)[number];
  /** Sizes of the input where the model leaves them open. */
  readonly size?: readonly [number, number];
  /** The backend of tfjs that judges; by default the fast one. */
  readonly backend?: "cpu" | "wasm";
}

const CASES: readonly Case[] = [
  { name: "antispoof" },
  { name: "blazeface" },
  { name: "centernet" },
  { name: "emotion" },
  { name: "facemesh" },
  { name: "faceres" },
  { name: "handlandmark-lite" },
  // The wasm backend of tfjs 4.22 chooses 9 boxes with scores below 0.01 where the cpu backend chooses 100 from 0.46 on.
  { name: "handtrack", size: [320, 320], backend: "cpu" },
  { name: "iris" },
  { name: "liveness" },
  { name: "movenet-lightning" },
];

/** The outputs by name, as tfjs-converter computes them. */
async function expectedOf(model: GraphModel, x: tf.Tensor): Promise<Record<string, tf.Tensor>> {
  // Of models without control flow it says that they need no executeAsync.
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const outputs = Object.entries(
    (model as unknown as { executor: { graph: { signature: { outputs: Signature } } } }).executor.graph
      .signature.outputs,
  ).map(([name, port]) => ({ name: name.replace(/:0$/, ""), port }));
  const results = [
    await model.executeAsync(
      x,
      outputs.map(({ port }) => port.name),
    ),
  ].flat() as tf.Tensor[];
  warn.mockRestore();
  return Object.fromEntries(outputs.map(({ name }, index) => [name, results[index] as tf.Tensor]));
}

/** The largest difference, as a part of the range of what is expected; of one number, as a part of that. */
function worst(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  const values = Array.from(expected);
  const [low, high] = values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [
    values.length === 1 ? 0 : Number.POSITIVE_INFINITY,
    values.length === 1 ? 0 : Number.NEGATIVE_INFINITY,
  ] as [number, number]);
  const difference = values.reduce((most, value, index) => {
    // Of NaN there is no maximum: it is no small difference.
    const apart = Math.abs(value - (actual[index] as number));
    return Math.max(apart, most);
  }, 0);
  return difference === 0 ? 0 : difference / (high - low);
}

type Signature = Readonly<Record<string, { readonly name: string }>>;

describe("the graph models of @vladmandic/human", () => {
  beforeAll(() => useWasmBackend());

  it.each(CASES)(
    "$name agrees within 1e-4 of each output's range",
    async ({ name, size, backend = "wasm" }) => {
      await tf.setBackend(backend);
      const model = await loadGraphModel({ load: () => humanArtifacts(name) });
      const [input] = model.inputs;
      const [, height, width, channels] = input!.shape as [number, number, number, number];
      const { data, shape } = photos(1, [size?.[0] ?? height, size?.[1] ?? width, channels]);
      const values =
        input!.dtype === "int32" ? Int32Array.from(data, (value) => Math.round(value * 255)) : data;
      const x = tf.tensor(values, [...shape], input!.dtype);
      const expected = await expectedOf(model, x);
      const inputs = { [input!.name]: [...shape] };
      const bytes = await toTflite(model, { inputs });
      const actual = await runFile(bytes, [{ data: values, shape, dtype: input!.dtype }]);
      expect(Object.keys(actual)).toEqual(Object.keys(expected));
      for (const [output, tensor] of Object.entries(expected)) {
        expect([...actual[output]!.shape], output).toEqual(tensor.shape);
        expect(worst(actual[output]!.data, await tensor.data()), output).toBeLessThan(1e-4);
      }
      model.dispose();
    },
  );

  it("handtrack converts with its choice of boxes", async () => {
    const model = await loadGraphModel({ load: () => humanArtifacts("handtrack") });
    const { report } = await convert(model, { inputs: { input_tensor: [1, 320, 320, 3] } });
    expect(report.operators.after).toMatchObject({ NON_MAX_SUPPRESSION_V5: 7, WHERE: 1, TOPK_V2: 2 });
    expect(report.minimumRuntime).toBe("2.2.0");
    model.dispose();
  });
});
