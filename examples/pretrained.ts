/**
 * A pretrained classifier as it is: nothing is trained, its own classes and its own head stay. A graph model that
 * others made becomes a file, and LiteRT answers as it does.
 *
 *     npx tsx examples/pretrained.ts                    half a minute
 *     npx tsx examples/pretrained.ts --quick            seconds: one picture
 *     npx tsx examples/pretrained.ts --output FILE
 */
import { parseArgs } from "node:util";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
// In an application these three are "tflite-forge", "tflite-forge/node" and "tflite-forge/wasm".
import { convert, inspectTflite, normalize, resize } from "../src/index.ts";
import { loadTflite, saveTflite, verifyTflite } from "../src/node/index.ts";
import { useWasmBackend } from "../src/training/wasm/index.ts";
// A classifier for photos (is this safe to show?) that comes in an npm package.
import { nsfwjsHandler } from "../test/support/nsfwjs.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    output: { type: "string", default: "pretrained.tflite" },
  },
});
const count = options.quick ? 1 : 8;

// 1. What its makers say of it: images of 224x224, RGB, from 0 to 1; these classes, in this order.
const LABELS = ["drawing", "hentai", "neutral", "porn", "sexy"];

// 2. The model, from wherever tfjs loads models: loadGraphModel("https://.../model.json"), { fromTFHub: true } for a
//    page of TensorFlow Hub or Kaggle, loadModel("folder/model.json") of "tflite-forge/node" for a file.
await useWasmBackend();
const model = await loadGraphModel(nsfwjsHandler());

// 3. The file. Everything in the model is in it, here its own scaling of pixels to -1..1 as well.
const { bytes, report } = await convert(model);
const path = await saveTflite(options.output, bytes);
const [input] = inspectTflite(bytes).inputs;

// 4. The same pictures through the model and through the file.
const pictures = resize({ data: normalize(stripes(count, 32)), shape: [count, 32, 32, 3] }, [224, 224]);
const [comparison] = await verifyTflite(model, bytes, pictures);
const tflite = await loadTflite(bytes);
const [probabilities] = Object.values(await tflite.run(pictures));
tflite.close();
const first = Array.from(probabilities!.data.slice(0, LABELS.length), Number);
const { maxAbsoluteError, argmaxAgreement } = comparison!;

console.log(`
${path}
  size                ${bytes.length.toLocaleString("en")} bytes
  operators           ${Object.values(report.operators.after).reduce((sum, each) => sum + each, 0)}
  input               ${input!.name} [${input!.shape}]
  first picture       ${LABELS[first.indexOf(Math.max(...first))]} (${(100 * Math.max(...first)).toFixed(1)} %)
  LiteRT against tfjs ${maxAbsoluteError.toExponential(1)} at most between probabilities, same class ${(100 * argmaxAgreement).toFixed(0)} %`);
process.exitCode = maxAbsoluteError < 1e-5 && argmaxAgreement === 1 ? 0 : 1;

/** Coloured stripes in place of photos: RGB bytes. */
function stripes(pictures: number, size: number): Uint8Array {
  return Uint8Array.from({ length: pictures * size * size * 3 }, (_, i) => {
    const [picture, x, channel] = [Math.floor(i / (size * size * 3)), Math.floor(i / 3) % size, i % 3];
    return 127 + 120 * Math.sin((x * (picture + 1)) / 5 + channel);
  });
}
