import type { ConstantStore } from "./constant-store.ts";
import { numbersOfHost } from "./host-numbers.ts";
import { commonValues } from "./repeated-values.ts";
import { type Column, columnOf, sameValue, sameValues } from "./same-values.ts";
import type { ConstantCall, RecordedEntry, RecordedNode, RecordedTensor, Recording } from "./types.ts";

/** True where a constant follows a dynamic size, so that no values of it hold for all sizes. */
export function hasSizedConstants(recordings: readonly Recording[], store: ConstantStore): boolean {
  return sizedConstants(recordings, store).length > 0;
}

/**
 * Makes operations of the calls by which tfjs computed constants that follow a dynamic size: positions of a sequence of
 * any length, a table of sines of them, a mask, a part of a table. What in them does not follow a size stays a constant.
 *
 * A constant that cannot be computed stays what it is, and is refused when the recordings are merged.
 */
export async function computeSizedConstants(
  recordings: readonly Recording[],
  store: ConstantStore,
  signal?: AbortSignal,
): Promise<readonly Recording[]> {
  await store.read(signal);
  await store.read(signal, ingredients(sizedConstants(recordings, store).flat()));
  const computed = rewritten(recordings, () => new Computing(store).replace);
  await store.read(signal);
  return computed;
}

/** The same constant in each recording, for all whose values differ by more than being repeated. */
function sizedConstants(
  recordings: readonly Recording[],
  store: ConstantStore,
): readonly Column<RecordedTensor>[] {
  const found: Column<RecordedTensor>[] = [];
  rewritten(recordings, () => (column) => {
    if (isSized(column, store)) found.push(column);
    return column;
  });
  return found;
}

function isSized(column: Column<RecordedTensor>, store: ConstantStore): boolean {
  const [first] = column;
  if (column.every((other) => other === first)) return false;
  if (column.some(({ constant, dtype }) => constant === undefined || dtype !== first.dtype)) return false;
  return commonValues(column, store.valuesOf) === null;
}

/** The constants that a constant was computed of. */
function ingredients(constants: readonly RecordedTensor[]): ReadonlySet<RecordedTensor> {
  const seen = new Set<RecordedTensor>();
  const visit = (constant: RecordedTensor): void => {
    if (seen.has(constant)) return;
    seen.add(constant);
    Object.values(constant.madeBy?.inputs ?? {}).forEach(visit);
  };
  constants.forEach(visit);
  return seen;
}

/** What takes the place of an operand; operations that compute it are added in front, in each recording. */
type Replace = (column: Column<RecordedTensor>, before: readonly RecordedNode[][]) => Column<RecordedTensor>;

/** Recordings with operands and outputs replaced; as they are where other kernels ran in one than in another. */
function rewritten(recordings: readonly Recording[], replaceIn: () => Replace): readonly Recording[] {
  if (!areAligned(recordings)) return recordings;
  const [first] = recordings as [Recording];
  const replace = replaceIn();
  const nodes = recordings.map((): RecordedNode[] => []);
  const replaced = (pick: (recording: number) => RecordedTensor): Column<RecordedTensor> =>
    replace(columnOf(recordings.map((_, recording) => pick(recording))), nodes);
  for (const index of first.nodes.keys()) {
    const column = recordings.map(({ nodes: all }) => all[index] as RecordedNode);
    const [{ inputs, bodies }] = column as [RecordedNode];
    const operands = Object.keys(inputs).map(
      (name) =>
        [name, replaced((at) => (column[at] as RecordedNode).inputs[name] as RecordedTensor)] as const,
    );
    const parts = Object.keys(bodies ?? {}).map((part) => {
      const all = column.map((node) => node.bodies?.[part] as Recording);
      return [part, rewritten(all, replaceIn)] as const;
    });
    for (const [at, node] of column.entries()) {
      nodes[at]?.push({
        ...node,
        inputs: Object.fromEntries(operands.map(([name, tensors]) => [name, tensors[at] as RecordedTensor])),
        ...(bodies && {
          bodies: Object.fromEntries(parts.map(([part, all]) => [part, all[at] as Recording])),
        }),
      });
    }
  }
  const outputs = first.outputs.map((_, index) =>
    replaced((at) => ((recordings[at] as Recording).outputs[index] as RecordedEntry).tensor),
  );
  return recordings.map((recording, at) => ({
    ...recording,
    nodes: nodes[at] as RecordedNode[],
    outputs: recording.outputs.map((entry, index) => ({
      ...entry,
      tensor: outputs[index]?.[at] as RecordedTensor,
    })),
  }));
}

function areAligned(recordings: readonly Recording[]): boolean {
  const texts = recordings.map(({ nodes, outputs }) =>
    [...nodes.map(({ kernel, inputs }) => `${kernel}(${Object.keys(inputs)})`), outputs.length].join(),
  );
  return texts.every((text) => text === texts[0]);
}

