import { parseArgs } from "node:util";
import { didYouMean } from "../options.ts";
import { type Command, type CommandInput, type OptionRow, UsageError } from "./command.ts";

/** What every command understands. */
export const COMMON_OPTIONS: Readonly<Record<string, OptionRow>> = {
  help: { short: "h", help: "print this text" },
};

type Parsed = Pick<CommandInput, "operands" | "options">;

/**
 * Sorts the arguments of a command into operands and options.
 *
 * @throws UsageError for unknown options, with the nearest known one, for values that are missing or too many.
 */
export function parseArguments(args: readonly string[], rows: Command["options"]): Parsed {
  const known: Command["options"] = { ...rows, ...COMMON_OPTIONS };
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(known).map(([name, { value, short }]) => [
        name,
        { type: value === undefined ? "boolean" : "string", ...(short !== undefined && { short }) },
      ]),
    ),
  });
  const operands: string[] = [];
  const options = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const row = Object.hasOwn(known, token.name) ? known[token.name] : undefined;
    if (row === undefined) throw unknownOption(token.rawName, Object.keys(known));
    const values = options.get(token.name) ?? [];
    if (values.length > 0 && row.multiple !== true) throw new UsageError(`${token.rawName} is given twice`);
    options.set(token.name, [...values, optionValue(token, row)]);
  }
  return { operands, options };
}

function optionValue(
  token: {
    readonly rawName: string;
    readonly value?: string | undefined;
    readonly inlineValue?: boolean | undefined;
  },
  row: OptionRow,
): string {
  if (row.value === undefined) {
    if (token.value !== undefined)
      throw new UsageError(`${token.rawName} takes no value, got "${token.value}"`);
    return "";
  }
  // An option in the place of a value: the value was forgotten.
  if (token.value === undefined || (token.inlineValue !== true && /^--?[a-z]/.test(token.value))) {
    throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${row.value}`);
  }
  return token.value;
}

function unknownOption(rawName: string, known: readonly string[]): UsageError {
  return new UsageError(
    `unknown option "${rawName}"${didYouMean(
      rawName,
      known.map((name) => `--${name}`),
    )}`,
  );
}
