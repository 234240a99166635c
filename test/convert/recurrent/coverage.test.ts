import * as tf from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";
import { beforeAll, expect, test } from "vitest";
import { type ConvertOptions, toTflite } from "../../../src/convert/index.ts";
import type { LayerLike, LayersModelSource } from "../../../src/convert/source.ts";
import { innerLayers } from "../../../src/convert/sources/layer-scope.ts";
import { ALL_CASES } from "../../support/cases/all.ts";
import { DIRECT_LAYERS } from "../../support/cases/layers.ts";
import {
  expectedOf,
  expectSameOutputs,
  release,
  runFile,
  TOLERANCE,
  type Values,
} from "../../support/judge.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** Classes of tfjs-layers that no case can have, and why. */
const NOT_COVERED: Readonly<Record<string, string>> = {
  // Classes that others are derived from.
  ConvRNN2D: "of ConvLSTM2D",
  SeparableConv: "of SeparableConv2D",
  BaseRandomLayer: "of RandomWidth",
  // It reads values when it is run by itself: below.
  CategoryEncoding: "reads values",
  // It draws a size in every run: refused, below.
  RandomWidth: "random",
  RandomHeight: "not exported",
  // What a loaded model's topology may call a model.
  Functional: "of Model",
};

/** Registered for language models, and not exported by tf.layers. */
const LANGUAGE =
  /GPT2|Backbone|Tokenizer|Preprocessor|Packer|Task|Pipeline|CausalLM|Einsum|MultiHead|PositionEmb|Decoder/;

test("every class of layers is in a case", () => {
  const covered = new Set<string>();
  const note = (layer: LayerLike): void => {
    covered.add(layer.getClassName());
    innerLayers(layer).forEach(note);
  };
  for (const { source } of ALL_CASES) {
    const made = source();
    if ("layers" in made) note(made as unknown as LayerLike);
    release(made);
  }
  for (const layer of DIRECT_LAYERS) note(layer() as LayerLike);
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  const classes = Object.entries(classNameMap)
    .filter(([, [type]]) => type?.prototype instanceof layers.Layer)
    .map(([name]) => name)
    .filter((name) => !LANGUAGE.test(name) && NOT_COVERED[name] === undefined);
  // Cells and models among them.
  expect(classes.length).toBeGreaterThan(60);
  expect(classes.filter((name) => !covered.has(name))).toEqual([]);
});

test.each(["oneHot", "multiHot", "count", "int"] as const)(
  "categoryEncoding of other sizes: %s",
  async (outputMode) => {
    const encoding = layers.categoryEncoding({ numTokens: 6, outputMode: outputMode as never });
    // One token an item where one is marked.
    const width = outputMode === "oneHot" ? 1 : 3;
    const x: Values = { shape: [6 / width, width], dtype: "float32", data: [0, 5, 1, 3, 3, 2] };
    // tfjs changes the shape of the model's input to that of its output.
    const source = modelLike(encoding as unknown as Layer);
    const options: ConvertOptions = { inputs: { tokens: [null, width] } };
    expectSameOutputs(
      await runFile(await toTflite(source, options), [x]),
      expectedOf(source, [x]),
      0,
      outputMode,
    );
  },
);

test.each([
  [7, 8, 3, 4],
  [6, 9, 6, 8],
  [5, 5, 1, 1],
  [8, 6, 5, 6],
  [4, 6, 9, 12],
])("centerCrop of %i x %i to %i x %i, of any batch", async (inHeight, inWidth, height, width) => {
  const source = modelLike(layers.centerCrop({ height, width }) as unknown as Layer, [inHeight, inWidth, 2]);
  const bytes = await toTflite(source);
  for (const batch of [1, 3]) {
    const data = Array.from({ length: batch * inHeight * inWidth * 2 }, (_, index) => index);
    const x: Values = { shape: [batch, inHeight, inWidth, 2], dtype: "float32", data };
    expectSameOutputs(await runFile(bytes, [x]), expectedOf(source, [x]), TOLERANCE, `batch of ${batch}`);
  }
});

test("randomWidth is refused with a reason", async () => {
  const source = modelLike(layers.randomWidth({ factor: 0.2 } as never) as unknown as Layer);
  await expect(toTflite(source)).rejects.toThrow(
    /RandomWidth draws the width of its output anew in every run/,
  );
});

type Layer = LayerLike & { apply(x: tf.Tensor): tf.Tensor };

/** A model of one layer that tfjs cannot put into one. */
function modelLike(layer: Layer, shape: readonly number[] = [3]): LayersModelSource {
  const symbolic = { name: "tokens", shape: [null, ...shape], dtype: "float32" };
  return {
    name: "one layer",
    layers: [layer],
    inputs: [symbolic],
    outputs: [symbolic],
    inputNames: ["tokens"],
    outputNames: ["output"],
    apply: (x) => layer.apply(x as tf.Tensor),
  };
}
