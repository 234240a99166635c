import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { saveTflite } from "../../src/node/index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "save-tflite-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("writes the bytes, replaces a file, leaves nothing else behind", async () => {
  const path = join(folder, "model.tflite");
  expect(await saveTflite(path, Uint8Array.of(1, 2, 3))).toBe(path);
  await saveTflite(pathToFileURL(path), Uint8Array.of(4, 5));
  expect([...(await readFile(path))]).toEqual([4, 5]);
  expect(await readdir(folder)).toEqual(["model.tflite"]);
});

test("says what is wrong", async () => {
  const bytes = new Uint8Array(4);
  const fails = (path: unknown, message: RegExp, what: unknown = bytes) =>
    expect(saveTflite(path as string, what as Uint8Array)).rejects.toMatchObject({
      code: "invalid-argument",
      message: expect.stringMatching(message),
    });
  await fails(join(folder, "no", "model.tflite"), /folder .*no does not exist/);
  await mkdir(join(folder, "sub"));
  await fails(join(folder, "sub"), /is a folder: add a file name/);
  await fails("", /path must be a file name or a file: URL, got ""/);
  await fails(join(folder, "x.tflite"), /bytes must be a Uint8Array, got \[1,2\]/, [1, 2]);
  await fails(join(folder, `${"x".repeat(300)}.tflite`), /cannot be written/);
  expect(await readdir(folder)).toEqual(["sub"]);
});
