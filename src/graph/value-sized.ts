import { isConstant, openSizes, signatureOf } from "./tensors.ts";
import type { Operator, OperatorName, Subgraph, Tensor } from "./types.ts";

/** What comes of these follows from sizes, or cannot be told from the subgraph. */
const NO_VALUES: ReadonlySet<OperatorName> = new Set(["SHAPE", "RANK", "IF", "WHILE"]);

const openSizesOf = (tensor: Tensor): number => openSizes(signatureOf(tensor));

/**
 * Tensors whose size values decide: WHERE and UNIQUE make them, or a slice between bounds that are computed from
 * values, as the indices of NON_MAX_SUPPRESSION are cut to their number; and what is made of these alone.
 */
export function valueSized(subgraph: Subgraph): ReadonlySet<Tensor> {
  const producers = new Map<Tensor, Operator>();
  const given = new Set(subgraph.inputs);
  const found = new Set<Tensor>();
  for (const operator of subgraph.operators) {
    const open = operator.inputs
      .filter((tensor) => tensor !== null)
      .filter((tensor) => openSizesOf(tensor) > 0);
    const decides =
      isDecisive(operator, producers, given) ||
      (open.length > 0 && open.every((tensor) => found.has(tensor) && openSizesOf(tensor) === 1));
    for (const [position, output] of operator.outputs.entries()) {
      producers.set(output, operator);
      // The second output of UNIQUE has an index for every element of its input.
      const follows = operator.type === "UNIQUE" && position === 1;
      if (decides && !follows && openSizesOf(output) > 0) found.add(output);
    }
  }
  return found;
}

function isDecisive(
  { type, inputs }: Operator,
  producers: ReadonlyMap<Tensor, Operator>,
  given: ReadonlySet<Tensor>,
): boolean {
  if (type === "WHERE" || type === "UNIQUE") return true;
  // The operands behind the first are where a slice begins and what it takes.
  return (type === "SLICE" || type === "STRIDED_SLICE") && readsValues(inputs.slice(1), producers, given);
}

/** Whether numbers are computed from values of the subgraph's inputs. */
function readsValues(
  tensors: readonly (Tensor | null)[],
  producers: ReadonlyMap<Tensor, Operator>,
  given: ReadonlySet<Tensor>,
): boolean {
  const seen = new Set<Tensor>();
  const left = [...tensors];
  for (let tensor = left.pop(); tensor !== undefined; tensor = left.pop()) {
    if (tensor === null || isConstant(tensor) || seen.has(tensor)) continue;
    seen.add(tensor);
    if (given.has(tensor)) return true;
    const producer = producers.get(tensor);
    if (producer !== undefined && !NO_VALUES.has(producer.type)) left.push(...producer.inputs);
  }
  return false;
}
