import { add, cast, expandDims, mul, reverse, sub, type Tensor, transpose } from "@tensorflow/tfjs-core";
import type { LayerLike } from "../../source.ts";
import { type LayerCall, type LayerForm, type RecurrentForm, tensorsOf } from "./form.ts";
import { fitsFused, fusedLstm } from "./fused-lstm.ts";
import { loopedSteps, type Step, type StepsRequest, type StepsResult, unrolledSteps } from "./steps.ts";

/** What is read of a recurrent layer's cell, or of one that stacks cells. */
export interface Cell extends LayerLike {
  readonly stateSize: number | readonly number[];
  readonly cells?: readonly Cell[];
}

/** What is read of a recurrent layer of tfjs-layers. */
export interface RecurrentLayer extends LayerLike {
  readonly cell: Cell;
  readonly returnSequences: boolean;
  readonly returnState: boolean;
  readonly goBackwards: boolean;
  readonly stateful: boolean;
  /** Those of a stateful layer, as its last run left them. */
  readonly states: readonly Tensor[];
  getInitialState(sequence: Tensor): readonly Tensor[];
}

/**
 * Up to here a step is repeated rather than looped over. A loop costs about 1.5 microseconds a turn and some ten to
 * begin with; a step that is repeated has its weights repacked by XNNPACK for each copy, which fills the cache:
 * of an LSTM(256) over 50 steps the loop is 3.7 times as fast, of an LSTM(64) over 100 steps a little faster.
 */
export const FEW_STEPS = 3;

/** The form of a recurrent layer where the application asks for none. */
export function formFor(steps: number, asked: RecurrentForm | undefined): "while" | "unrolled" {
  if (asked === "while" || asked === "unrolled") return asked;
  return steps <= FEW_STEPS ? "unrolled" : "while";
}

/** Runs steps in the form that fits. */
export function runSteps(given: Omit<StepsRequest, "fixed">, call: LayerCall): StepsResult {
  const request = { ...given, fixed: call.fixedSizes };
  const steps = request.sequences[0]?.shape[0] ?? 0;
  return formFor(steps, call.recurrent) === "unrolled"
    ? unrolledSteps(request)
    : loopedSteps(request, call.recorder);
}

/** `RNN.call` and `rnn` of tfjs-layers (`layers/recurrent.ts`), with a loop over the steps. */
export const recurrentForm: LayerForm = (call) => {
  const layer = call.layer as RecurrentLayer;
  const [sequence] = tensorsOf(call.inputs) as readonly [Tensor];
  if (call.recurrent === "fused" && fitsFused(layer, call)) return fusedLstm(layer, sequence, call);
  const initial = initialStates(layer, sequence, call);
  const inTime = (x: Tensor): Tensor => {
    const timeMajor = swapped(x);
    return layer.goBackwards ? reverse(timeMajor, 0) : timeMajor;
  };
  const mask = maskOf(call.kwargs, sequence.rank);
  const { output, states } = withoutDropout(layer.cell, () =>
    runSteps(
      {
        sequences: [inTime(sequence), ...(mask === null ? [] : [inTime(mask)])],
        states: initial,
        every: layer.returnSequences,
        step: ([item, kept], before) => {
          const made = cellStep(layer.cell, item as Tensor, before);
          return kept === undefined ? made : masked(made, before, kept);
        },
      },
      call,
    ),
  );
  call.states.final(layer, states);
  const result = layer.returnSequences ? swapped(output) : output;
  return layer.returnState ? [result, ...states] : result;
};

function initialStates(layer: RecurrentLayer, sequence: Tensor, call: LayerCall): readonly Tensor[] {
  const given = call.kwargs.initialState as readonly Tensor[] | null | undefined;
  const streamed = call.states.initial(layer);
  return given ?? streamed ?? (layer.stateful ? layer.states : layer.getInitialState(sequence));
}

function cellStep(cell: Cell, item: Tensor, states: readonly Tensor[]): Step {
  const [output, ...next] = cell.call([item, ...states], { training: false }) as readonly Tensor[];
  return { output: output as Tensor, states: next };
}

/** Where a step is masked the states stay as they are, and the first of them is the output. */
function masked({ output, states }: Step, before: readonly Tensor[], kept: Tensor): Step {
  const dropped = sub(1, kept);
  const blend = (made: Tensor, old: Tensor): Tensor => add(mul(made, kept), mul(old, dropped));
  const next = states.map((state, index) => blend(state, before[index] as Tensor));
  const isFirst = output.dataId === states[0]?.dataId;
  return { output: isFirst ? (next[0] as Tensor) : blend(output, before[0] as Tensor), states: next };
}

function maskOf(kwargs: LayerCall["kwargs"], rank: number): Tensor | null {
  const given = kwargs.mask as Tensor | readonly Tensor[] | null | undefined;
  const mask = Array.isArray(given)
    ? (given[0] as Tensor | null | undefined)
    : (given as Tensor | null | undefined);
  if (mask == null) return null;
  const numbers = cast(cast(mask, "bool"), "float32");
  return numbers.rank === rank - 1 ? expandDims(numbers, -1) : numbers;
}

/** With its first two dimensions, items and steps, changed for one another. */
export function swapped(x: Tensor): Tensor {
  return transpose(x, [1, 0, ...Array.from({ length: x.rank - 2 }, (_, index) => index + 2)]);
}

/** A cell's fields that decide on dropout: masks of ones, at inference, which it would keep. */
interface Dropout {
  dropout?: number;
  recurrentDropout?: number;
  dropoutMask?: unknown;
  recurrentDropoutMask?: unknown;
}

function withoutDropout<T>(cell: Cell, run: () => T): T {
  const cells = [cell, ...(cell.cells ?? [])] as readonly Dropout[];
  const before = cells.map(({ dropout, recurrentDropout, dropoutMask, recurrentDropoutMask }) => ({
    dropout,
    recurrentDropout,
    dropoutMask,
    recurrentDropoutMask,
  }));
  const has = cells.map((each) => "dropoutMask" in each);
  try {
    for (const [index, each] of cells.entries()) {
      if (has[index])
        Object.assign(each, {
          dropout: 0,
          recurrentDropout: 0,
          dropoutMask: null,
          recurrentDropoutMask: null,
        });
    }
    return run();
  } finally {
    for (const [index, each] of cells.entries()) if (has[index]) Object.assign(each, before[index]);
  }
}
