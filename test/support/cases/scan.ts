import * as tf from "@tensorflow/tfjs-core";
import { type CaseInput, fnCase, type OperatorCase } from "../judge.ts";

type Scan = typeof tf.cumsum;

const SCANS: readonly [string, Scan, readonly Omit<CaseInput, "shape">[]][] = [
  ["cumsum", tf.cumsum, [{}, { dtype: "int32" }, { dtype: "bool" }]],
  [
    "cumprod",
    tf.cumprod,
    [
      { values: [0.5, -1.5, 1.25, 2, -0.75] },
      { values: [2, 0, -3, 1] },
      { dtype: "int32", values: [1, -2, 3, 1, 1] },
      { dtype: "bool" },
    ],
  ],
];

/** Running sums and products. */
export const SCAN_CASES: readonly OperatorCase[] = SCANS.flatMap(([name, scan, kinds]) =>
  kinds.flatMap((kind, number) => {
    const of = (
      what: string,
      shape: CaseInput["shape"],
      ...rest: [axis: number, exclusive?: boolean, reverse?: boolean]
    ): OperatorCase =>
      fnCase(
        `${name} of ${kind.dtype ?? "float32"} (${number}) ${what}`,
        [{ ...kind, shape }],
        (x) => scan(x, ...rest),
        kind.dtype === undefined ? 2e-6 : 0,
      );
    return [
      of("along the last axis", [null, 3, 7], 2),
      of("along the middle axis", [null, 8, 3], 1),
      of("without the element itself", [null, 5], 1, true),
      of("from the end", [null, 6], 1, false, true),
      of("from the end, without the element itself", [null, 4, 2], 1, true, true),
      of("of one element, without it", [null, 1], 1, true),
      of("of a vector", [9], 0),
      of("along the first axis", [5, 2], 0, false, true),
      of("of six dimensions", [null, 2, 3, 2, 2, 2], 2, true),
      of("of six dimensions, from the end", [null, 2, 3, 2, 2, 2], 5, false, true),
    ];
  }),
);
