import * as tf from "@tensorflow/tfjs-core";
import {
  initializers,
  input,
  type LayersModel,
  layers,
  model,
  type RNN,
  type SymbolicTensor,
  sequential,
} from "@tensorflow/tfjs-layers";
import { type CaseInput, modelCase, type OperatorCase } from "../judge.ts";

type Layer = ReturnType<typeof layers.dense>;
type Sizes = readonly number[];

/** tfjs's default, "orthogonal", needs chained operations. */
export const INITIAL = { recurrentInitializer: "glorotUniform" } as const;

/** A model of several layers, from its inputs. */
function functionalCase(
  name: string,
  shapes: readonly Sizes[],
  outputs: (...inputs: SymbolicTensor[]) => unknown,
  given: Partial<CaseInput> = {},
): OperatorCase {
  return modelCase(
    `layer ${name}`,
    (): LayersModel => {
      const inputs = shapes.map((shape) => input({ shape: [...shape] }));
      return model({ inputs, outputs: outputs(...inputs) as SymbolicTensor });
    },
    shapes.map((shape) => ({ ...given, shape: [null, ...shape] })),
  );
}

const apply = (layer: unknown, inputs: unknown): SymbolicTensor =>
  (layer as Layer).apply(inputs as SymbolicTensor) as SymbolicTensor;

/** A recurrent layer on sequences. */
const sequenceCase = (name: string, layer: () => unknown, shape: Sizes = [9, 5]): OperatorCase =>
  functionalCase(name, [shape], (x) => apply(layer(), x));

const KINDS = {
  simpleRNN: (options: object) => layers.simpleRNN({ units: 4, ...INITIAL, ...options } as never),
  gru: (options: object) => layers.gru({ units: 4, ...INITIAL, ...options } as never),
  lstm: (options: object) => layers.lstm({ units: 4, ...INITIAL, ...options } as never),
} as const;

const OPTIONS: Readonly<Record<string, object>> = {
  plain: {},
  "all steps": { returnSequences: true },
  "with its states": { returnState: true },
  "all steps and its states, backwards": { returnSequences: true, returnState: true, goBackwards: true },
  "without a bias": { useBias: false, goBackwards: true },
  "other activations": { activation: "relu", recurrentActivation: "sigmoid" },
  "linear, with dropout": { activation: "linear", dropout: 0.4, recurrentDropout: 0.3 },
  "one unit": { units: 1 },
};

const PLAIN: readonly OperatorCase[] = Object.entries(KINDS).flatMap(([kind, make]) =>
  Object.entries(OPTIONS).map(([name, options]) => sequenceCase(`${kind}, ${name}`, () => make(options))),
);

const LENGTHS: readonly OperatorCase[] = [1, 2, 8, 10, 13, 16].flatMap((steps) => [
  sequenceCase(`lstm, ${steps} steps`, () => KINDS.lstm({}), [steps, 3]),
  sequenceCase(`gru, outputs of ${steps} steps`, () => KINDS.gru({ returnSequences: true }), [steps, 3]),
]);

const cell = {
  simple: () => layers.simpleRNNCell({ units: 4, ...INITIAL }),
  gru: () => layers.gruCell({ units: 3, ...INITIAL } as never),
  lstm: () => layers.lstmCell({ units: 4, ...INITIAL } as never),
};

/** A cell of a user's own, whose output is none of its states. */
class LeakyCell extends layers.Layer {
  static readonly className = "LeakyCell";
  readonly stateSize = 3;
  #kernel: ReturnType<Layer["addWeight"]> | undefined;

  override build(shape: (number | null)[]): void {
    this.#kernel = this.addWeight(
      "kernel",
      [shape.at(-1) as number, 3],
      "float32",
      initializers.glorotUniform({}),
    );
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
    const [x, state] = inputs as [tf.Tensor2D, tf.Tensor2D];
    const kernel = this.#kernel?.read() as tf.Tensor2D;
    const next = tf.add(tf.mul(state, 0.5), tf.matMul(x, kernel));
    return [tf.tanh(next), next];
  }
}

