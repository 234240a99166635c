import { operatorOf, operatorWithOutput } from "../../../graph/builder.ts";
import { intConstant, intsOf, isConstant } from "../../../graph/tensors.ts";
import type { Operator, Tensor } from "../../../graph/types.ts";
import type { Rule } from "../rewrite.ts";

/**
 * TensorFlow writes a dilated convolution as one on every d-th cell: SPACE_TO_BATCH_ND makes an image of each of the
 * d² sets of cells, BATCH_TO_SPACE_ND puts the results together. The kernels dilate by themselves, and a batch that
 * grows in between splits a delegate's partition.
 */
export const dilatedConvolution: Rule = {
  name: "a dilated convolution",
  roots: ["BATCH_TO_SPACE_ND"],
  apply(root, view) {
    const convolution = view.producer(root.inputs[0]);
    if (convolution?.type !== "CONV_2D" && convolution?.type !== "DEPTHWISE_CONV_2D") return null;
    const spread = view.producer(convolution.inputs[0]);
    if (spread?.type !== "SPACE_TO_BATCH_ND") return null;
    const { options } = convolution;
    const plain = [options.stride_h, options.stride_w, options.dilation_h_factor, options.dilation_w_factor];
    if (options.padding !== "VALID" || plain.some((step) => step !== 1)) return null;
    const [block, before, back, crops] = [
      spread.inputs[1],
      spread.inputs[2],
      root.inputs[1],
      root.inputs[2],
    ].map((operand) => (isConstant(operand) ? [...intsOf(operand)] : [])) as [
      number[],
      number[],
      number[],
      number[],
    ];
    if (block.length !== 2 || before.length !== 4 || crops.length !== 4) return null;
    if (block.some((size, axis) => size !== back[axis])) return null;
    const shared = [spread, convolution]
      .map(({ outputs }) => outputs[0] as Tensor)
      .find((x) => !view.isPrivate(x));
    if (shared !== undefined) return `"${shared.name}" has other readers, or is an output`;
    // What is cut off the result need not be computed: the cells that were added for it.
    const pads = before.map((cells, index) => cells - (crops[index] as number));
    if (pads.some((cells) => cells < 0)) return "it cuts off more than it adds";
    const insert: Operator[] = [];
    let x = spread.inputs[0] as Tensor;
    if (pads.some((cells) => cells > 0)) {
      const amounts = intConstant("paddings", [4, 2], [0, 0, ...pads, 0, 0]);
      const pad = operatorWithOutput("PAD", [x, amounts], {}, (spread.outputs[0] as Tensor).name);
      insert.push(pad);
      x = pad.outputs[0] as Tensor;
    }
    const dilated = {
      ...options,
      dilation_h_factor: block[0] as number,
      dilation_w_factor: block[1] as number,
    };
    const inputs = [x, ...convolution.inputs.slice(1)];
    insert.push(operatorOf(convolution.type, inputs, root.outputs, dilated) as Operator);
    return { remove: [spread, convolution, root], insert };
  },
};
