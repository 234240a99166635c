import { operatorOf, operatorWithOutput } from "../../graph/builder.ts";
import { isConstant } from "../../graph/tensors.ts";
import type { Operator, OperatorOf, Tensor } from "../../graph/types.ts";
import { type Pass, type Rewrite, type Rule, rulesPass } from "./rewrite.ts";

/**
 * `(a + Wx) + b` is `a + (Wx + b)`, and the bias goes into the product: an LSTM adds its bias to the sum of two
 * products.
 */
export function biasOfSums(): Pass {
  return rulesPass("bias of sums", [towardsTheProduct]);
}

const towardsTheProduct: Rule = {
  name: "move a bias to a product",
  roots: ["ADD"],
  apply(root, view): Rewrite | null {
    const [x, bias] = operands(root, isConstant);
    const sum = view.producer(x);
    if (sum?.type !== "ADD" || bias === undefined || !view.isPrivate(x as Tensor) || isActivated(sum))
      return null;
    const [other, product] = operands(sum, (operand) => {
      const producer = view.producer(operand);
      return producer?.type === "FULLY_CONNECTED" && view.isPrivate(operand) && !isActivated(producer);
    });
    if (product === undefined || bias.shape.length !== 1 || bias.shape[0] !== product.shape.at(-1))
      return null;
    // Both summands may be products: one of them takes it.
    const output = root.outputs[0] as Tensor;
    const biased = operatorWithOutput("ADD", [product, bias], {}, `${output.name}/bias`);
    const whole = operatorOf(
      "ADD",
      [other as Tensor, biased.outputs[0] as Tensor],
      [output],
      root.options as object,
    );
    return { remove: [sum, root], insert: [biased as Operator, whole as Operator] };
  },
};

/** The two operands of a sum: the other one first, then the one that is of some kind. */
function operands(
  { inputs }: Operator,
  is: (operand: Tensor) => boolean,
): readonly [Tensor | undefined, Tensor | undefined] {
  const [a, b] = inputs as readonly [Tensor, Tensor];
  if (is(b)) return [a, b];
  return is(a) ? [b, a] : [a, undefined];
}

function isActivated(operator: Operator): boolean {
  return (operator as OperatorOf<"ADD">).options.fused_activation_function !== "NONE";
}
