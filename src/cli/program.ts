import { readFile } from "node:fs/promises";
import { ForgeError } from "../errors.ts";
import { didYouMean } from "../options.ts";
import { parseArguments } from "./arguments.ts";
import { type Command, Interrupted, type Outcome, UsageError } from "./command.ts";
import { convert } from "./convert.ts";
import { commandHelp, programHelp } from "./help.ts";
import { inspect } from "./inspect.ts";
import { Progress, type ProgressStream } from "./progress.ts";
import { printable } from "./text.ts";
import { verify } from "./verify.ts";

const COMMANDS: Readonly<Record<string, Command>> = { convert, inspect, verify };

const EXIT_CODES = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Where the program writes to. */
export interface Streams {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: ProgressStream;
}

/** Runs one command line, and gives the exit code. It writes to nothing else, and throws nothing. */
export async function runProgram(args: readonly string[], { stdout, stderr }: Streams): Promise<number> {
  const json = args.includes("--json");
  const progress = new Progress(stderr);
  try {
    const { text, data, failed } = await run(args, progress);
    progress.clear();
    stdout.write(json && data !== text ? `${JSON.stringify(data, null, 2)}\n` : printable(text));
    return failed ? EXIT_CODES.failed : EXIT_CODES.done;
  } catch (error) {
    progress.clear();
    const { code, exit, message } = failureOf(error);
    const line = printable(message).replace(/\s*\n\s*/g, " ");
    const hint = code === "usage" ? " (see tflite-forge --help)" : "";
    const object = { error: { code, message: line } };
    stderr.write(json ? `${JSON.stringify(object)}\n` : `tflite-forge: ${line}${hint}\n`);
    return exit;
  }
}

async function run(args: readonly string[], progress: Progress): Promise<Outcome> {
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

interface Failure {
  readonly code: string;
  readonly exit: number;
  readonly message: string;
}

function failureOf(error: unknown): Failure {
  if (error instanceof UsageError) return { code: "usage", exit: EXIT_CODES.usage, message: error.message };
  if (error instanceof Interrupted) {
    return { code: "interrupted", exit: EXIT_CODES.interrupted, message: error.message };
  }
  if (error instanceof ForgeError) {
    // Which function of the library refused is of no use here.
    const message = error.message.replace(/^(saveTflite|verifyTflite): /, "");
    return { code: error.code, exit: EXIT_CODES.failed, message };
  }
  // Not ours: where it was thrown belongs into the report that somebody is to make of it.
  const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
  const place = /\n\s+(at .*)/.exec(stack)?.[1] ?? "";
  return { code: "internal", exit: EXIT_CODES.failed, message: `internal: ${message} ${place}` };
}
