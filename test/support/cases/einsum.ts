import * as tf from "@tensorflow/tfjs-core";
import { type CaseInput, constant, fnCase, type OperatorCase } from "../judge.ts";

const SIZES: Readonly<Record<string, number | null>> = { b: null, i: 4, j: 5, k: 3, l: 2, m: 3, n: 2 };

const shapeOf = (term: string): (number | null)[] => [...term].map((label) => SIZES[label] as number | null);

const termsOf = (equation: string): string[] => (equation.split("->")[0] as string).split(",");

/** A sum over everything has nothing to be small against: of positive numbers it does not cancel. */
const rangeOf = (equation: string): readonly [number, number] =>
  equation.endsWith("->") ? [0.1, 2] : [-2, 2];

/** An equation on inputs of which `b` is the batch; integers as well. */
const computed = (equation: string): readonly OperatorCase[] =>
  (["float32", "int32"] as const).map((dtype) =>
    fnCase(
      `einsum ${equation} of ${dtype}`,
      termsOf(equation).map(
        (term): CaseInput =>
          dtype === "int32"
            ? { shape: shapeOf(term), dtype }
            : { shape: shapeOf(term), dtype, range: rangeOf(equation) },
      ),
      (...tensors) => tf.einsum(equation, ...tensors),
      dtype === "int32" ? 0 : 1e-5,
    ),
  );

/** With a constant for one operand. */
const withConstant = (equation: string): readonly OperatorCase[] => {
  const [a, b] = termsOf(equation) as [string, string];
  const made = (term: string) => constant(shapeOf(term) as number[]);
  return [
    ...(b.includes("b")
      ? []
      : [
          fnCase(`einsum ${equation}, the second is constant`, [shapeOf(a)], (x) =>
            tf.einsum(equation, x, made(b)),
          ),
        ]),
    ...(a.includes("b")
      ? []
      : [
          fnCase(`einsum ${equation}, the first is constant`, [shapeOf(b)], (x) =>
            tf.einsum(equation, made(a), x),
          ),
        ]),
  ];
};

const UNARY = [
  "bij->bij",
  "bij->bji",
  "ij->ji",
  "bij->b",
  "bij->bj",
  "bij->ji",
  "bij->",
  "i->",
  "bijk->kjib",
  "b->b",
];

const BINARY = [
  // Products of matrices, as they lie and transposed.
  "ij,jk->ik",
  "ij,kj->ik",
  "ji,jk->ik",
  "ji,kj->ki",
  "bij,bjk->bik",
  "bij,bkj->bik",
  "bji,bjk->bki",
  "bij,jk->bik",
  "bij,kj->bki",
  "ij,bjk->bik",
  "jb,bk->jk",
  // Attention: several batch dimensions, in any order.
  "bijk,blmk->bijlm",
  "bijk,bljk->bjil",
  "bjil,bljk->bijk",
  "bijk,jkm->bim",
  "bij,jkm->bikm",
  "bikm,kmj->bij",
  // Several dimensions are summed at once.
  "bij,bij->b",
  "bijk,bikl->bjl",
  "bijk,kjl->bil",
  "ijk,ijk->",
  // Each with a sum of its own.
  "bji,jk->bk",
  "bj,jk->b",
  // Without a sum.
  "i,j->ij",
  "bi,bj->bij",
  "bi,bi->bi",
  "bi,i->bi",
  "bi,i->ib",
  "bij,bk->bikj",
  "i,i->",
  "bi,->bi",
];

/** Einstein's summation. */
export const EINSUM_CASES: readonly OperatorCase[] = [
  ...UNARY.flatMap(computed),
  ...BINARY.flatMap(computed),
  ...BINARY.flatMap(withConstant),
  fnCase("einsum with spaces", [[null, 4]], (x) => tf.einsum(" bi , ij -> bj ", x, constant([4, 5]))),
  fnCase("einsum of booleans that transposes", [{ shape: [null, 4], dtype: "bool" }], (x) =>
    tf.einsum("bi->ib", x),
  ),
];
