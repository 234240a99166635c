import type { Tensor } from "../../../graph/types.ts";
import { type FormBuilder, type OlderForm, operand } from "./form.ts";

/** `atan(u) / u` in powers of u², for `|u| <= tan(π/8)` (Cephes, `atanf.c`). */
const ARC_TANGENT = [1, -3.33329491539e-1, 1.99777106478e-1, -1.38776856032e-1, 8.05374449538e-2];

/** `c0 + x (c1 + x (c2 + ...))`. */
function polynomial(build: FormBuilder, x: Tensor, [first = 0, ...rest]: readonly number[]): Tensor {
  const inner = rest.length > 1 ? polynomial(build, x, rest) : build.scalar(rest[0] ?? 0);
  return build.add("ADD", [build.add("MUL", [x, inner]), build.scalar(first)]);
}

/** One of two tensors of the condition's shape. */
function select(build: FormBuilder, condition: Tensor, x: Tensor, y: Tensor): Tensor {
  const operands = [condition, x, y];
  return build.allows("SELECT_V2") ? build.add("SELECT_V2", operands) : build.add("SELECT", operands);
}

/**
 * The angle of a point, for runtimes before 2.10 and microcontrollers. The quotient of the smaller by the larger
 * magnitude is an angle up to π/4, half of it up to π/8. Zeros have no sign here, and of two infinite operands
 * the result is NaN.
 */
export const angle: OlderForm = (operator, build) => {
  const [y, x] = [operand(operator, 0), operand(operator, 1)];
  const [zero, one, two] = [0, 1, 2].map((value) => build.scalar(value)) as [Tensor, Tensor, Tensor];
  const [height, width] = [build.add("ABS", [y]), build.add("ABS", [x])];
  const isSteep = build.add("GREATER", [height, width]);
  const small = select(build, isSteep, width, height);
  const large = select(build, isSteep, height, width);
  const isZero = build.cast(build.add("EQUAL", [large, zero]), "float32");
  const t = build.add("DIV", [small, build.add("ADD", [large, isZero])]);
  const secant = build.add("SQRT", [build.add("ADD", [build.add("MUL", [t, t]), one])]);
  const u = build.add("DIV", [t, build.add("ADD", [secant, one])]);
  const series = polynomial(build, build.add("MUL", [u, u]), ARC_TANGENT);
  const octant = build.add("MUL", [build.add("MUL", [u, two]), series]);
  const complement = build.add("SUB", [build.scalar(Math.PI / 2), octant]);
  const quadrant = select(build, isSteep, complement, octant);
  const supplement = build.add("SUB", [build.scalar(Math.PI), quadrant]);
  const half = select(build, build.add("LESS", [x, zero]), supplement, quadrant);
  return select(build, build.add("LESS", [y, zero]), build.add("NEG", [half]), half);
};
