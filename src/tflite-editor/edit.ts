import { Builder } from "flatbuffers";
import { ForgeError } from "../errors.ts";
import { checkOptions, describe, didYouMean } from "../options.ts";
import type { Table, TableInput } from "../schema/types.ts";
import { type AppendedZip, END_OFFSET, findAppendedZip, ROW_OFFSET } from "../tflite-reader/appended-zip.ts";
import { Decoder } from "../tflite-reader/decode.ts";
import { parseTflite } from "../tflite-reader/parse.ts";
import { Encoder } from "../tflite-writer/encode.ts";

type Model = TableInput<"Model">;

/** New names by old names. */
export type TfliteRenames = Readonly<Record<string, string>>;

/** New names for a signature and for what it names. */
export interface TfliteSignatureEdits {
  /** Its new key. */
  readonly key?: string;
  /** New names of its inputs by old names. */
  readonly inputs?: TfliteRenames;
  /** New names of its outputs by old names. */
  readonly outputs?: TfliteRenames;
}

/** What {@link editTflite} changes; what is left out stays as it is. */
export interface TfliteEdits {
  /** Free text for people. */
  readonly description?: string;
  /** New names of tensors by old names, in all subgraphs. */
  readonly tensors?: TfliteRenames;
  /** Signatures by key: the new key, or more to change. */
  readonly signatures?: Readonly<Record<string, string | TfliteSignatureEdits>>;
}

/** Room for longer names: a builder that is full doubles. */
const SPARE_BYTES = 2 ** 16;
/** Names that fit into an error message. */
const LISTED_NAMES = 20;

/**
 * TfliteRenames tensors and signatures of a `.tflite` file, whoever wrote it, and sets its description. All else stays:
 * operators with their options and versions, quantization, constants bit for bit, metadata, and the files packed
 * behind the model (labels), whose directory moves along.
 *
 * @param bytes The whole file; not changed.
 * @param edits Several names may be exchanged at once.
 * @returns The bytes of the new file.
 * @throws ForgeError `invalid-argument` for a name that is not in the file, is taken or is empty, and for a file
 * whose constants lie outside of its FlatBuffer or that has unknown bytes behind it; `unknown-option`;
 * `invalid-tflite` where the bytes are no such file.
 * @example
 * ```ts
 * const renamed = editTflite(bytes, {
 *   description: "Digits, 28x28",
 *   tensors: { "sequential/dense_1/Softmax": "probabilities" },
 *   signatures: { serving_default: { key: "classify", inputs: { keras_tensor: "image" } } },
 * });
 * ```
 */
export function editTflite(bytes: Uint8Array, edits: TfliteEdits): Uint8Array {
  checkEdits(edits);
  // It checks the whole file, and says what is wrong with it.
  parseTflite(bytes);
  const decoder = new Decoder(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const model = decoder.root("Model");
  checkEditable(model);
  const zip = findAppendedZip(bytes);
  if (zip === null) checkNothingBehind(bytes, decoder.end);
  const edited = {
    ...model,
    ...(edits.description !== undefined && { description: edits.description }),
    subgraphs: renameTensors(model, edits.tensors ?? {}),
    signature_defs: editSignatures(model, edits.signatures ?? {}),
  };
  const file = encode(edited, bytes.length);
  return zip === null ? file.slice() : withZip(file, bytes, zip);
}

/** The file's bytes, a view of a larger buffer. */
function encode(model: Model, likelySize: number): Uint8Array {
  const builder = new Builder(likelySize + SPARE_BYTES);
  builder.finish(new Encoder(builder).table("Model", model), "TFL3");
  return builder.asUint8Array();
}

function invalid(message: string): ForgeError {
  return new ForgeError("invalid-argument", `editTflite: ${message}`);
}

function checkEdits(edits: TfliteEdits): void {
  checkOptions(edits, ["description", "tensors", "signatures"], "editTflite");
  const { description, tensors, signatures } = edits ?? {};
  if (description !== undefined && typeof description !== "string") {
    throw invalid(`edits.description must be a text, got ${describe(description)}.`);
  }
  checkRenames("edits.tensors", tensors);
  checkRecord("edits.signatures", signatures);
  for (const [key, change] of Object.entries(signatures ?? {})) {
    const where = `edits.signatures[${JSON.stringify(key)}]`;
    if (typeof change === "string") checkName(where, change);
    else {
      checkRecord(where, change);
      checkOptions(change, ["key", "inputs", "outputs"], `editTflite: ${where}`);
      if (change.key !== undefined) checkName(`${where}.key`, change.key);
      checkRenames(`${where}.inputs`, change.inputs);
      checkRenames(`${where}.outputs`, change.outputs);
    }
  }
}

function checkRenames(where: string, renames: TfliteRenames | undefined): void {
  checkRecord(where, renames);
  for (const [from, to] of Object.entries(renames ?? {})) checkName(`${where}[${JSON.stringify(from)}]`, to);
}

function checkRecord(where: string, value: unknown): void {
  if (value === undefined) return;
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw invalid(`${where} must be an object, got ${describe(value)}.`);
  }
}

