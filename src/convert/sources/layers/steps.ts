import {
  add,
  concat,
  gather,
  less,
  reshape,
  scalar,
  slice,
  stack,
  type Tensor,
  tidy,
  unstack,
  zeros,
} from "@tensorflow/tfjs-core";
import type { Recorder } from "../../trace/recorder.ts";

/** What one step gives, and the states that the next one starts from. */
export interface Step {
  readonly output: Tensor;
  readonly states: readonly Tensor[];
}

/** Something that is done step by step along the first dimension of tensors. */
export interface StepsRequest {
  /** All with the steps first, of one number. */
  readonly sequences: readonly Tensor[];
  /** What the first step starts from. */
  readonly states: readonly Tensor[];
  /** One step, given a part of each sequence. */
  readonly step: (items: readonly Tensor[], states: readonly Tensor[]) => Step;
  /** Whether the outputs of all steps are wanted, or the last one alone. */
  readonly every: boolean;
  /** Whether the number of steps is the same in every run. */
  readonly fixed: boolean;
}

/** What is left when all steps were done. */
export interface StepsResult {
  /** Of all steps, with the steps first, or of the last one. */
  readonly output: Tensor;
  readonly states: readonly Tensor[];
}

/** One step after the other, each recorded: as many operators as there are steps. */
export function unrolledSteps({ sequences, states, step, every }: StepsRequest): StepsResult {
  const items = sequences.map((sequence) => unstack(sequence));
  const outputs: Tensor[] = [];
  let current = states;
  for (let index = 0; index < (items[0]?.length ?? 0); index++) {
    const made = step(
      items.map((parts) => parts[index] as Tensor),
      current,
    );
    current = made.states;
    outputs.push(made.output);
  }
  return { output: every ? stack(outputs) : (outputs.at(-1) as Tensor), states: current };
}

/**
 * How many steps a turn of a loop does where the outputs of all are wanted. WHILE copies what changes in a turn
 * (`Eval_static` of `while.cc`), which is all outputs: fewer turns, fewer copies. An LSTM(64) over 100 steps takes
 * 0.285 ms with one step a turn and 0.217 with five. More would only repeat the weights, as XNNPACK packs them.
 */
export function stepsPerTurn({ sequences, every, fixed }: StepsRequest): number {
  const steps = sequences[0]?.shape[0] ?? 1;
  if (!every || !fixed) return 1;
  return [5, 4, 3, 2].find((count) => steps % count === 0) ?? 1;
}

/**
 * A loop over the steps, recorded once. Its variables are the number of the step, the states, and what is to be
 * handed out of it: an output that is a state anyway (the one of every recurrent layer of tfjs) is no variable.
 */
export function loopedSteps(request: StepsRequest, recorder: Recorder): StepsResult {
  const { sequences, states, step, every } = request;
  const [first] = sequences as readonly [Tensor];
  const probed = probe(request);
  const handed = every
    ? [zeros([first.shape[0] as number, ...probed.shape], probed.dtype)]
    : probed.state >= 0
      ? []
      : [zeros([...probed.shape], probed.dtype)];
  const count = stepsOf(first, recorder);
  const turn = stepsPerTurn(request);
  const results = recorder.loop({
    variables: [scalar(0, "int32"), ...states, ...handed],
    condition: ([index]) => less(index as Tensor, count),
    body: ([index, ...variables]) => {
      const start = index as Tensor;
      const after = (steps: number): Tensor => (steps === 0 ? start : add(start, scalar(steps, "int32")));
      let current = variables.slice(0, states.length);
      const made = Array.from({ length: turn }, (_, offset) => {
        const at = after(offset);
        const items = sequences.map((sequence) => gather(sequence, at));
        const { output, states: next } = step(items, current);
        current = [...next];
        return output;
      });
      const [outputs] = variables.slice(states.length);
      const last = made.at(-1) as Tensor;
      const next = outputs === undefined ? [] : [every ? written(recorder, outputs, made, start) : last];
      return [after(turn), ...current, ...next];
    },
  });
  const last = results.slice(1, 1 + states.length);
  const output = results[1 + states.length] ?? (last[probed.state] as Tensor);
  return { output, states: last };
}

/** What a step gives, found by running it on zeros: nothing of this is recorded. */
function probe({ sequences, states, step }: StepsRequest): {
  readonly shape: readonly number[];
  readonly dtype: Tensor["dtype"];
  /** Which state the output is; -1 for none. */
  readonly state: number;
} {
  let found: ReturnType<typeof probe> | undefined;
  tidy(() => {
    const made = step(
      sequences.map(({ shape, dtype }) => zeros(shape.slice(1), dtype)),
      states.map(({ shape, dtype }) => zeros(shape, dtype)),
    );
    const { shape, dtype, dataId } = made.output;
    found = { shape, dtype, state: made.states.findIndex((state) => state.dataId === dataId) };
  });
  return found as ReturnType<typeof probe>;
}

/** The number of steps, which may be a size that a run decides. */
function stepsOf(sequence: Tensor, recorder: Recorder): Tensor {
  if (!recorder.isSymbolic(sequence)) return scalar(sequence.shape[0] as number, "int32");
  const spec = { shape: [sequence.rank], dtype: "int32" } as const;
  const [shape] = recorder.emit("DynamicShape", { x: sequence }, {}, [spec]) as readonly [Tensor];
  return reshape(slice(shape, [0], [1]), []);
}

/** The outputs of all steps with those of some steps in their place. */
function written(recorder: Recorder, outputs: Tensor, made: readonly Tensor[], index: Tensor): Tensor {
  const begin = concat([reshape(index, [1]), zeros([outputs.rank - 1], "int32")]);
  const update = stack([...made]);
  const [result] = recorder.emit("DynamicUpdateSlice", { operand: outputs, update, begin }, {}, [
    { shape: outputs.shape, dtype: outputs.dtype },
  ]) as readonly [Tensor];
  return result;
}
