#!/usr/bin/env node
import { parseArgs } from "node:util";
import { ForgeError } from "../errors.ts";
import { didYouMean } from "../options.ts";
import { inspect } from "./inspect.ts";

/** A command of the program: its arguments in, the text for standard output out. */
type Command = (files: readonly string[], options: { readonly json: boolean }) => Promise<string>;

const COMMANDS: Readonly<Record<string, Command>> = { inspect };

const HELP = `tflite-forge: look into .tflite files

Usage
  npx tflite-forge inspect model.tflite [--json]

Options
  --json     print data for programs
  --help     print this text

Exit codes: 0 done, 1 the file could not be read, 2 wrong arguments.
`;

/** Wrong arguments end with another code than files that cannot be read. */
class UsageError extends Error {
  override readonly name = "UsageError";
}

async function run(args: readonly string[]): Promise<string> {
  const { values, positionals } = parse(args);
  const [name, ...files] = positionals;
  if (values.help || name === undefined) return HELP;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    throw new UsageError(`unknown command "${name}"${didYouMean(name, Object.keys(COMMANDS))}`);
  }
  return command(files, { json: values.json === true });
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { help: { type: "boolean", short: "h" }, json: { type: "boolean" } },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

try {
  process.stdout.write(await run(process.argv.slice(2)));
} catch (error) {
  const wrongArguments = error instanceof UsageError || (error as ForgeError).code === "invalid-argument";
  const hint = wrongArguments ? "\nSee: tflite-forge --help" : "";
  const text =
    error instanceof ForgeError || error instanceof UsageError
      ? error.message
      : String((error as Error).stack);
  process.stderr.write(`tflite-forge: ${text}${hint}\n`);
  process.exitCode = wrongArguments ? 2 : 1;
}
