import { describe, expect, it } from "vitest";
import {
  nominalValue,
  type SizeSymbol,
  unknownSizes,
  type VariedSizes,
} from "../../../src/convert/trace/sizes.ts";

const NOMINAL = 5;
const batch: SizeSymbol = { name: "batch size", probe: 11, varied: 13, nominal: 1 };
const unknown = unknownSizes(23).map((some) => some.map((symbol) => ({ ...symbol, nominal: NOMINAL })));
const varied = [[batch], ...unknown] as unknown as readonly VariedSizes[];
const symbols = unknown.flat();

/** Sizes by the symbol's place: the batch, then the unknown ones. */
type Formula = (size: (index: number) => number, batch: number) => number;

/** The values of a formula in each recording. */
const valuesOf = (formula: Formula): readonly number[] =>
  [[], ...varied].map((changed) => {
    const sizeOf = (symbol: SizeSymbol): number =>
      changed.some((other) => other === symbol) ? symbol.varied : symbol.probe;
    return formula((index) => sizeOf(symbols[index] as SizeSymbol), sizeOf(batch));
  });

describe("sizes of which several change in one recording", () => {
  it("are 23 in four recordings, and each is told apart from the others and from what follows them", () => {
    expect(varied.map(({ length }) => length)).toEqual([1, 10, 10, 3]);
    const probes = symbols.flatMap(({ probe, varied: changed }) => [probe, changed]);
    expect(new Set(probes).size).toBe(46);
    expect(probes.every((size) => size % 2 === 1)).toBe(true);
    for (const one of symbols) {
      for (const other of symbols) {
        if (one === other) continue;
        // In one recording a size is no multiple of another and a constant.
        const ratio = (one.varied - one.probe) / (other.varied - other.probe);
        const together = unknown.some((some) => some.includes(one) && some.includes(other));
        if (together) expect(Number.isInteger(ratio)).toBe(false);
      }
    }
  });

  it.each<[string, Formula, number]>([
    ["a size", (n) => n(3), 5],
    ["what is left of a whole", (n) => 100 - n(9), 95],
    ["a size and a constant", (n) => n(12) + 7, 12],
    ["a multiple", (n) => 90 * n(0), 450],
    ["a multiple by another size's step", (n) => 211 * n(0), 1055],
    ["a multiple and a constant", (n) => 4 * n(22) - 3, 17],
    ["twice a size", (n) => 2 * n(5), 10],
    ["a sum of two", (n) => n(0) + n(1), 10],
    ["a sum of seven", (n) => [0, 1, 2, 3, 4, 5, 6].reduce((sum, index) => sum + n(index), 0), 35],
    ["a sum of all of a recording", (n) => [...Array(10).keys()].reduce((sum, i) => sum + n(i), 0), 50],
    ["a sum over recordings", (n) => n(2) + n(8) + n(15) + n(21), 20],
    ["a sum and a constant", (n) => n(4) + n(7) + 1, 11],
    ["a multiple of a sum", (n) => 4 * (n(4) + n(7)), 40],
    ["what two leave of a whole", (n) => 300 - n(1) - n(2), 290],
    ["a product of two", (n) => n(2) * n(6), 25],
    ["a multiple of a product of three", (n) => 3 * n(1) * n(4) * n(8), 375],
    ["a product over recordings", (n) => n(2) * n(16), 25],
    ["a product with the batch", (n, b) => b * n(7), 5],
    ["a product with the batch of two", (n, b) => 2 * b * n(7) * n(8), 50],
    ["the batch", (_, b) => 3 * b, 3],
    ["a constant", () => 42, 42],
  ])("%s has its nominal value", (_, formula, expected) => {
    expect(nominalValue(valuesOf(formula), varied)).toBe(expected);
  });

  it("of each size of each recording follow its multiples and remainders", () => {
    for (const index of symbols.keys()) {
      for (const factor of [-2, -1, 1, 2, 3, 4, 7, 16, 85, 90, 101, 211]) {
        for (const constant of [-20, 0, 1, 300]) {
          const values = valuesOf((n) => factor * n(index) + constant);
          expect(nominalValue(values, varied), `${factor} * ${index} + ${constant}`).toBe(
            factor * NOMINAL + constant,
          );
        }
      }
    }
  });

  it("gives nothing for a part of a size, which may not be whole", () => {
    for (const index of symbols.keys()) {
      const values = valuesOf((n) => Math.floor(n(index) / 4));
      expect(nominalValue(values, varied)).toBeNull();
    }
  });
});
