import type { ConvertOptions, InputSize, InputSizes, Target } from "../convert/index.ts";
import { ForgeError } from "../errors.ts";
import { type CommandInput, type OptionRow, UsageError } from "./command.ts";

type Fixed<T> = { readonly [Name in Extract<T, string>]: true };

const TARGETS: Fixed<Target> = { microcontroller: true, web: true, gpu: true, edgetpu: true };
const RECURRENT: Fixed<ConvertOptions["recurrent"]> = { while: true, unrolled: true, fused: true };
const STATES: Fixed<ConvertOptions["state"]> = { io: true };

/** Options of a conversion, as the command line has them. */
export const CONVERT_OPTIONS = {
  batch: {
    value: "N|dynamic",
    help: "fix the batch, or leave it to the application (the default where it is open)",
  },
  input: {
    value: "NAME=SIZES",
    multiple: true,
    help: "sizes of an input, with the batch: image=1,224,224,3; ? for a dynamic one, 224? for one that is usually 224",
  },
  outputs: {
    value: "NAME,...",
    help: "nodes of a graph model whose values the file gives, instead of the model's outputs",
  },
  target: {
    value: "TARGET",
    help: `a runtime's version, such as 2.4, or ${orList(TARGETS)} (default 2.14)`,
  },
  recurrent: {
    value: "FORM",
    help: `how recurrent layers are written: ${orList(RECURRENT)} (default while)`,
  },
  state: { value: "io", help: "states of recurrent layers are inputs and outputs of the file" },
} as const satisfies Readonly<Record<string, OptionRow>>;

/** @throws UsageError for values that no model could make sense of. */
export function convertOptionsOf(options: CommandInput["options"]): ConvertOptions {
  const one = <T>(name: string, read: (text: string) => T): { readonly [name: string]: T } => {
    const [text] = options.get(name) ?? [];
    return text === undefined ? {} : { [name]: read(text) };
  };
  const inputs = options.get("input") ?? [];
  return {
    ...one("batch", batchOf),
    ...(inputs.length > 0 && { inputs: inputsOf(inputs) }),
    ...one("outputs", outputsOf),
    ...one("target", targetOf),
    ...one("recurrent", (text) => choiceOf("--recurrent", text, RECURRENT)),
    ...one("state", (text) => choiceOf("--state", text, STATES)),
  };
}

function batchOf(text: string): "dynamic" | number {
  if (text === "dynamic") return text;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`--batch must be "dynamic" or a positive whole number, got "${text}"`);
}

function inputsOf(texts: readonly string[]): Readonly<Record<string, InputSizes>> {
  const inputs = new Map<string, InputSizes>();
  for (const text of texts) {
    // Names may hold "=", sizes do not.
    const { name, sizes = "" } = /^(?<name>.+)=(?<sizes>[^=]*)$/s.exec(text)?.groups ?? {};
    const read = sizes.split(",").map(sizeOf);
    if (name === undefined || !read.every((size) => size !== undefined)) {
      throw new UsageError(
        `--input must be NAME=SIZES, such as image=1,224,224,3 or image=?,224?,224?,3; got "${text}"`,
      );
    }
    if (inputs.has(name)) throw new UsageError(`--input ${name} is given twice`);
    inputs.set(name, read);
  }
  return Object.fromEntries(inputs);
}

/** `224`, `?` or `null`, `224?`. */
function sizeOf(text: string): InputSize | undefined {
  if (text === "?" || text === "null") return null;
  const [, digits, dynamic] = /^([1-9]\d{0,8})(\??)$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  return dynamic === "?" ? { nominal: Number(digits) } : Number(digits);
}

/** TensorFlow's names of nodes have no commas. */
function outputsOf(text: string): readonly string[] {
  const names = text.split(",");
  if (names.every((name) => name !== "")) return names;
  throw new UsageError(`--outputs must be names with commas between them, got "${text}"`);
}

function targetOf(text: string): Target {
  // Whether there is such a runtime is for the library to say.
  if (/^\d+\.\d+(\.\d+)?$/.test(text)) return { runtime: text };
  return choiceOf("--target", text, TARGETS, "a runtime's version, such as 2.4, or ");
}

function choiceOf<Name extends string>(
  option: string,
  text: string,
  choices: Readonly<Record<Name, true>>,
  others: string = "",
): Name {
  if (Object.hasOwn(choices, text)) return text as Name;
  throw new UsageError(`${option} must be ${others}${orList(choices)}, got "${text}"`);
}

function orList(choices: Readonly<Record<string, true>>): string {
  return Object.keys(choices)
    .join(", ")
    .replace(/, ([^,]*)$/, " or $1");
}

/** What the library calls its options, and what they are here. */
const TERMS: readonly (readonly [RegExp, string])[] = [
  [/options\.inputs: /g, "--input: "],
  [/options\.(outputs|batch): /g, "--$1: "],
  [/options\.target(\.runtime)?: /g, "--target: "],
  [/options\.state is "io", and /g, "--state is io, and "],
  [/\{ (batch|recurrent|state): "?(\w+)"? \}/g, "--$1 $2"],
  [/\{ inputs: \{.*?\} \}/g, "--input NAME=SIZES"],
  [/\{ inputs \}/g, "--input"],
  [/\{ (outputs|batch|target) \}/g, "--$1"],
  [/\{ nominal: (\d+) \}/g, "$1?"],
];

/** A sentence of the library about its options, about those of the command line. */
export function inTermsOfOptions(text: string): string {
  return TERMS.reduce((said, [theirs, ours]) => said.replace(theirs, ours), text);
}

/** An error of the library, in terms of the command line. A wrong argument that is none of its options is no wrong use. */
export function errorOfOptions(error: unknown): unknown {
  if (!(error instanceof ForgeError)) return error;
  const message = inTermsOfOptions(error.message);
  if (message === error.message) return error;
  return error.code === "invalid-argument"
    ? new UsageError(message.replace(/\.$/, ""), { cause: error })
    : new ForgeError(error.code, message, { cause: error });
}
