import type { Table } from "./flatbuffer-view.ts";

// Field ids of schema.fbs.
const MODEL = { operatorCodes: 1 } as const;
const CODE = { deprecated: 0, builtin: 3 } as const;
const SUBGRAPH = { inputs: 1, operators: 3 } as const;
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
 * Tells of a tensor, by its index, whether values decide how large it is: WHERE and UNIQUE make it, or a slice
 * between bounds that are computed from values, as the indices of NON_MAX_SUPPRESSION are cut to their number.
 */
export function valueSized(model: Table, subgraph: Table): (tensor: number) => boolean {
  const codes = model
    .tables(MODEL.operatorCodes)
    .map((code) => Math.max(code.uint8(CODE.deprecated), code.uint32(CODE.builtin)));
  const producers = new Map<number, Producer>();
  for (const operator of subgraph.tables(SUBGRAPH.operators)) {
    const code = codes[operator.uint32(OPERATOR.code)] ?? -1;
    const inputs = operator.int32s(OPERATOR.inputs);
    for (const output of operator.int32s(OPERATOR.outputs)) producers.set(output, { code, inputs });
  }
  const given = new Set(subgraph.int32s(SUBGRAPH.inputs));
  return (tensor) => {
    const { code, inputs } = producers.get(tensor) ?? { code: -1, inputs: [] };
    if (code === WHERE || code === UNIQUE) return true;
    // The operands behind the first are where a slice begins and what it takes.
    const isSlice = code === SLICE || code === STRIDED_SLICE;
    return isSlice && readsValues(inputs.slice(1), producers, given);
  };
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
