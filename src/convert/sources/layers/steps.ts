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
  const results = recorder.loop({
    variables: [scalar(0, "int32"), ...states, ...handed],
    condition: ([index]) => less(index as Tensor, count),
    body: ([index, ...variables]) => {
      const at = index as Tensor;
      const made = step(
        sequences.map((sequence) => gather(sequence, at)),
        variables.slice(0, states.length),
      );
      const [outputs] = variables.slice(states.length);
      const next =
        outputs === undefined ? [] : [every ? written(recorder, outputs, made.output, at) : made.output];
      return [add(at, scalar(1, "int32")), ...made.states, ...next];
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

/** The outputs of all steps with that of one step in its place. */
function written(recorder: Recorder, outputs: Tensor, output: Tensor, index: Tensor): Tensor {
  const begin = concat([reshape(index, [1]), zeros([output.rank], "int32")]);
  const update = reshape(output, [1, ...output.shape]);
  const [result] = recorder.emit("DynamicUpdateSlice", { operand: outputs, update, begin }, {}, [
    { shape: outputs.shape, dtype: outputs.dtype },
  ]) as readonly [Tensor];
  return result;
}
