import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureBuilt, ROOT } from "./built.ts";

const run = promisify(execFile);
const FILES = join(ROOT, "test/package/consumer");

/** Where the projects of applications are made: away from this repository, so that nothing of it is found. */
let folder: string;
let tarball: string;

beforeAll(async () => {
  await ensureBuilt();
  folder = await mkdtemp(join(tmpdir(), "consumer-"));
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: ROOT });
  const [packed] = Object.values(JSON.parse(stdout) as Record<string, { readonly filename: string }>);
  tarball = join(folder, packed!.filename);
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The versions that this repository has, which `npm ci` has just put into npm's cache. */
async function pinned(name: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(ROOT, "node_modules", name, "package.json"), "utf8"));
  return `${name}@${version}`;
}

async function project(name: string, packages: readonly string[], flags: readonly string[]): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  await writeFile(join(path, "package.json"), JSON.stringify({ name, private: true }));
  const versions = await Promise.all(packages.map(pinned));
  const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--no-package-lock"];
  await run("npm", ["install", ...quiet, ...flags, tarball, ...versions], { cwd: path });
  return path;
}

async function start(path: string, file: string): Promise<string> {
  await copyFile(join(FILES, file), join(path, file));
  return (await run(process.execPath, [file], { cwd: path })).stdout.trim();
}

describe("an application with all peers", () => {
  let path: string;
  beforeAll(async () => {
    const peers = ["tfjs-core", "tfjs-layers", "tfjs-converter", "tfjs-backend-cpu", "tfjs-backend-wasm"];
    path = await project("full", [...peers.map((peer) => `@tensorflow/${peer}`), "@litertjs/core"], []);
  }, 300_000);

  test("trains, converts and runs: in ES modules and in CommonJS, to the same bytes", async () => {
    const hash = await start(path, "convert-and-run.mjs");
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await start(path, "convert-and-run.cjs")).toBe(hash);
  });

  test("has the program", async () => {
    await start(path, "convert-and-run.mjs");
    const { stdout } = await run("npx", ["tflite-forge", "inspect", "model.tflite", "--json"], { cwd: path });
    const { operators } = JSON.parse(stdout);
    expect(operators.find(({ type }: { type: string }) => type === "FULLY_CONNECTED")).toMatchObject({
      count: 2,
    });
  });

  test.each([
    ["ES modules", "types.mts", ["--module", "NodeNext"]],
    ["CommonJS", "types.cts", ["--module", "NodeNext"]],
    ["a bundler", "types.mts", ["--module", "ESNext", "--moduleResolution", "Bundler"]],
  ])("type-checks as %s", async (_, file, flags) => {
    await copyFile(join(FILES, "types.mts"), join(path, file));
    const strict = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--skipLibCheck"];
    const platform = ["--target", "ES2022", "--lib", "ES2023,DOM"];
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    const failure = await run(process.execPath, [tsc, ...strict, ...platform, ...flags, file], {
      cwd: path,
    }).then(
      () => "",
      (error: { readonly stdout: string }) => error.stdout,
    );
    expect(failure).toBe("");
  });
});

test("an application without tfjs-layers and tfjs-converter converts a function", async () => {
  const packages = ["@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-cpu", "@litertjs/core"];
  const path = await project("core-only", packages, ["--legacy-peer-deps"]);
  expect(await start(path, "without-layers.mjs")).toBe("");
});

test("the tarball holds what an application needs, and nothing else", async () => {
  const { stdout } = await run("tar", ["-tzf", tarball]);
  const files = stdout.trim().split("\n");
  for (const file of [
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "package.json",
    "dist/index.js",
    "dist/index.cjs",
  ])
    expect(files).toContain(`package/${file}`);
  expect(
    files.filter((file) => !/^package\/(dist\/|README|LICENSE|CHANGELOG|package\.json)/.test(file)),
  ).toEqual([]);
});
