import type * as tf from "@tensorflow/tfjs-core";
import { ForgeError } from "../../../errors.ts";
import type { Operator } from "../../types.ts";
import { type Evaluation, scalar } from "./rule.ts";

export const loop: Evaluation<"WHILE"> = (values, options, _, call) => {
  let variables: readonly tf.Tensor[] = values;
  while (scalar(call(options.cond_subgraph_index, variables), 0) !== 0) {
    variables = call(options.body_subgraph_index, variables);
  }
  return variables;
};

export const branch: Evaluation<"IF"> = (values, options, _, call) => {
  const chosen = scalar(values, 0) !== 0 ? options.then_subgraph_index : options.else_subgraph_index;
  return call(chosen, values.slice(1));
};

/** An operator whose result depends on more than its inputs, or is known to its author only. */
export const impossible = (
  _: readonly tf.Tensor[],
  __: unknown,
  { type, customCode }: Pick<Operator, "type" | "customCode">,
): never => {
  throw new ForgeError(
    "unsupported-kernel",
    `The operator ${customCode ?? type} cannot be evaluated: run the file in LiteRT.`,
  );
};
