import { COMMON_OPTIONS } from "./arguments.ts";
import type { Command, OptionRow } from "./command.ts";

const CODES = "Exit codes: 0 done, 1 the work failed, 2 the command line is wrong.";

/** What `tflite-forge --help` prints. */
export function programHelp(commands: Readonly<Record<string, Command>>): string {
  return lines(
    "tflite-forge: TensorFlow.js models to .tflite files",
    "",
    "Usage",
    ...Object.entries(commands).map(([name, command]) => `  npx tflite-forge ${usage(name, command)}`),
    "",
    "Commands",
    ...columns(Object.entries(commands).map(([name, { summary }]) => [name, summary])),
    "",
    "Options",
    ...columns([
      ["-h, --help", "print this text; after a command, all about it"],
      ["-v, --version", "print the version"],
    ]),
    "",
    "Examples",
    ...Object.values(commands).map(({ examples }) => `  ${examples[0]}`),
    "",
    CODES,
  );
}

/** What `tflite-forge COMMAND --help` prints. */
export function commandHelp(name: string, command: Command): string {
  const options = { ...command.options, ...COMMON_OPTIONS };
  return lines(
    `tflite-forge ${name}: ${command.summary}`,
    "",
    "Usage",
    `  npx tflite-forge ${usage(name, command)}`,
    "",
    "Options",
    ...columns(Object.entries(options).map(([option, row]) => [optionText(option, row), row.help])),
    "",
    "Examples",
    ...command.examples.map((example) => `  ${example}`),
    "",
    CODES,
  );
}

function usage(name: string, { operands, needs }: Command): string {
  return [name, ...operands, ...(needs === undefined ? [] : [needs]), "[options]"].join(" ");
}

function optionText(name: string, { short, value }: OptionRow): string {
  const names = short === undefined ? `    --${name}` : `-${short}, --${name}`;
  return value === undefined ? names : `${names} ${value}`;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

function lines(...all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}