const CELLS: readonly OperatorCase[] = [
  sequenceCase("rnn of a simpleRNNCell", () => layers.rnn({ cell: cell.simple() as never })),
  sequenceCase("rnn of a gruCell", () => layers.rnn({ cell: cell.gru() as never, returnSequences: true })),
  sequenceCase("rnn of an lstmCell", () => layers.rnn({ cell: cell.lstm() as never, returnState: true })),
  sequenceCase("rnn of stacked cells", () =>
    layers.rnn({ cell: [cell.lstm(), cell.gru(), cell.simple()] as never }),
  ),
  sequenceCase("rnn of stackedRNNCells, all steps", () =>
    layers.rnn({
      cell: layers.stackedRNNCells({ cells: [cell.gru(), cell.lstm()] as never }),
      returnSequences: true,
    }),
  ),
  sequenceCase("rnn of a cell of a user's own", () => layers.rnn({ cell: new LeakyCell() as never })),
  sequenceCase("rnn of a cell of a user's own, all steps", () =>
    layers.rnn({ cell: new LeakyCell() as never, returnSequences: true, returnState: true }),
  ),
];

const image = (options: object): unknown =>
  layers.convLstm2d({ filters: 2, kernelSize: 3, ...INITIAL, ...options } as never);

const CONVOLUTIONAL: readonly OperatorCase[] = [
  sequenceCase("convLstm2d", () => image({}), [9, 5, 6, 2]),
  sequenceCase(
    "convLstm2d, same, all steps",
    () => image({ padding: "same", returnSequences: true }),
    [10, 4, 5, 2],
  ),
  sequenceCase(
    "convLstm2d, stride 2, with its states",
    () => image({ strides: 2, returnState: true }),
    [9, 7, 7, 1],
  ),
  sequenceCase(
    "convLstm2d, dilation 2, without a bias",
    () => image({ dilationRate: 2, useBias: false }),
    [9, 7, 7, 1],
  ),
  sequenceCase(
    "rnn of a convLstm2dCell through convLstm2d, backwards",
    () => image({ goBackwards: true, kernelSize: [2, 3] }),
    [3, 4, 5, 2],
  ),
];

const MODES = ["concat", "sum", "mul", "ave"] as const;

const BIDIRECTIONAL: readonly OperatorCase[] = [
  ...MODES.map((mergeMode) =>
    sequenceCase(`bidirectional, ${mergeMode}`, () =>
      layers.bidirectional({ layer: KINDS.lstm({}) as RNN, mergeMode }),
    ),
  ),
  ...MODES.map((mergeMode) =>
    sequenceCase(`bidirectional, all steps, ${mergeMode}`, () =>
      layers.bidirectional({ layer: KINDS.gru({ returnSequences: true }) as RNN, mergeMode }),
    ),
  ),
  functionalCase("bidirectional, one output for each direction", [[9, 5]], (x) =>
    apply(
      layers.bidirectional({
        layer: KINDS.simpleRNN({ returnSequences: true }) as RNN,
        mergeMode: null as never,
      }),
      x,
    ),
  ),
];

/** Sequences whose ends are zeros. */
const PADDED: Partial<CaseInput> = {
  values: [0.5, -1, 0, 0, 0.25, 2, 0, 0, 0, 0, 0, 0, -0.75, 1, 0.5, 0, 0, 0, 0, 0, 0, 0],
};

const MASKED: readonly OperatorCase[] = [
  ...(["simpleRNN", "gru", "lstm"] as const).map((kind) =>
    functionalCase(
      `masking before ${kind}`,
      [[11, 2]],
      (x) => apply(KINDS[kind]({}), apply(layers.masking({ maskValue: 0 }), x)),
      PADDED,
    ),
  ),
  functionalCase(
    "masking before an lstm, all steps and its states, backwards",
    [[11, 2]],
    (x) =>
      apply(
        KINDS.lstm({ returnSequences: true, goBackwards: true }),
        apply(layers.masking({ maskValue: 0 }), x),
      ),
    PADDED,
  ),
  functionalCase(
    "masking before two recurrent layers",
    [[11, 2]],
    (x) => apply(KINDS.gru({}), apply(KINDS.lstm({ returnSequences: true }), apply(layers.masking({}), x))),
    PADDED,
  ),
  functionalCase(
    "masking before a bidirectional layer",
    [[11, 2]],
    (x) =>
      apply(
        layers.bidirectional({ layer: KINDS.lstm({}) as RNN, mergeMode: "concat" }),
        apply(layers.masking({}), x),
      ),
    PADDED,
  ),
  functionalCase(
    "masking before a cell of a user's own",
    [[11, 2]],
    (x) => apply(layers.rnn({ cell: new LeakyCell() as never }), apply(layers.masking({}), x)),
    PADDED,
  ),
  functionalCase(
    "embedding with a mask before a gru",
    [[11]],
    (x) => apply(KINDS.gru({}), apply(layers.embedding({ inputDim: 5, outputDim: 3, maskZero: true }), x)),
    { values: [1, 4, 2, 0, 0, 3, 0, 1] },
  ),
];

