import type { Graph, Operator, OperatorOf, Subgraph, Tensor } from "../../graph/types.ts";
import { GraphView } from "../../graph/view.ts";
import { substitute } from "./rewrite.ts";

/** A loop of a subgraph with its parts; variable `k` is input and output `k` of the operator and of its body. */
export interface Loop {
  readonly operator: OperatorOf<"WHILE">;
  readonly condition: Subgraph;
  readonly body: Subgraph;
  /** Operators of the subgraph around that the loop needs before it starts. */
  readonly before: readonly Operator[];
  /** Whether what the loop leaves of a variable is read. */
  readonly isRead: (output: Tensor) => boolean;
}

/** A graph with every loop of it rewritten, the inner ones as well. */
export function mapLoops(graph: Graph, rewrite: (loop: Loop) => Loop): Graph {
  const subgraphs = [...graph.subgraphs];
  for (const [index, subgraph] of graph.subgraphs.entries()) {
    if (!subgraph.operators.some(isLoop)) continue;
    const current = subgraphs[index] as Subgraph;
    const view = new GraphView(current);
    const isRead = (output: Tensor): boolean => view.consumers(output).length > 0 || view.isOutput(output);
    const operators = current.operators.flatMap((operator): readonly Operator[] => {
      if (!isLoop(operator)) return [operator];
      const { cond_subgraph_index: condition, body_subgraph_index: body } = operator.options;
      const rewritten = rewrite({
        operator,
        condition: subgraphs[condition] as Subgraph,
        body: subgraphs[body] as Subgraph,
        before: [],
        isRead,
      });
      subgraphs[condition] = rewritten.condition;
      subgraphs[body] = rewritten.body;
      return [...rewritten.before, rewritten.operator as Operator];
    });
    subgraphs[index] = { ...current, operators };
  }
  return { ...graph, subgraphs };
}

function isLoop(operator: Operator): operator is OperatorOf<"WHILE"> & Operator {
  return operator.type === "WHILE";
}

/** True of a variable that no turn of a loop changes. */
export function isInvariant({ body }: Loop, variable: number): boolean {
  return body.inputs[variable] === body.outputs[variable];
}

/** The loop with one more variable, which no turn changes. Gives what its body calls it. */
export function withInvariant(loop: Loop, value: Tensor): { readonly loop: Loop; readonly inside: Tensor } {
  const { operator, condition, body } = loop;
  const inside = named(value);
  return {
    inside,
    loop: {
      ...loop,
      operator: {
        ...operator,
        inputs: [...operator.inputs, value],
        outputs: [...operator.outputs, named(value)],
      },
      condition: { ...condition, inputs: [...condition.inputs, named(value)] },
      body: { ...body, inputs: [...body.inputs, inside], outputs: [...body.outputs, inside] },
    },
  };
}

/** A tensor like another one, without its values. */
function named({ name, type, shape, shapeSignature }: Tensor): Tensor {
  return { name, type, shape, ...(shapeSignature && { shapeSignature }) };
}

/** The loop without a variable. What reads it inside reads a constant instead, if one is given. */
export function withoutVariable(loop: Loop, variable: number, instead?: Tensor): Loop {
  const { operator, condition, body } = loop;
  const others = <T>(values: readonly T[]): T[] => values.filter((_, index) => index !== variable);
  const inside = (subgraph: Subgraph): Subgraph =>
    instead === undefined
      ? subgraph
      : substitute(subgraph, new Map([[subgraph.inputs[variable] as Tensor, instead]]));
  const [test, turn] = [inside(condition), inside(body)];
  return {
    ...loop,
    operator: { ...operator, inputs: others(operator.inputs), outputs: others(operator.outputs) },
    condition: { ...test, inputs: others(condition.inputs) },
    body: { ...turn, inputs: others(body.inputs), outputs: others(turn.outputs) },
  };
}
