import { operatorOf } from "../../graph/builder.ts";
import { intsOf, isConstant, isDynamic } from "../../graph/tensors.ts";
import type { Operator, OperatorOf, Tensor } from "../../graph/types.ts";
import { type Pass, type Rule, rulesPass } from "./rewrite.ts";

/** Lets a convolution with SAME padding do what a PAD before it did, where both add the same cells. */
export function padToSame(): Pass {
  return rulesPass("PAD into SAME", [padIntoConvolution]);
}

const padIntoConvolution: Rule = {
  name: "PAD into SAME",
  roots: ["CONV_2D", "DEPTHWISE_CONV_2D"],
  apply(root, view) {
    const convolution = root as OperatorOf<"CONV_2D" | "DEPTHWISE_CONV_2D">;
    const padded = convolution.inputs[0] as Tensor;
    const pad = view.producer(padded);
    if (pad?.type !== "PAD" || convolution.options.padding !== "VALID") return null;
    const [x, amounts] = [pad.inputs[0] as Tensor, pad.inputs[1]];
    const weights = convolution.inputs[1] as Tensor;
    if (!isConstant(amounts) || x.shape.length !== 4) return null;
    const [n0, n1, top, bottom, left, right, c0, c1] = [...intsOf(amounts)] as number[];
    if (n0 !== 0 || n1 !== 0 || c0 !== 0 || c1 !== 0) return "it pads batches or channels as well";
    if (isDynamic(x, 1) || isDynamic(x, 2)) return "SAME depends on a dynamic height or width";
    if (!view.isPrivate(padded)) return `"${padded.name}" has other readers, or is an output`;
    const { stride_h, stride_w, dilation_h_factor, dilation_w_factor } = convolution.options;
    const rows = samePadding(x.shape[1] as number, weights.shape[1] as number, stride_h, dilation_h_factor);
    const columns = samePadding(
      x.shape[2] as number,
      weights.shape[2] as number,
      stride_w,
      dilation_w_factor,
    );
    const equal = rows[0] === top && rows[1] === bottom && columns[0] === left && columns[1] === right;
    if (!equal)
      return `SAME pads ${[...rows, ...columns].join(", ")}, PAD ${[top, bottom, left, right].join(", ")}`;
    const options = { ...convolution.options, padding: "SAME" as const };
    const inputs = [x, ...convolution.inputs.slice(1)];
    return {
      remove: [root, pad],
      insert: [operatorOf(convolution.type, inputs, convolution.outputs, options) as Operator],
    };
  },
};

/** Cells before and after: the odd one comes after (`ComputePaddingWithOffset`, `tflite/kernels/padding.h`). */
function samePadding(
  size: number,
  window: number,
  stride: number,
  dilation: number,
): readonly [number, number] {
  const out = Math.ceil(size / stride);
  const total = Math.max((out - 1) * stride + (window - 1) * dilation + 1 - size, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}
