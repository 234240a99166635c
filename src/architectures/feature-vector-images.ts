import { gather, Tensor, tensor1d, tidy } from "@tensorflow/tfjs-core";
import { ForgeError } from "../errors.ts";
import { isShapedArray, isTypedArray, sizeOf } from "../preprocess/shaped-array.ts";
import type { Samples } from "../training/inputs.ts";

/** The smallest and the largest value that a feature vector was trained on. */
export type ValueRange = readonly [low: number, high: number];

/** How many values, and of a tensor how many images, are looked at. */
const VALUES = 1 << 16;
const IMAGES = 8;
/** The share of the range by which resizing and rounding may go beyond it. */
const SLACK = 0.1;

/**
 * Refuses images of another shape, with the function that helps.
 *
 * @param inputShape Of one image.
 * @internal
 */
export function checkImageShape(images: Samples, inputShape: readonly number[], where: string): void {
  const fault = shapeFault(images, inputShape);
  if (fault !== undefined) throw new ForgeError("invalid-labels", `${where}: ${fault}.`);
}

function shapeFault(images: Samples, inputShape: readonly number[]): string | undefined {
  if (isTypedArray(images)) {
    const size = sizeOf(inputShape);
    if (images.length % size === 0) return undefined;
    return `${images.length} values are no whole number of images [${inputShape.join(",")}] (${size} values each)`;
  }
  // What is no samples at all is refused by whoever reads them.
  if (!(images instanceof Tensor) && !isShapedArray(images)) return undefined;
  const { shape } = images;
  const isSame = (sizes: readonly number[]): boolean => sizes.join() === inputShape.join();
  if (isSame(shape.slice(1))) return undefined;
  const expected = `expected images [count,${inputShape.join(",")}], got [${shape.join(",")}]`;
  const [height, width, channels] = inputShape;
  if (isSame(shape))
    return `${expected}: one image is a batch of one, reshape(image, [1,${shape.join(",")}])`;
  if (inputShape.length !== 3 || shape.length !== 4) return expected;
  if (shape[3] === channels) return `${expected}: resize(images, [${height}, ${width}]) helps`;
  const isGrey = channels === 3 && shape[3] === 1;
  return isGrey ? `${expected}: tf.tile(images, [1, 1, 1, 3]) makes RGB of grey images` : expected;
}

/**
 * Refuses images whose values cannot be in the range that is expected. Looks at some of them only.
 *
 * @param count How many images there are.
 * @internal
 */
export async function checkRange(
  images: Samples,
  count: number,
  range: ValueRange,
  where: string,
): Promise<void> {
  const fault = rangeFault(look(await sampleOf(images, count)), range, count);
  if (fault !== undefined) throw new ForgeError("invalid-labels", `${where}: ${fault}.`);
}

async function sampleOf(images: Samples, count: number): Promise<ArrayLike<number>> {
  if (isTypedArray(images)) return images;
  if (isShapedArray(images)) return images.data;
  const some = Math.min(count, IMAGES);
  const rows = Int32Array.from({ length: some }, (_, i) => Math.floor((i * count) / some));
  const sample = tidy(() => gather(images, tensor1d(rows, "int32")));
  try {
    return await sample.data();
  } finally {
    sample.dispose();
  }
}

interface Found {
  readonly low: number;
  readonly high: number;
  /** A value that is no finite number. */
  readonly wrong: number | undefined;
}

function look(values: ArrayLike<number>): Found {
  // Odd, so that the steps do not keep to one column.
  const step = Math.floor(values.length / VALUES) | 1;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let index = 0; index < values.length; index += step) {
    const value = values[index]!;
    if (!Number.isFinite(value)) return { low, high, wrong: value };
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high, wrong: undefined };
}

function rangeFault(
  { low, high, wrong }: Found,
  [least, most]: ValueRange,
  count: number,
): string | undefined {
  const expected = `the feature vector wants values from ${least} to ${most}`;
  if (wrong !== undefined) return `${expected}, and one of the images' is ${wrong}`;
  const came = `${expected}, but these go from ${short(low)} to ${short(high)}`;
  const slack = (most - least) * SLACK;
  if (low < least - slack || high > most + slack) return `${came}: ${cure(low, high, least, most)}`;
  if (high === low) return undefined;
  // Bytes of which none is above 1 were scaled already.
  if (most - least > 100 && high <= 1.01) return `${came}: give the bytes as they are, not scaled`;
  // Where half of the range is below 0, some pixel of several images is.
  if (least < 0 && low >= 0 && count >= IMAGES) {
    const meant = `if they are meant so, loadFeatureVector(source, { range: [0, ${most}] })`;
    return `${came}: ${cure(low, high, least, most)} (${meant})`;
  }
  return undefined;
}

function cure(low: number, high: number, least: number, most: number): string {
  if (low < -1.1 || high > 256) return "scale them with normalize";
  // What they seem to be.
  const [from, to] = low < -0.01 ? [-1, 1] : high > 1.1 ? [0, 255] : [0, 1];
  // (x - mean) / std takes from..to to least..most.
  const std = (to - from) / (most - least);
  const mean = from - least * std;
  if (mean === 0 && std === 255) return "normalize(images) scales bytes";
  return `normalize(images, { mean: ${short(mean)}, std: ${short(std)} }) scales them`;
}

const short = (value: number): string => String(Number(value.toPrecision(4)));
