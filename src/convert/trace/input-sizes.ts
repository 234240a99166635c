import { ForgeError } from "../../errors.ts";
import { describe, didYouMean } from "../../options.ts";
import type { SourceInput } from "../sources/front-end.ts";
import type { SizeSymbol } from "./sizes.ts";

/** A size that the application chooses at run time. */
export interface DynamicSize {
  /**
   * What stands for it in the file's shapes, and what the recording is made with: the usual size, such as 224 of
   * an image's height. Runtimes begin with it, and some applications resize their images to it.
   */
  readonly nominal: number;
  /** Dimensions of one name have one size, in all inputs; without names those at the same place have. */
  readonly name?: string;
}

/** One size of an input: fixed, `null` for one that is dynamic (1 in the file's shapes), or with a nominal size. */
export type InputSize = number | null | DynamicSize;

/** The sizes of an input, with the batch. */
export type InputSizes = readonly InputSize[];

/** Inputs with a symbol where a size is dynamic. */
export interface SizedInputs {
  readonly inputs: readonly (Omit<SourceInput, "shape"> & {
    readonly shape: readonly (number | SizeSymbol)[];
  })[];
  readonly symbols: readonly SizeSymbol[];
}

/**
 * Pairs of sizes to compare, for what is 1 in the file. Any would do; these are rarely a model's own dimension,
 * so that no shortcut for equal sizes is taken at one of them, and small, so that constants of these sizes are.
 */
const PROBES = [
  [11, 13],
  [17, 19],
  [29, 31],
  [41, 43],
  [59, 61],
  [71, 73],
] as const;

/** What of a conversion's options concerns sizes. */
export interface SizeOptions {
  /** Shapes by input name, with the batch. */
  readonly inputs?: Readonly<Record<string, InputSizes>>;
  readonly batch?: "dynamic" | number;
  /** The target takes no file whose sizes change: what is left open is fixed at its nominal size. */
  readonly fixedSizes?: boolean;
}

/** The sizes to record inputs with: what the model declares, or the options say. */
export function sizesOf(
  declared: readonly SourceInput[],
  options: SizeOptions,
  batchFirst: boolean,
): SizedInputs {
  const given = options.inputs ?? {};
  if (options.fixedSizes && options.batch === "dynamic") {
    throw new ForgeError(
      "invalid-argument",
      'options.batch: the target takes files of fixed sizes only: give a number instead of "dynamic".',
    );
  }
  const symbols = new Map<string, SizeSymbol>();
  const inputs = declared.map((input) => {
    const own = given[input.name];
    const shape = withBatch(own ?? input.shape, options.batch, batchFirst);
    checkSizes(input, shape, own !== undefined || !batchFirst);
    if (options.fixedSizes) return { ...input, shape: shape.map(nominalSize) };
    return {
      ...input,
      shape: shape.map((size, index) => (typeof size === "number" ? size : symbolOf(size, index, symbols))),
    };
  });
  return { inputs, symbols: [...symbols.values()] };
}

/**
 * @param nodes Of graph models: what may be meant too.
 * @throws ForgeError `invalid-argument` for a shape of an input that no source has.
 */
export function checkInputNames(
  given: Readonly<Record<string, unknown>> | undefined,
  names: readonly string[],
  nodes: readonly string[] = [],
): void {
  for (const name of Object.keys(given ?? {})) {
    if (names.includes(name)) continue;
    throw new ForgeError(
      "invalid-argument",
      `options.inputs: there is no input "${name}"${didYouMean(name, names, nodes)}.`,
    );
  }
}

/** Of a model the first dimension is the batch; of a function it is where its shape says `null`. */
function withBatch(
  shape: InputSizes,
  batch: "dynamic" | number | undefined,
  firstIsBatch: boolean,
): InputSizes {
  if (batch === undefined || !Array.isArray(shape) || shape.length === 0) return shape;
  if (!firstIsBatch && typeof shape[0] === "number") return shape;
  return [batch === "dynamic" ? null : batch, ...shape.slice(1)];
}

function nominalSize(size: InputSize): number {
  return typeof size === "number" ? size : (size?.nominal ?? 1);
}

function symbolOf(size: DynamicSize | null, index: number, symbols: Map<string, SizeSymbol>): SizeSymbol {
  const { nominal = 1, name } = size ?? {};
  const isBatch = index === 0 && size === null;
  const key = isBatch ? "batch" : name === undefined ? `${index}/${nominal}` : `=${name}`;
  let symbol = symbols.get(key);
  if (symbol === undefined) {
    const ones = [...symbols.values()].filter((other) => other.nominal === 1).length;
    const pair = PROBES[ones % PROBES.length] as readonly [number, number];
    // At twice the nominal size whatever the nominal one is divided by goes into it as well.
    const [probe, varied] = nominal === 1 ? pair : [nominal, 2 * nominal];
    symbol = {
      name: isBatch ? "batch size" : name === undefined ? `size of dimension ${index}` : `size "${name}"`,
      probe,
      varied,
      nominal,
    };
    symbols.set(key, symbol);
  }
  return symbol;
}

function checkSizes({ name, shape: declared }: SourceInput, shape: InputSizes, mayBeNull: boolean): void {
  const where = `input "${name}"`;
  if (!Array.isArray(shape) || shape.length !== declared.length) {
    throw new ForgeError(
      "invalid-argument",
      `options.inputs: ${where} has ${declared.length} dimensions, [${declared.map(String).join(",")}]; got ${describe(shape)}.`,
    );
  }
  for (const [index, size] of shape.entries()) {
    if (size === null ? index === 0 || mayBeNull : isSize(size)) continue;
    if (size === null) {
      const key = JSON.stringify(name);
      throw new ForgeError(
        "invalid-argument",
        `${where} has a size that is not known, [${shape.map(String).join(",")}]: give it with the option ` +
          `{ inputs: { ${key}: [...] } }; { nominal: 224 } there keeps a size dynamic.`,
      );
    }
    throw new ForgeError(
      "invalid-argument",
      `${where}: sizes must be positive whole numbers, null or { nominal }, got ${describe(shape)}.`,
    );
  }
}

function isSize(size: number | DynamicSize): boolean {
  const { nominal, name } = typeof size === "number" ? { nominal: size, name: undefined } : (size ?? {});
  return Number.isInteger(nominal) && nominal > 0 && (name === undefined || typeof name === "string");
}