const STATES: readonly OperatorCase[] = [
  functionalCase("lstm from given states", [[9, 5], [4], [4]], (x, h, c) =>
    apply(KINDS.lstm({ returnSequences: true }), [x, h, c]),
  ),
  functionalCase(
    "encoder and decoder",
    [
      [9, 5],
      [10, 3],
    ],
    (x, y) => {
      const [, h, c] = apply(KINDS.lstm({ returnState: true }), x) as unknown as SymbolicTensor[];
      return apply(KINDS.lstm({ returnSequences: true }), [y, h, c]);
    },
  ),
  functionalCase("bidirectional from given states", [[9, 5], [4], [4]], (x, forwards, backwards) =>
    apply(layers.bidirectional({ layer: KINDS.gru({}) as RNN, mergeMode: "sum" }), [x, forwards, backwards]),
  ),
  functionalCase(
    "one lstm for two inputs",
    [
      [9, 5],
      [9, 5],
    ],
    (x, y) => {
      const shared = KINDS.lstm({});
      return apply(layers.add(), [apply(shared, x), apply(shared, y)]);
    },
  ),
];

/** A layer of a user's own: it takes the largest of a batch into account, so that items are not alone. */
class AboveLargest extends layers.Layer {
  static readonly className = "AboveLargest";
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs;
    return tf.sub(x, tf.max(x, 0, true));
  }
}

const timeDistributed = (layer: unknown): unknown => layers.timeDistributed({ layer: layer as Layer });

const DISTRIBUTED: readonly OperatorCase[] = [
  sequenceCase("timeDistributed dense", () =>
    timeDistributed(layers.dense({ units: 4, activation: "relu" })),
  ),
  sequenceCase(
    "timeDistributed conv2d",
    () => timeDistributed(layers.conv2d({ filters: 3, kernelSize: 3 })),
    [4, 5, 6, 2],
  ),
  sequenceCase("timeDistributed flatten", () => timeDistributed(layers.flatten()), [4, 3, 2]),
  sequenceCase(
    "timeDistributed batchNormalization",
    () => timeDistributed(layers.batchNormalization()),
    [4, 3, 2],
  ),
  sequenceCase("timeDistributed lstm", () => timeDistributed(KINDS.lstm({})), [3, 9, 2]),
  sequenceCase("timeDistributed model", () => {
    const inner = sequential();
    inner.add(layers.dense({ units: 3, inputShape: [5], activation: "tanh" }));
    inner.add(layers.dense({ units: 2 }));
    return timeDistributed(inner);
  }, [4, 5]),
  sequenceCase("timeDistributed layer of a user's own", () => timeDistributed(new AboveLargest()), [12, 3]),
  functionalCase(
    "masking before timeDistributed",
    [[11, 2]],
    (x) =>
      apply(KINDS.gru({}), apply(timeDistributed(layers.dense({ units: 3 })), apply(layers.masking({}), x))),
    PADDED,
  ),
];

/** Recurrent layers, and what else goes step by step. */
export const RECURRENT_CASES: readonly OperatorCase[] = [
  ...PLAIN,
  ...LENGTHS,
  ...CELLS,
  ...CONVOLUTIONAL,
  ...BIDIRECTIONAL,
  ...MASKED,
  ...STATES,
  ...DISTRIBUTED,
];
