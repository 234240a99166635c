import { access, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { pages, ROOT } from "./examples.ts";

test("links between pages lead somewhere", async () => {
  const broken: string[] = [];
  for (const page of await pages()) {
    const text = await readFile(page, "utf8");
    for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : join(dirname(page), path);
      const exists = await access(file).then(
        () => true,
        () => false,
      );
      const found = exists && (anchor === undefined || anchorsOf(await readFile(file, "utf8")).has(anchor));
      if (!found) broken.push(`${relative(ROOT, page)}: ${target}`);
    }
  }
  expect(broken).toEqual([]);
});

/** What GitHub makes of headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  return new Set(
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replace(/\s/g, "-"),
    ),
  );
}
