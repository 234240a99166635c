#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { ForgeError } from "../errors.ts";
import { didYouMean } from "../options.ts";
import { parseArguments } from "./arguments.ts";
import { type Command, type Outcome, UsageError } from "./command.ts";
import { convert } from "./convert.ts";
import { commandHelp, programHelp } from "./help.ts";
import { inspect } from "./inspect.ts";
import { Progress } from "./progress.ts";
import { printable } from "./text.ts";
import { verify } from "./verify.ts";

const COMMANDS: Readonly<Record<string, Command>> = { convert, inspect, verify };

const EXIT_CODES = { done: 0, failed: 1, usage: 2 } as const;

const progress = new Progress(process.stderr);

async function run(args: readonly string[]): Promise<Outcome> {
  const place = args.findIndex((arg) => !arg.startsWith("-"));
  if (place < 0) return withoutCommand(args);
  const name = args[place] as string;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    throw new UsageError(`unknown command "${name}"${didYouMean(name, Object.keys(COMMANDS))}`);
  }
  const { operands, options } = parseArguments(args.toSpliced(place, 1), command.options);
  if (options.has("help")) return plain(commandHelp(name, command));
  if (operands.length !== command.operands.length) {
    const wanted = command.operands.join(" and ");
    throw new UsageError(
      `${name} takes ${wanted}, got ${operands.length === 0 ? "nothing" : operands.join(" ")}`,
    );
  }
  return command.run({ operands, options, progress });
}

async function withoutCommand(args: readonly string[]): Promise<Outcome> {
  const { options } = parseArguments(args, { version: { short: "v", help: "" } });
  return plain(options.has("version") ? `${await version()}\n` : programHelp(COMMANDS));
}

/** Of this package, whose folder is two up from this file both in the sources and in what is published. */
async function version(): Promise<string> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

function plain(text: string): Outcome {
  return { text, data: text };
}

/** One line, whatever happened; with `--json` an object. */
function report(error: unknown, json: boolean): void {
  const isUsage = error instanceof UsageError;
  const code = isUsage ? "usage" : error instanceof ForgeError ? error.code : "internal";
  const message = printable(messageOf(error, code)).replace(/\s*\n\s*/g, " ");
  const hint = isUsage && error.cause === undefined ? " (see tflite-forge --help)" : "";
  process.stderr.write(
    json ? `${JSON.stringify({ error: { code, message } })}\n` : `tflite-forge: ${message}${hint}\n`,
  );
  process.exitCode = isUsage ? EXIT_CODES.usage : EXIT_CODES.failed;
}

/** Of errors that are not ours, also where they were thrown: they are to be reported. */
function messageOf(error: unknown, code: string): string {
  if (!(error instanceof Error)) return String(error);
  if (code !== "internal" || error instanceof ForgeError) return error.message;
  const place = /\n\s+(at .*)/.exec(error.stack ?? "")?.[1] ?? "";
  return `internal: ${error.message} ${place}`;
}

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

const args = process.argv.slice(2);
const json = args.includes("--json");
try {
  const { text, data, failed } = await run(args);
  progress.clear();
  process.stdout.write(json && data !== text ? `${JSON.stringify(data, null, 2)}\n` : printable(text));
  process.exitCode = failed ? EXIT_CODES.failed : EXIT_CODES.done;
} catch (error) {
  progress.clear();
  report(error, json);
}
