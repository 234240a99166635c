import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { kernelPages } from "../../scripts/kernels.ts";

test("docs/coverage.md and README.md say what the table of lowerings says (else: npm run kernels)", async () => {
  for (const { path, text } of await kernelPages()) expect(await readFile(path, "utf8")).toBe(text);
});
