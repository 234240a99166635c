import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./examples.ts";

test("docs/errors.md has a section for every code, and for nothing else", async () => {
  const source = await readFile(join(ROOT, "src/errors.ts"), "utf8");
  const type = /export type ForgeErrorCode =([\s\S]*?);\n/.exec(source)?.[1] ?? "";
  const codes = [...type.matchAll(/\| "([a-z-]+)"/g)].map(([, code]) => code);
  expect(codes.length).toBeGreaterThan(10);

  const page = await readFile(join(ROOT, "docs/errors.md"), "utf8");
  const sections = [...page.matchAll(/^### `([a-z-]+)`$/gm)].map(([, code]) => code);
  expect(sections.sort()).toEqual(codes.sort());
});
