import type { Progress } from "./progress.ts";

/** An option of a command, as it is parsed and as `--help` tells of it. */
export interface OptionRow {
  /** What the value is called in `--help`; absent where the option takes none. */
  readonly value?: string;
  /** One letter. */
  readonly short?: string;
  /** It may be given several times. */
  readonly multiple?: boolean;
  /** One line. */
  readonly help: string;
}

/** What a command is started with. */
export interface CommandInput {
  /** As many as the command's operands. */
  readonly operands: readonly string[];
  /** Values of options by name, in the order given; an option without a value has an empty one. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly progress: Progress;
}

/** What a command gives. */
export interface Outcome {
  /** For people. */
  readonly text: string;
  /** For programs, with `--json`. */
  readonly data: unknown;
  /** The work was done, and its result is bad: the exit code says so. */
  readonly failed?: boolean;
}

/** One command of the program. */
export interface Command {
  /** One line. */
  readonly summary: string;
  /** Names of the arguments that it needs. */
  readonly operands: readonly string[];
  /** Options that it cannot do without, for the line that shows its usage. */
  readonly needs?: string;
  readonly options: Readonly<Record<string, OptionRow>>;
  /** Command lines that work. */
  readonly examples: readonly string[];
  readonly run: (input: CommandInput) => Promise<Outcome>;
}

/** The command line is wrong: nothing was done. It ends with another code than work that failed. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Ctrl-C. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** Every command has it. */
export const JSON_OPTION: OptionRow = { help: "print data for programs, errors too" };
