import { notYet } from "./call.ts";
import type { Family } from "./table.ts";

/** The lowerings of this file. */
export const lowerings: Family<"elementary"> = {
  Acos: notYet,
  Acosh: notYet,
  Asin: notYet,
  Asinh: notYet,
  Atan: notYet,
  Atanh: notYet,
  Atan2: notYet,
  Cosh: notYet,
  Expm1: notYet,
  IsFinite: notYet,
  IsInf: notYet,
  IsNan: notYet,
  Log1p: notYet,
  Sinh: notYet,
  Sign: notYet,
  Tan: notYet,
};
