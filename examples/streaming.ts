/**
 * A network that reads text and says what comes next, one character at a time. It learns on pieces of a rhyme; the file
 * takes a single character, and the state of its LSTM goes in and out of it, so that a text of any length can be fed as
 * it is typed, and be continued.
 *
 *     npx tsx examples/streaming.ts                    a minute or two
 *     npx tsx examples/streaming.ts --quick            seconds: too little to learn the rhyme
 *     npx tsx examples/streaming.ts --output FILE
 */
import { parseArgs } from "node:util";
import { type Tensor, tensor2d, train } from "@tensorflow/tfjs-core";
import { input, layers, model as modelOf, type SymbolicTensor } from "@tensorflow/tfjs-layers";
// In an application these three are "tflite-forge", "tflite-forge/node" and "tflite-forge/wasm".
import { convert, fit, progressBar } from "../src/index.ts";
import { loadTflite, saveTflite } from "../src/node/index.ts";
import { useWasmBackend } from "../src/training/wasm/index.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    output: { type: "string", default: "next-character.tflite" },
  },
});
const STEPS = 24;
const UNITS = options.quick ? 16 : 64;

// 1. Data: a rhyme as numbers, cut into pieces of 24 characters, and which character comes behind each.
const RHYME = verses([
  ["malt", "lay in"],
  ["rat", "ate"],
  ["cat", "killed"],
  ["dog", "worried"],
  ["cow with the crumpled horn", "tossed"],
]);
const CHARACTERS = [...new Set(RHYME)].sort();
const codes = numbersOf(RHYME);
const starts = Array.from({ length: codes.length - STEPS }, (_, index) => index);
const pieces = Float32Array.from(starts.flatMap((start) => codes.slice(start, start + STEPS)));
const following = starts.map((start) => codes[start + STEPS]!);

// 2. Model. The number of characters is open (null): 24 while it learns, 1 in the file.
await useWasmBackend();
const text = input({ shape: [null], name: "text" });
const embedding = layers.embedding({ inputDim: CHARACTERS.length, outputDim: 12 });
const lstm = layers.lstm({
  units: UNITS,
  name: "reader",
  recurrentActivation: "sigmoid",
  recurrentInitializer: "glorotUniform",
});
const dense = layers.dense({ units: CHARACTERS.length, activation: "softmax", name: "next" });
const read = lstm.apply(embedding.apply(text)) as SymbolicTensor;
const model = modelOf({ inputs: text, outputs: dense.apply(read) as SymbolicTensor, name: "next-character" });
model.compile({ optimizer: train.adam(0.01), loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
console.log(`Training ${model.countParams()} parameters on ${starts.length} pieces of the rhyme.`);
await fit(model, { data: pieces, shape: [starts.length, STEPS] }, following, {
  epochs: options.quick ? 1 : 40,
  batchSize: 32,
  seed: 1,
  callbacks: progressBar(),
});

// 3. Conversion: one character a run, states as inputs and outputs.
const { bytes, report } = await convert(model, { inputs: { text: [1, 1] }, batch: 1, state: "io" });
const path = await saveTflite(options.output, bytes);

// 4. The file reads a beginning character by character. What it says at the end is what the model says of the whole.
const beginning = "this is the dog that worried the ";
const file = await loadTflite(bytes);
let states: Record<string, Float32Array> = Object.fromEntries(
  file.inputs.slice(1).map(({ name }) => [name, new Float32Array(UNITS)]),
);
let probabilities = new Float32Array();
for (const code of numbersOf(beginning)) await feed(code);
const whole = tensor2d(numbersOf(beginning), [1, beginning.length]);
const prediction = model.predict(whole) as Tensor;
const expected = await prediction.data();
const difference = Math.max(...expected.map((value, index) => Math.abs(value - probabilities[index]!)));
whole.dispose();
prediction.dispose();

// 5. And goes on: the likeliest character is the next one that it is fed.
let continued = "";
while (continued.length < 40) {
  const next = probabilities.indexOf(Math.max(...probabilities));
  continued += CHARACTERS[next];
  await feed(next);
}
file.close();

console.log(`
${path}
  size                ${bytes.length.toLocaleString("en")} bytes
  inputs              ${file.inputs.map(({ name, shape }) => `${name} [${shape}]`).join(", ")}
  operators           ${Object.entries(report.operators.after)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ")}
  LiteRT against tfjs ${difference.toExponential(1)} at most between probabilities, after ${beginning.length} runs of one character
  ${beginning}|${continued}`);
process.exitCode = difference < 1e-5 ? 0 : 1;

/** One run: a character and the states in, probabilities and the next states out. */
async function feed(code: number): Promise<void> {
  const outputs = await file.run({ text: [code], ...states });
  probabilities = outputs.next!.data as Float32Array<ArrayBuffer>;
  states = Object.fromEntries(Object.keys(states).map((name) => [name, outputs[name]!.data as Float32Array]));
}

/** "This is the house that Jack built": each verse has all that went before in it. */
function verses(parts: readonly (readonly [who: string, did: string])[]): string {
  let last = "the house that jack built. ";
  let all = `this is ${last}`;
  for (const [who, did] of parts) {
    last = `the ${who} that ${did} ${last}`;
    all += `this is ${last}`;
  }
  return all;
}

function numbersOf(characters: string): number[] {
  return Array.from(characters, (character) => CHARACTERS.indexOf(character));
}
