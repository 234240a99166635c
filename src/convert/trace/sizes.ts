/**
 * A size that the application chooses when it runs the file, or that values decide. The source is recorded once as it
 * begins, and again with such sizes changed: what differs between two recordings depends on them.
 */
export interface SizeSymbol {
  /** For errors: `"batch size"`, `size "height"`. */
  readonly name: string;
  /** In the first recording. */
  readonly probe: number;
  /** In the recording in which it differs. */
  readonly varied: number;
  /** What stands for it in the file's shapes. */
  readonly nominal: number;
}

/** The symbols that one recording changes together: one, or up to {@link TOGETHER} unknown sizes. */
export type VariedSizes = readonly [SizeSymbol, ...SizeSymbol[]];

/**
 * By how much the sizes of one recording change, halved. Primes, so that what follows one of them is no multiple of
 * another; each more than twice the one before it, so that each sum of some of them is of these alone.
 */
const STEPS = [101, 211, 431, 863, 1733, 3467, 6947, 13901, 27803, 55609] as const;

/** How many sizes one recording can change together. */
const TOGETHER = STEPS.length;

/**
 * Third values of a size, in the order in which they are tried: two points lie on every line, and what a number is at a
 * third one tells whether it follows the size. Where the nominal size is recorded, a multiple of it, as whatever divides
 * the one divides the other; else, or where a source takes none so large (a table of positions ends), a size close to
 * those recorded. Of odd sizes the third is even, so that half of a size is not taken for a half rounded down.
 */
export const furtherSizes: readonly ((symbol: SizeSymbol) => number)[] = [
  ({ probe, nominal }) => (probe === nominal ? 3 * probe : probe + 1),
  ({ probe, varied }) => Math.ceil((probe + varied) / 2),
];

/** The n-th size that only values decide: large and odd, so that it is no other size of the model. */
export function unknownSymbol(index: number): SizeSymbol {
  const probe = 1009 + 6 * index;
  const step = 2 * (STEPS[index % TOGETHER] as number);
  return { name: "number of results", probe, varied: probe + step, nominal: 1 };
}

/** Sizes that only values decide, by the recording that changes them. */
export function unknownSizes(count: number): readonly VariedSizes[] {
  const symbols = Array.from({ length: count }, (_, index) => unknownSymbol(index));
  return Array.from(
    { length: Math.ceil(count / TOGETHER) },
    (_, index) => symbols.slice(index * TOGETHER, (index + 1) * TOGETHER) as unknown as VariedSizes,
  );
}

/** A symbol that a number follows, and the number if this symbol alone were changed. */
interface Followed {
  readonly symbol: SizeSymbol;
  readonly value: number;
}

/**
 * What a number is at nominal sizes, from its value in each recording: the first, and one for each of `varied`.
 * Null where that cannot be told.
 *
 * A symbol whose nominal size was recorded needs no arithmetic. Of the others a number that follows one symbol
 * is linear in it; one that follows several is a product of them (a batch of sequences, flattened), or a sum.
 */
export function nominalValue(values: readonly number[], varied: readonly VariedSizes[]): number | null {
  const [base] = values as [number];
  const all: Followed[] = [];
  for (const [index, symbols] of varied.entries()) {
    const value = values[index + 1] as number;
    if (value === base) continue;
    const followed = symbols.length === 1 ? [{ symbol: symbols[0], value }] : separated(base, value, symbols);
    if (followed === null) return null;
    all.push(...followed);
  }
  return nominalOf(
    base,
    all.filter(({ symbol: { probe, nominal } }) => probe !== nominal),
  );
}

function nominalOf(base: number, followed: readonly Followed[]): number | null {
  if (followed.length === 0) return base;
  const slopes = followed.map(({ symbol, value }) => (value - base) / (symbol.varied - symbol.probe));
  const linear = followed.reduce(
    (sum, { symbol }, index) => sum + (slopes[index] as number) * (symbol.nominal - symbol.probe),
    base,
  );
  const isProduct = followed.every(({ symbol, value }) => value * symbol.probe === base * symbol.varied);
  const result =
    followed.length > 1 && isProduct
      ? followed.reduce((product, { symbol }) => (product * symbol.nominal) / symbol.probe, base)
      : linear;
  const whole = slopes.every(Number.isInteger) || isProduct;
  return whole && Number.isInteger(result) ? result : null;
}

/**
 * Which of the symbols that were changed together a number follows: it is a product of some, or a multiple of one
 * or of the sum of some. Of several explanations the one that leaves the smallest constant.
 */
function separated(base: number, value: number, symbols: VariedSizes): readonly Followed[] | null {
  let best: { readonly rest: number; readonly followed: readonly Followed[] } | null = null;
  for (const some of subsets(symbols)) {
    const rise = some.reduce((sum, { probe, varied }) => sum + varied - probe, 0);
    const factor = (value - base) / rise;
    if (Number.isInteger(factor)) {
      const rest = Math.abs(base - factor * some.reduce((sum, { probe }) => sum + probe, 0));
      const alone = (symbol: SizeSymbol): number => base + factor * (symbol.varied - symbol.probe);
      if (best === null || rest < best.rest) best = { rest, followed: followedBy(some, alone) };
    }
    const [before, after] = [product(some, "probe"), product(some, "varied")];
    if (base % before === 0 && base * after === value * before) {
      return followedBy(some, (symbol) => (base / symbol.probe) * symbol.varied);
    }
  }
  return best?.followed ?? null;
}

function followedBy(
  symbols: readonly SizeSymbol[],
  alone: (symbol: SizeSymbol) => number,
): readonly Followed[] {
  return symbols.map((symbol) => ({ symbol, value: alone(symbol) }));
}

function product(symbols: readonly SizeSymbol[], part: "probe" | "varied"): number {
  return symbols.reduce((result, symbol) => result * symbol[part], 1);
}

/** All choices of some of the symbols. */
function* subsets(symbols: readonly SizeSymbol[]): Generator<readonly SizeSymbol[]> {
  for (let chosen = 1; chosen < 2 ** symbols.length; chosen++) {
    yield symbols.filter((_, index) => (chosen >> index) & 1);
  }
}
