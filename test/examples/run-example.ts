import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";

const run = promisify(execFile);

/** What an example printed, and where its files are; they are gone after the test. */
export interface ExampleRun {
  readonly stdout: string;
  readonly output: string;
}

/**
 * Runs an example on little data, in a process of its own; it fails where the example's exit code is not 0.
 *
 * @param name Such as `"sequential"`.
 * @param file The file that it writes, or nothing where it writes several into a folder.
 */
export async function runExample(name: string, file = ""): Promise<ExampleRun> {
  const folder = await mkdtemp(join(tmpdir(), `${name}-`));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const output = join(folder, file);
  const script = `examples/${name}.ts`;
  const { stdout } = await run(process.execPath, ["--import", "tsx", script, "--quick", "--output", output]);
  return { stdout, output };
}
