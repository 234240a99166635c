import {
  clone,
  concat,
  gather,
  keep,
  type Tensor,
  type Tensor2D,
  tensor1d,
  tensor2d,
  tidy,
} from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";
import type { Rows } from "../training/rows.ts";
import type { FeatureVector } from "./feature-vector.ts";
import { withoutTape } from "./feature-vector-layer.ts";

/**
 * Features of images, computed when they are first asked for, and remembered up to a number of bytes.
 *
 * @internal
 */
export class FeatureCache {
  readonly #features: FeatureVector;
  readonly #images: readonly Rows[];
  readonly #most: number;
  readonly #known = new Map<number, Float32Array>();
  readonly #pending = new Set<Promise<void>>();
  /** Rows that are remembered or about to be. */
  readonly #taken = new Set<number>();

  /**
   * @param images Parts of one list: the rows of the second come behind those of the first.
   * @param bytes What features may take.
   */
  constructor(features: FeatureVector, images: readonly Rows[], bytes: number) {
    this.#features = features;
    this.#images = images;
    this.#most = Math.floor(bytes / (4 * features.units));
  }

  /** Features of these rows: a new tensor. */
  take(rows: Int32Array): Tensor2D {
    const missing = rows.filter((row) => !this.#known.has(row));
    const known = rows.filter((row) => this.#known.has(row));
    if (missing.length === 0) return this.#remembered(known);
    return tidy(() => {
      const computed = this.#compute(missing);
      if (known.length === 0) return computed;
      const all = concat([this.#remembered(known), computed]) as Tensor2D;
      const place = new Map([...known, ...missing].map((row, index) => [row, index]));
      return gather(
        all,
        tensor1d(
          Array.from(rows, (row) => place.get(row)!),
          "int32",
        ),
      ) as Tensor2D;
    });
  }

  /** Waits for what is still being read. */
  async settle(): Promise<void> {
    await Promise.all(this.#pending);
  }

  #remembered(rows: Int32Array): Tensor2D {
    const { units } = this.#features;
    const values = new Float32Array(rows.length * units);
    rows.forEach((row, i) => {
      values.set(this.#known.get(row)!, i * units);
    });
    return tensor2d(values, [rows.length, units]);
  }

  #compute(rows: Int32Array): Tensor2D {
    const computed = tidy(() => {
      const parts: Tensor2D[] = [];
      let start = 0;
      for (const part of this.#images) {
        const own = rows.filter((row) => row >= start && row < start + part.count);
        if (own.length > 0) parts.push(this.#features.apply(part.take(own.map((row) => row - start))));
        start += part.count;
      }
      return parts.length === 1 ? parts[0]! : (concat(parts) as Tensor2D);
    });
    this.#remember(rows, computed);
    return computed;
  }

  /** Read without waiting: by the time that a row is asked for again, it is there. */
  #remember(rows: Int32Array, computed: Tensor2D): void {
    const wanted = rows.filter((row) => !this.#taken.has(row)).slice(0, this.#most - this.#taken.size);
    if (wanted.length === 0) return;
    for (const row of wanted) this.#taken.add(row);
    const { units } = this.#features;
    const copy = keep(clone(computed));
    const reading = copy
      .data()
      .then((values) => {
        for (const row of wanted) {
          const start = rows.indexOf(row) * units;
          this.#known.set(row, values.slice(start, start + units) as Float32Array);
        }
      })
      .finally(() => {
        copy.dispose();
        this.#pending.delete(reading);
      });
    this.#pending.add(reading);
  }
}

/**
 * Gives the features of images by their row numbers, so that a model can be trained on a cache.
 *
 * @internal
 */
export class CachedFeaturesLayer extends layers.Layer {
  static readonly className: string = "CachedFeatures";
  /** Where features come from, for the time of a training. */
  cache: FeatureCache | undefined;
  readonly #units: number;

  constructor(units: number, name: string) {
    super({ name });
    this.#units = units;
    this.built = true;
  }

  override computeOutputShape(): [null, number] {
    return [null, this.#units];
  }

  override call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor {
    const rows = [inputs].flat()[0]!;
    // They were made from a typed array just now: nothing waits for a device.
    const numbers = Int32Array.from(rows.dataSync());
    const take = (): Tensor => this.cache!.take(numbers);
    return kwargs.training === true ? withoutTape(rows, take) : take();
  }
}
