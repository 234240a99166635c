import { execFile } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

/** The repository's root. */
export const ROOT = resolve(import.meta.dirname, "../..");

const run = promisify(execFile);

/** Builds `dist` where it is missing or older than a source. */
export async function ensureBuilt(): Promise<void> {
  const built = await changed(join(ROOT, "dist/index.d.cts"));
  const sources = await readdir(join(ROOT, "src"), { recursive: true, withFileTypes: true });
  const times = await Promise.all(
    sources.filter((entry) => entry.isFile()).map((entry) => changed(join(entry.parentPath, entry.name))),
  );
  if (Math.max(...times) > built) await run("npm", ["run", "build"], { cwd: ROOT });
}

async function changed(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