/** Computes constants in the recordings of one scope. */
class Computing {
  readonly #store: ConstantStore;
  readonly #varying = new Map<object, boolean>();
  /** What operations make, by the first recording's call or constant. */
  readonly #computed = new Map<object, readonly Column<RecordedTensor>[]>();

  constructor(store: ConstantStore) {
    this.#store = store;
  }

  readonly replace: Replace = (column, before) =>
    isSized(column, this.#store) ? this.#compute(column, before) : column;

  #compute: Replace = (column, before) => {
    const [{ madeBy, result = 0 }] = column;
    const key = madeBy ?? column[0];
    let results = this.#computed.get(key);
    if (results === undefined) {
      results = (isOneCall(column) ? this.#ofCall(column, before) : null) ?? [this.#ofHost(column, before)];
      this.#computed.set(key, results);
    }
    return (results.length === 1 ? results[0] : results[result]) as Column<RecordedTensor>;
  };

  /** The results of a call that is the same in all recordings, as an operation. */
  #ofCall(
    column: Column<RecordedTensor>,
    before: readonly RecordedNode[][],
  ): readonly Column<RecordedTensor>[] {
    const calls = column.map(({ madeBy }) => madeBy as ConstantCall);
    const operands = inputColumns(column).map(
      ([name, constants]) =>
        [name, this.#varies(constants) ? this.#compute(constants, before) : this.#fixed(constants)] as const,
    );
    const made = calls.map(({ outputs }) =>
      outputs.map(({ shape, dtype }): RecordedTensor => ({ shape, dtype })),
    );
    for (const [at, { kernel, attributes, layer }] of calls.entries()) {
      const inputs = operands.map(([name, tensors]) => [name, tensors[at] as RecordedTensor]);
      const outputs = made[at] as RecordedTensor[];
      before[at]?.push({ kernel, layer, attributes, outputs, inputs: Object.fromEntries(inputs) });
    }
    return (made[0] as RecordedTensor[]).map((_, index) =>
      columnOf(made.map((outputs) => outputs[index] as RecordedTensor)),
    );
  }

  /** Numbers that JavaScript computed; what is no numbers of sizes stays a constant. */
  #ofHost(column: Column<RecordedTensor>, before: readonly RecordedNode[][]): Column<RecordedTensor> {
    const constants = this.#withValues(column);
    if (commonValues(constants, this.#store.valuesOf) !== null) return constants;
    const calls = numbersOfHost(constants, this.#store.valuesOf);
    if (calls === null) return constants;
    const results = calls.map((steps, at) => {
      let last: RecordedTensor | undefined;
      for (const { kernel, attributes, output } of steps) {
        const inputs: Readonly<Record<string, RecordedTensor>> = last === undefined ? {} : { x: last };
        last = { shape: output, dtype: column[0].dtype };
        before[at]?.push({ kernel, attributes, inputs, outputs: [last], layer: "" });
      }
      return last as RecordedTensor;
    });
    return columnOf(results);
  }

  /** Whether a constant follows a size, told by how it was computed: it need not have values. */
  #varies(column: Column<RecordedTensor>): boolean {
    const [first] = column;
    if (column.every((other) => other === first)) return false;
    const key = first.madeBy?.outputs[first.result ?? 0] ?? first;
    let varies = this.#varying.get(key);
    if (varies === undefined) {
      varies =
        column.some(({ shape }) => !sameValue(shape, first.shape)) ||
        (isOneCall(column)
          ? column.some(({ madeBy }) => !sameValue(madeBy?.attributes, first.madeBy?.attributes)) ||
            inputColumns(column).some(([, inputs]) => this.#varies(inputs))
          : this.#differs(this.#withValues(column)));
      this.#varying.set(key, varies);
    }
    return varies;
  }

  #differs(column: Column<RecordedTensor>): boolean {
    const [first, ...others] = columnOf(column.map(this.#store.valuesOf));
    return others.some((other) => !sameValues(first, other));
  }

  /** A constant that is the same in all recordings, with its values. */
  #fixed(column: Column<RecordedTensor>): Column<RecordedTensor> {
    const one = this.#store.computed(column[0]);
    return columnOf(column.map(() => one));
  }

  #withValues(column: Column<RecordedTensor>): Column<RecordedTensor> {
    return columnOf(
      column.map((constant) => (constant.constant === undefined ? this.#store.computed(constant) : constant)),
    );
  }
}

/** True of a constant that the same kernel made in all recordings. */
function isOneCall(column: Column<RecordedTensor>): boolean {
  const texts = column.map(({ madeBy, result }) =>
    madeBy === undefined ? null : `${madeBy.kernel}(${Object.keys(madeBy.inputs)})${result}`,
  );
  return texts[0] !== null && texts.every((text) => text === texts[0]);
}

function inputColumns(
  column: Column<RecordedTensor>,
): readonly (readonly [string, Column<RecordedTensor>])[] {
  return Object.keys(column[0].madeBy?.inputs ?? {}).map((name) => [
    name,
    columnOf(column.map(({ madeBy }) => madeBy?.inputs[name] as RecordedTensor)),
  ]);
}
