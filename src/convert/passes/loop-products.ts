import { operatorOf, operatorWithOutput } from "../../graph/builder.ts";
import { intConstant, isConstant, openSizes, signatureOf } from "../../graph/tensors.ts";
import type { ConstantTensor, Graph, Operator, OperatorOf, Subgraph, Tensor } from "../../graph/types.ts";
import { GraphView } from "../../graph/view.ts";
import { isInvariant, type Loop, mapLoops, withInvariant, withoutVariable } from "./loop.ts";
import { type PassLog, prune } from "./rewrite.ts";

/** A graph whose loops do in every turn what differs from turn to turn: see `hoistFromLoops`. */
export function hoist(graph: Graph, log: PassLog): Graph {
  return mapLoops(graph, (loop) => withoutUnread(hoistProducts(constantsInside(loop), log)));
}

/** Constants are no variables. */
function constantsInside(loop: Loop): Loop {
  const last = loop.body.inputs.length - 1;
  let current = loop;
  for (let variable = last; variable >= 0; variable--) {
    const value = current.operator.inputs[variable];
    if (!isConstant(value) || !isInvariant(current, variable)) continue;
    if (loop.isRead(current.operator.outputs[variable] as Tensor)) continue;
    current = withoutVariable(current, variable, value);
  }
  return current;
}

/** What no turn reads and nobody afterwards is no variable. */
function withoutUnread(loop: Loop): Loop {
  let current: Loop = { ...loop, condition: prune(loop.condition), body: prune(loop.body) };
  for (let variable = loop.body.inputs.length - 1; variable >= 0; variable--) {
    if (!isInvariant(current, variable)) continue;
    const readers = [current.condition, current.body].flatMap(({ inputs, operators }) =>
      operators.filter((operator) => operator.inputs.includes(inputs[variable] as Tensor)),
    );
    const output = current.operator.outputs[variable] as Tensor;
    if (readers.length === 0 && !loop.isRead(output)) current = withoutVariable(current, variable);
  }
  return current;
}

/** Products of constant weights with a row that is picked from a sequence. */
function hoistProducts(loop: Loop, log: PassLog): Loop {
  let current = loop;
  for (const product of loop.body.operators) {
    const picked = pickedRow(current, product);
    if (picked === null) continue;
    const { sequence, pick } = picked;
    const result = product.outputs[0] as Tensor;
    const whole = wholeProduct(product, current.operator.inputs[sequence] as Tensor, result.name);
    const reason = typeof whole === "string" ? whole : refusal(whole, log);
    if (reason !== null) {
      log.skipped("hoist a product from a loop", result.name, reason);
      continue;
    }
    const operators = whole as readonly Operator[];
    const made = withInvariant(current, operators.at(-1)?.outputs[0] as Tensor);
    const { axis, batch_dims } = pick.options as { readonly axis: number; readonly batch_dims: number };
    const row = operatorOf("GATHER", [made.inside, pick.inputs[1] as Tensor], [result], { axis, batch_dims });
    current = {
      ...made.loop,
      before: [...made.loop.before, ...operators],
      body: exchanged(made.loop.body, product, row as Operator),
    };
    log.applied("hoist a product from a loop", result.name);
  }
  return current;
}

function refusal(operators: readonly Operator[], log: PassLog): string | null {
  return operators.map((operator) => log.refuses?.(operator) ?? null).find((why) => why !== null) ?? null;
}

function exchanged(body: Subgraph, from: Operator, to: Operator): Subgraph {
  return { ...body, operators: body.operators.map((operator) => (operator === from ? to : operator)) };
}

/** The gather that an operator's operand comes from, of a sequence that the loop does not change. */
function pickedRow(
  loop: Loop,
  { type, inputs }: Operator,
): { readonly sequence: number; readonly pick: OperatorOf<"GATHER"> } | null {
  if (type !== "FULLY_CONNECTED" && type !== "CONV_2D") return null;
  if (!inputs.slice(1).every((input) => input === null || isConstant(input))) return null;
  const pick = new GraphView(loop.body).producer(inputs[0]);
  if (pick?.type !== "GATHER" || pick.options.axis !== 0) return null;
  const [from, index] = pick.inputs as readonly [Tensor, Tensor];
  const sequence = loop.body.inputs.indexOf(from);
  if (sequence < 0 || !isInvariant(loop, sequence) || index.shape.length > 0) return null;
  return { sequence, pick: pick as OperatorOf<"GATHER"> };
}

/** The operators that do for a whole sequence what a product does for one row; a text where there are none. */
function wholeProduct(product: Operator, sequence: Tensor, name: string): readonly Operator[] | string {
  const weights = product.inputs.slice(1) as readonly (ConstantTensor | null)[];
  if (product.type === "FULLY_CONNECTED") {
    const options = { ...product.options, keep_num_dims: true };
    return [operatorWithOutput("FULLY_CONNECTED", [sequence, ...weights], options, name) as Operator];
  }
  if (product.type !== "CONV_2D") return `${product.type} is no product`;
  const [steps, items, ...image] = signatureOf(sequence) as [number, number, ...number[]];
  if (openSizes([steps, items]) > 1 || image.includes(-1)) return "more than one size of it is dynamic";
  const reshape = (x: Tensor, sizes: readonly number[], part: string): OperatorOf<"RESHAPE"> => {
    const shape = intConstant(`${name}/shape`, [sizes.length], sizes);
    return operatorWithOutput("RESHAPE", [x, shape], { new_shape: sizes }, `${name}/${part}`);
  };
  const flat = reshape(sequence, [-1, ...image], "steps");
  const made = operatorWithOutput(
    "CONV_2D",
    [flat.outputs[0] as Tensor, ...weights],
    product.options,
    `${name}/products`,
  );
  const result = made.outputs[0] as Tensor;
  const back = reshape(result, [steps, items, ...signatureOf(result).slice(1)], "sequence");
  return [flat, made, back] as readonly Operator[];
}
