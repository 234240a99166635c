import { readdir, readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";

/** The repository's root. */
export const ROOT = resolve(import.meta.dirname, "../..");

/**
 * A ` ```ts ` block of a page. It stands for itself: what it needs and does not show is in a comment before it,
 * which readers of the page do not see:
 *
 *     <!-- example with
 *     const model = buildCnn();
 *     -->
 *
 * What holds behind it is in a comment after it: `<!-- check`, code, `-->`.
 *
 * - `<!-- example: not run -->`: its types are checked, but it cannot run here (it needs a browser, a file).
 * - `<!-- example: slow -->`: it runs in `npm run test:full` only.
 */
export interface Example {
  /** Such as `docs/training.md:12`. */
  readonly name: string;
  readonly code: string;
  readonly runs: "always" | "slow" | "never";
}

/** All pages with examples, the Korean ones too. */
export async function pages(): Promise<readonly string[]> {
  const folders = ["", "docs", "docs/ko"];
  const found = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(join(ROOT, folder));
      return names.filter((name) => name.endsWith(".md")).map((name) => join(ROOT, folder, name));
    }),
  );
  return found.flat();
}

/** All examples of all pages. */
export async function allExamples(): Promise<readonly Example[]> {
  const found = await Promise.all(
    (await pages()).map(async (page) => examplesOf(relative(ROOT, page), await readFile(page, "utf8"))),
  );
  return found.flat();
}

const BLOCK =
  /(?:^<!-- example(?<note>(?:(?!-->)[\s\S])*)-->\n+)?^```ts\n(?<code>[\s\S]*?)^```$(?:\n+<!-- check\n(?<check>(?:(?!-->)[\s\S])*)-->)?/gm;

/** The examples of one page. */
export function examplesOf(page: string, text: string): readonly Example[] {
  return [...text.matchAll(BLOCK)].map((match) => {
    const { note = "", code = "", check = "" } = match.groups ?? {};
    const start = match.index + match[0].indexOf("```ts");
    const line = text.slice(0, start).split("\n").length;
    return { name: `${page}:${line}`, ...readNote(note.trim(), `${code}${check}`) };
  });
}

function readNote(note: string, code: string): Pick<Example, "code" | "runs"> {
  const [first = "", ...hidden] = note.split("\n");
  const [flag, rest] = [first.trim(), hidden.join("\n")];
  const runs = { "": "always", with: "always", ": not run": "never", ": slow": "slow" }[
    flag.replace(/ with$/, "")
  ];
  if (runs === undefined) throw new Error(`unknown note on an example: ${note}`);
  return { code: rest === "" ? code : `${rest}\n${code}`, runs: runs as Example["runs"] };
}
