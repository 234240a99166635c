import { broadcastShapes } from "../../graph/operators/shapes.ts";
import { elementCount, floatConstant, floatsOf, isConstant } from "../../graph/tensors.ts";
import type { ConstantTensor, Tensor } from "../../graph/types.ts";
import type { Call } from "./call.ts";
import { keepingType } from "./elementwise.ts";
import type { Family } from "./table.ts";

/**
 * `(x - mean) / sqrt(variance + epsilon) * scale + offset`: one factor and one summand where the statistics
 * are constant, for a later pass to fold into a convolution.
 */
function lowerBatchNorm(call: Call<"FusedBatchNorm">): Tensor {
  const x = call.input("x");
  const [mean, variance] = [call.input("mean"), call.input("variance")];
  const [scale, offset] = [call.optional("scale"), call.optional("offset")];
  const { varianceEpsilon } = call.attributes;
  const constants = [mean, variance, scale, offset].filter((tensor) => tensor !== null);
  if (!constants.every(isConstant)) {
    const centred = call.add("SUB", [x, mean]);
    const deviation = call.add("RSQRT", [call.add("ADD", [variance, call.scalar(varianceEpsilon)])]);
    const normalized = call.add("MUL", [centred, deviation]);
    const scaled = scale === null ? normalized : call.add("MUL", [normalized, scale]);
    return offset === null ? scaled : call.add("ADD", [scaled, offset]);
  }
  const shape = (constants as Tensor[])
    .map((tensor) => tensor.shape)
    .reduce((all, other) => broadcastShapes(all, other));
  const value = (tensor: Tensor | null, absent: number): ((index: number) => number) => {
    if (tensor === null) return () => absent;
    const values = floatsOf(tensor as ConstantTensor);
    const place = placeIn(tensor.shape, shape);
    return (index) => values[place(index)] as number;
  };
  const [means, variances] = [value(mean, 0), value(variance, 1)];
  const [scales, offsets] = [value(scale, 1), value(offset, 0)];
  const count = elementCount(shape);
  const factors = new Float32Array(count);
  const summands = new Float32Array(count);
  for (let index = 0; index < count; index++) {
    const factor = scales(index) / Math.sqrt(variances(index) + varianceEpsilon);
    factors[index] = factor;
    summands[index] = offsets(index) - means(index) * factor;
  }
  const scaled = call.add("MUL", [x, floatConstant(call.name("scale"), shape, factors)]);
  return call.add("ADD", [scaled, floatConstant(call.name("offset"), shape, summands)]);
}

/** Where an element of a shape lies in a tensor that is repeated to that shape. */
function placeIn(from: readonly number[], shape: readonly number[]): (index: number) => number {
  if (elementCount(from) === elementCount(shape)) return (index) => index;
  const sizes = shape.map((_, index) => from[index - shape.length + from.length] ?? 1);
  return (index) => {
    let [rest, place, stride] = [index, 0, 1];
    for (let dimension = shape.length - 1; dimension >= 0; dimension--) {
      const size = sizes[dimension] as number;
      if (size !== 1) place += (rest % (shape[dimension] as number)) * stride;
      stride *= size;
      rest = Math.floor(rest / (shape[dimension] as number));
    }
    return place;
  };
}

/**
 * `x / (bias + alpha · sum of squares of the channels around)^beta`. The kernel that runtimes register sums over
 * `depthRadius` channels on either side, as tfjs does (`optimized_ops.h`); the reference one leaves out the last.
 */
function lowerLrn(call: Call<"LRN">): Tensor {
  const { depthRadius: radius, bias, alpha, beta } = call.attributes;
  const x = call.input("x");
  return keepingType(call, x, (floats) =>
    call.add("LOCAL_RESPONSE_NORMALIZATION", [floats], { radius, bias, alpha, beta }),
  );
}

/** Along the last dimension: tfjs takes no other. */
function lowerSoftmax(call: Call<"Softmax">): Tensor {
  const logits = call.input("logits");
  if (call.attributes.dim !== logits.shape.length - 1) call.fail("it is not along the last dimension");
  return call.add("SOFTMAX", [logits], { beta: 1 });
}

/** The lowerings of this file. */
export const lowerings: Family<"normalization"> = {
  FusedBatchNorm: lowerBatchNorm,
  LRN: lowerLrn,
  Softmax: lowerSoftmax,
};
