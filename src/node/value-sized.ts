import type { Table } from "./flatbuffer-view.ts";

// Field ids of schema.fbs.
const MODEL = { operatorCodes: 1 } as const;
const CODE = { deprecated: 0, builtin: 3 } as const;
const SUBGRAPH = { tensors: 0, inputs: 1, operators: 3 } as const;
const TENSOR = { shapeSignature: 7 } as const;
const OPERATOR = { code: 0, inputs: 1, outputs: 2 } as const;

// BuiltinOperator of schema.fbs.
const WHERE = 109;
const UNIQUE = 103;
const SLICE = 65;
const STRIDED_SLICE = 45;
/** What comes of these follows from sizes, or cannot be told from the subgraph: SHAPE, RANK, IF, WHILE. */
const NO_VALUES: ReadonlySet<number> = new Set([77, 110, 118, 119]);

interface Producer {
  readonly code: number;
  readonly inputs: readonly number[];
}

/**
 * Tensors, by index, whose size values decide: WHERE and UNIQUE make them, or a slice between bounds that are computed
 * from values, as the indices of NON_MAX_SUPPRESSION are cut to their number; and what is made of these alone.
 */
export function valueSized(model: Table, subgraph: Table): ReadonlySet<number> {
  const codes = model
    .tables(MODEL.operatorCodes)
    .map((code) => Math.max(code.uint8(CODE.deprecated), code.uint32(CODE.builtin)));
  const openSizes = subgraph
    .tables(SUBGRAPH.tensors)
    .map((tensor) => tensor.int32s(TENSOR.shapeSignature).filter((size) => size === -1).length);
  const given = new Set(subgraph.int32s(SUBGRAPH.inputs));
  const producers = new Map<number, Producer>();
  const found = new Set<number>();
  // Operators are in the order in which they run.
  for (const operator of subgraph.tables(SUBGRAPH.operators)) {
    const code = codes[operator.uint32(OPERATOR.code)] ?? -1;
    const inputs = operator.int32s(OPERATOR.inputs);
    const open = inputs.filter((tensor) => (openSizes[tensor] ?? 0) > 0);
    const isSlice = code === SLICE || code === STRIDED_SLICE;
    const decides =
      code === WHERE ||
      code === UNIQUE ||
      // The operands behind the first are where a slice begins and what it takes.
      (isSlice && readsValues(inputs.slice(1), producers, given)) ||
      (open.length > 0 && open.every((tensor) => found.has(tensor) && openSizes[tensor] === 1));
    for (const [position, output] of operator.int32s(OPERATOR.outputs).entries()) {
      producers.set(output, { code, inputs });
      // The second output of UNIQUE has an index for every element of its input.
      const follows = code === UNIQUE && position === 1;
      if (decides && !follows && (openSizes[output] ?? 0) > 0) found.add(output);
    }
  }
  return found;
}

/** Whether numbers are computed from values of the subgraph's inputs. */
function readsValues(
  tensors: readonly number[],
  producers: ReadonlyMap<number, Producer>,
  given: ReadonlySet<number>,
): boolean {
  const seen = new Set<number>();
  const left = [...tensors];
  for (let tensor = left.pop(); tensor !== undefined; tensor = left.pop()) {
    if (seen.has(tensor)) continue;
    seen.add(tensor);
    if (given.has(tensor)) return true;
    const producer = producers.get(tensor);
    if (producer !== undefined && !NO_VALUES.has(producer.code)) left.push(...producer.inputs);
  }
  return false;
}
