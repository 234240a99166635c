import { didYouMean } from "../options.ts";
import { invalid } from "./options.ts";

/** More names than a message can show. */
const MANY = 12;

/**
 * A node or layer by its name, or by the end of it after a `/` where one alone ends so: names that TensorFlow makes
 * have many parts.
 *
 * @param what `"node"` or `"layer"`.
 * @internal
 */
export function findName(wanted: unknown, names: readonly string[], what: string, where: string): string {
  if (typeof wanted !== "string" || wanted === "") throw invalid(where, `${what} must be a name`);
  const name = wanted.replace(/:0$/, "");
  if (names.includes(name)) return name;
  const ending = names.filter((known) => known.endsWith(`/${name}`));
  if (ending.length === 1) return ending[0]!;
  if (ending.length > 1) {
    throw invalid(
      where,
      `${ending.length} ${what}s end in "${name}": ${quoted(ending)}; say more of the name`,
    );
  }
  throw invalid(where, `there is no ${what} "${name}"${suggestion(name, names)}`);
}

function suggestion(name: string, names: readonly string[]): string {
  const parts = name.split("/").length;
  const tails = names.map((known) => known.split("/").slice(-parts).join("/"));
  const near = didYouMean(name, [...new Set([...tails, ...names])]);
  if (names.length <= MANY || near.startsWith(": did")) return near.replace(/\?$/, "");
  return ` among ${names.length}; the last are ${quoted(names.slice(-4))}`;
}

const quoted = (names: readonly string[]): string =>
  names
    .slice(0, 4)
    .map((name) => `"${name}"`)
    .join(", ") + (names.length > 4 ? ", ..." : "");
