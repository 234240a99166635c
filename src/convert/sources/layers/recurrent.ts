import { add, cast, expandDims, mul, reverse, sub, type Tensor, transpose } from "@tensorflow/tfjs-core";
import type { LayerLike } from "../../source.ts";
import type { Target } from "../../target.ts";
import { constantsOnce } from "./constants-once.ts";
import { type LayerCall, type LayerForm, tensorsOf } from "./form.ts";
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
 * Up to here a step is repeated rather than looped over. A loop takes some five microseconds to begin with; where a
 * step is repeated XNNPACK packs its weights anew for each copy, which fills the cache. In LiteRT 2.3, one thread:
 *
 * | layer     | steps | unrolled, ms | loop, ms |
 * |-----------|------:|-------------:|---------:|
 * | LSTM(64)  |     8 |        0.024 |    0.036 |
 * | LSTM(64)  |    12 |        0.040 |    0.046 |
 * | LSTM(64)  |   100 |        0.190 |    0.155 |
 * | LSTM(256) |     8 |        0.233 |    0.201 |
 * | LSTM(256) |    12 |        0.540 |    0.295 |
 * | LSTM(256) |    50 |         3.65 |     1.01 |
 */
export const FEW_STEPS = 8;

/**
 * The first runtimes that have what a loop needs (`tools/versioning/runtime_version.cc`): BROADCAST_TO, for the
 * states that it begins with, and DYNAMIC_UPDATE_SLICE, by which it hands out the outputs of all steps.
 */
const FIRST_RUNTIMES = { last: [2, 5], every: [2, 9] } as const;

/** The form of a recurrent layer: the one that is asked for, or the one that suits its steps and the target. */
export function formFor(
  steps: number,
  every: boolean,
  { recurrent, target }: Pick<LayerCall, "recurrent" | "target">,
): "while" | "unrolled" {
  if (recurrent === "while" || recurrent === "unrolled") return recurrent;
  return steps <= FEW_STEPS || lacksLoops(target, every ? "every" : "last") ? "unrolled" : "while";
}

function lacksLoops(target: Target | undefined, wanted: keyof typeof FIRST_RUNTIMES): boolean {
  if (typeof target !== "object") return false;
  const [major, minor] = target.runtime.split(".").map(Number) as [number, number];
  const [firstMajor, firstMinor] = FIRST_RUNTIMES[wanted];
  return major < firstMajor || (major === firstMajor && minor < firstMinor);
}

/** Runs steps in the form that fits. */
export function runSteps(given: Omit<StepsRequest, "fixed">, call: LayerCall): StepsResult {
  const request = { ...given, fixed: call.fixedSizes };
  const steps = request.sequences[0]?.shape[0] ?? 0;
  return constantsOnce(call.recorder, () =>
    formFor(steps, request.every, call) === "unrolled"
      ? unrolledSteps(request)
      : loopedSteps(request, call.recorder),
  );
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

/**
 * A cell with dropout makes masks at its first step, of ones at inference, and keeps them: while it is recorded it
 * has neither.
 */
const WITHOUT_DROPOUT = { dropout: 0, recurrentDropout: 0, dropoutMask: null, recurrentDropoutMask: null };

function withoutDropout<T>(cell: Cell, run: () => T): T {
  const dropping = [cell, ...(cell.cells ?? [])].filter((each) => "dropoutMask" in each);
  const before = dropping.map((each) =>
    Object.fromEntries(Object.keys(WITHOUT_DROPOUT).map((name) => [name, each[name as keyof Cell]])),
  );
  for (const each of dropping) Object.assign(each, WITHOUT_DROPOUT);
  try {
    return run();
  } finally {
    for (const [index, each] of dropping.entries()) Object.assign(each, before[index]);
  }
}