function checkName(where: string, name: unknown): void {
  if (typeof name === "string" && name !== "") return;
  throw invalid(`${where} must be a text that is not empty, got ${describe(name)}.`);
}

/** Positions in the file, which nothing here moves along. */
function checkEditable(model: Table<"Model">): void {
  const outside =
    model.buffers?.some(({ offset }) => offset > 1) ||
    model.external_buffers !== undefined ||
    model.subgraphs?.some(({ operators }) => operators?.some((node) => node.large_custom_options_offset > 1));
  if (outside) {
    throw invalid(
      "the file keeps constants outside of its FlatBuffer, as files past 2 GB do: it cannot be edited.",
    );
  }
}

function checkNothingBehind(bytes: Uint8Array, end: number): void {
  const behind = bytes.subarray(end);
  // Zeros pad the last structure.
  if (behind.every((byte) => byte === 0)) return;
  throw invalid(
    `${behind.length} bytes follow the model, and they are no ZIP archive: edit the file before they are appended.`,
  );
}

function renameTensors(model: Table<"Model">, renames: TfliteRenames): Model["subgraphs"] {
  const subgraphs = model.subgraphs ?? [];
  const names = subgraphs.map(({ tensors = [] }) => tensors.map(({ name = "" }) => name));
  checkKnown(renames, names.flat(), "tensor");
  for (const list of names) checkFree(renames, list, "tensor");
  return subgraphs.map((subgraph) => ({
    ...subgraph,
    tensors: subgraph.tensors?.map((tensor) => ({ ...tensor, name: renamed(renames, tensor.name) })),
  })) as Model["subgraphs"];
}

function editSignatures(
  model: Table<"Model">,
  edits: Readonly<Record<string, string | TfliteSignatureEdits>>,
): Model["signature_defs"] {
  const signatures = model.signature_defs ?? [];
  const keys = signatures.map(({ signature_key = "" }) => signature_key);
  const changes = Object.entries(edits).map(([key, change]): [string, TfliteSignatureEdits] => [
    key,
    typeof change === "string" ? { key: change } : change,
  ]);
  const newKeys = Object.fromEntries(changes.map(([key, change]) => [key, change.key ?? key]));
  checkKnown(newKeys, keys, "signature");
  checkFree(newKeys, keys, "signature");
  const byKey = new Map(changes);
  return model.signature_defs?.map((signature) => {
    const key = signature.signature_key ?? "";
    const change = byKey.get(key);
    if (change === undefined) return signature;
    return {
      ...signature,
      signature_key: change.key ?? key,
      inputs: renameEntries(signature.inputs, change.inputs ?? {}, "input", key),
      outputs: renameEntries(signature.outputs, change.outputs ?? {}, "output", key),
    };
  });
}

function renameEntries(
  entries: readonly Table<"TensorMap">[] | undefined,
  renames: TfliteRenames,
  what: "input" | "output",
  key: string,
): readonly Table<"TensorMap">[] | undefined {
  const names = (entries ?? []).map(({ name = "" }) => name);
  checkKnown(renames, names, what, ` of signature "${key}"`);
  checkFree(renames, names, what);
  return entries?.map((entry) => ({ ...entry, name: renamed(renames, entry.name) }));
}

function renamed(renames: TfliteRenames, name: string | undefined): string | undefined {
  return name !== undefined && Object.hasOwn(renames, name) ? renames[name] : name;
}

function checkKnown(renames: TfliteRenames, names: readonly string[], what: string, where = ""): void {
  const known = [...new Set(names)];
  const lost = Object.keys(renames).find((name) => !known.includes(name));
  if (lost === undefined) return;
  const missing = `there is no ${what} "${lost}"${where}`;
  if (known.length === 0) throw invalid(`${missing}: the file has none.`);
  const hint = didYouMean(lost, known);
  const listed = hint.startsWith(":") || known.length <= LISTED_NAMES;
  throw invalid(`${missing}${listed ? hint : ` among ${known.length}`}`);
}

/** What is called by a new name was called by it before, or nothing else is. */
function checkFree(renames: TfliteRenames, names: readonly string[], what: string): void {
  const changed = names.filter((name) => Object.hasOwn(renames, name));
  const taken = new Set(names.filter((name) => !Object.hasOwn(renames, name)));
  const given = new Map<string, string>();
  for (const from of new Set(changed)) {
    const to = renames[from] as string;
    const other = taken.has(to) ? to : given.get(to);
    if (other !== undefined) {
      throw invalid(`the ${what} "${from}" cannot be called "${to}": that is another ${what}'s name.`);
    }
    given.set(to, from);
  }
}

/** The new file with the archive of the old one behind it. */
function withZip(file: Uint8Array, old: Uint8Array, zip: AppendedZip): Uint8Array {
  const result = new Uint8Array(file.length + old.length - zip.start);
  result.set(file);
  result.set(old.subarray(zip.start), file.length);
  if (!zip.absolute) return result;
  const shift = file.length - zip.start;
  const view = new DataView(result.buffer);
  for (const position of [...zip.entries.map(({ row }) => row + ROW_OFFSET), zip.end + END_OFFSET]) {
    const at = position + shift;
    view.setUint32(at, view.getUint32(at, true) + shift, true);
  }
  return result;
}
