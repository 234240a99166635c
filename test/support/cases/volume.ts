import * as tf from "@tensorflow/tfjs-core";
import { type CaseInput, constant, fnCase, type OperatorCase } from "../judge.ts";

type Triple = [number, number, number];
type Pad = "valid" | "same";
type Rounding = "floor" | "round" | "ceil";

/** tfjs asks for the rank in the type. */
const volume = (x: tf.Tensor): tf.Tensor5D => x as tf.Tensor5D;
const filter = (shape: readonly number[]): tf.Tensor5D => volume(constant(shape));
const VOLUME: CaseInput = { shape: [null, 5, 6, 7, 2] };
const NEGATIVE: CaseInput = { ...VOLUME, range: [-4, -1] };

interface Window {
  readonly name: string;
  readonly size?: Triple;
  readonly strides?: number | Triple;
  readonly pad?: Pad;
}

const WINDOWS: readonly Window[] = [
  { name: "valid" },
  { name: "same", pad: "same" },
  { name: "one cell", size: [1, 1, 1] },
  { name: "one slice deep, same", size: [1, 3, 2], pad: "same" },
  { name: "one column", size: [3, 1, 1] },
  { name: "even, same", size: [2, 4, 2], pad: "same" },
  { name: "of the volume's size", size: [5, 6, 7] },
  { name: "stride 2, same", strides: 2, pad: "same" },
  { name: "stride 2, even, valid", strides: 2, size: [2, 2, 2] },
  { name: "unequal strides, same", strides: [2, 1, 3], pad: "same" },
  { name: "unequal strides, valid", strides: [1, 3, 2], size: [2, 3, 1] },
];

const CONVOLUTIONS: readonly OperatorCase[] = [
  ...WINDOWS.map(({ name, size = [2, 3, 3], strides = 1, pad = "valid" }) =>
    fnCase(`conv3d: ${name}`, [VOLUME], (x) => tf.conv3d(volume(x), filter([...size, 2, 3]), strides, pad)),
  ),
  ...(["valid", "same"] as const).map((pad) =>
    fnCase(`conv3d: unequal dilations, ${pad}`, [VOLUME], (x) =>
      tf.conv3d(volume(x), filter([2, 2, 2, 2, 3]), 1, pad, "NDHWC", [1, 2, 3]),
    ),
  ),
  fnCase("conv3d: larger than the volume, same", [VOLUME], (x) =>
    tf.conv3d(volume(x), filter([7, 8, 9, 2, 1]), 1, "same"),
  ),
  fnCase("conv3d: the filter is computed", [VOLUME, [2, 2, 2, 2, 3]], (x, f) =>
    tf.conv3d(volume(x), volume(tf.mul(f, 0.5)), 2, "same"),
  ),
  fnCase("conv3d: four dimensions", [[5, 6, 7, 2]], (x) =>
    tf.conv3d(x as tf.Tensor4D, filter([2, 2, 2, 2, 3]), 1, "valid"),
  ),
  fnCase("conv3d: bias and activation", [VOLUME], (x) =>
    tf.relu(tf.add(tf.conv3d(volume(x), filter([2, 2, 2, 2, 3]), 1, "same"), constant([3], 2))),
  ),
];

/** Strides that are larger than the window along some directions: tfjs leaves out cells at both ends of a volume. */
const SPARSE: readonly { readonly size: Triple; readonly strides: Triple }[] = [1, 2, 3].flatMap((extent) =>
  [2, 3, 4, 5].flatMap((stride) => [
    { size: [extent, 2, 3] as Triple, strides: [stride, 1, 2] as Triple },
    { size: [2, extent, 3] as Triple, strides: [2, stride, 1] as Triple },
    { size: [3, 2, extent] as Triple, strides: [1, 2, stride] as Triple },
    { size: [extent, extent, extent] as Triple, strides: [stride, stride, stride] as Triple },
  ]),
);

const SPARSE_WINDOWS: readonly OperatorCase[] = SPARSE.flatMap(({ size, strides }) => {
  const name = `${size.join("x")}, strides ${strides.join(", ")}, same`;
  return [
    fnCase(`conv3d: ${name}`, [VOLUME], (x) =>
      tf.conv3d(volume(x), filter([...size, 2, 3]), strides, "same"),
    ),
    fnCase(`maxPool3d: ${name}`, [NEGATIVE], (x) => tf.maxPool3d(volume(x), size, strides, "same"), 0),
    fnCase(`avgPool3d: ${name}`, [VOLUME], (x) => tf.avgPool3d(volume(x), size, strides, "same")),
  ];
});

/** With every number of cells that the volume lacks to a multiple of the stride. */
const SPARSE_TRANSPOSED: readonly OperatorCase[] = [1, 2].flatMap((extent) =>
  [0, 1, 2, 3].flatMap((gap) =>
    [null, 2].map((batch) =>
      fnCase(
        `conv3dTranspose: ${extent} cells, strides 4, 2 and 1, same, ${gap} cells less, batch ${batch ?? "dynamic"}`,
        [[batch, 3, 2, 3, 2]],
        (x) =>
          tf.conv3dTranspose(
            volume(x),
            filter([extent, 1, 2, 3, 2]),
            [x.shape[0] as number, 12 - gap, 4 - (gap % 2), 3, 3],
            [4, 2, 1],
            "same",
          ),
      ),
    ),
  ),
);

/** By its kernel: no public operation of tfjs pads convolutions of volumes in cells. */
const PADDED_CONVOLUTIONS: readonly OperatorCase[] = [0, 1, 2].map((pad) =>
  fnCase(
    `conv3d: padding of ${pad} cells, stride 2`,
    [VOLUME],
    (x) =>
      tf.engine().runKernel("Conv3D", { x, filter: filter([2, 3, 3, 2, 3]) }, {
        strides: [2, 2, 1],
        pad,
        dilations: [1, 1, 1],
        dataFormat: "NDHWC",
      } as never) as tf.Tensor,
  ),
);

interface Transposed extends Window {
  readonly out: Triple;
  readonly cells?: number;
}

const TRANSPOSED_WINDOWS: readonly Transposed[] = [
  { name: "valid, stride 1", out: [4, 5, 6] },
  { name: "same, stride 1", pad: "same", out: [3, 3, 4] },
  { name: "valid, stride 2", strides: 2, out: [6, 7, 9] },
  { name: "same, stride 2", strides: 2, pad: "same", out: [6, 6, 8] },
  { name: "same, stride 2, odd", strides: 2, pad: "same", out: [5, 5, 7] },
  { name: "stride larger than the filter", strides: 3, size: [2, 2, 2], out: [8, 8, 11] },
  { name: "unequal strides, same", strides: [1, 2, 3], pad: "same", out: [3, 6, 12] },
  { name: "unequal strides, valid", strides: [2, 1, 2], size: [3, 2, 2], out: [7, 4, 8] },
];

const TRANSPOSED: readonly OperatorCase[] = TRANSPOSED_WINDOWS.map(
  ({ name, size = [2, 3, 3], strides = 1, pad = "valid", out }) =>
    fnCase(`conv3dTranspose: ${name}`, [[null, 3, 3, 4, 2]], (x) =>
      tf.conv3dTranspose(volume(x), filter([...size, 3, 2]), [x.shape[0] as number, ...out, 3], strides, pad),
    ),
);

const PADDED_TRANSPOSED: readonly OperatorCase[] = [
  fnCase(
    "conv3dTranspose: padding of 1 cell",
    [[null, 3, 3, 4, 2]],
    (dy) =>
      tf.engine().runKernel("Conv3DBackpropInputV2", { dy, filter: filter([3, 3, 3, 3, 2]) }, {
        strides: [2, 2, 1],
        pad: 1,
        inputShape: [dy.shape[0] as number, 5, 5, 4, 3],
      } as never) as tf.Tensor,
  ),
  fnCase(
    "conv3dTranspose: the filter is computed",
    [
      [2, 3, 3, 4, 2],
      [2, 2, 2, 3, 2],
    ],
    (x, f) => tf.conv3dTranspose(volume(x), volume(tf.mul(f, 2)), [2, 6, 6, 8, 3], 2, "same"),
  ),
];

const POOLS: readonly OperatorCase[] = WINDOWS.flatMap(
  ({ name, size = [2, 3, 3], strides = 1, pad = "valid" }) => [
    fnCase(`maxPool3d: ${name}`, [NEGATIVE], (x) => tf.maxPool3d(volume(x), size, strides, pad), 0),
    fnCase(`avgPool3d: ${name}`, [VOLUME], (x) => tf.avgPool3d(volume(x), size, strides, pad)),
  ],
);

const PADDED_POOLS: readonly OperatorCase[] = (["floor", "round", "ceil"] as readonly Rounding[]).flatMap(
  (rounding) =>
    [0, 1].flatMap((pad) => [
      fnCase(
        `maxPool3d: padding of ${pad} cells, strides 2, 3 and 2, ${rounding}`,
        [NEGATIVE],
        (x) => tf.maxPool3d(volume(x), [3, 3, 3], [2, 3, 2], pad, rounding),
        0,
      ),
      fnCase(`avgPool3d: padding of ${pad} cells, strides 2, 3 and 2, ${rounding}`, [VOLUME], (x) =>
        tf.avgPool3d(volume(x), [3, 3, 3], [2, 3, 2], pad, rounding),
      ),
    ]),
);

const OTHER_POOLS: readonly OperatorCase[] = [
  fnCase(
    "maxPool3d of integers",
    [{ ...VOLUME, dtype: "int32" }],
    (x) => tf.maxPool3d(volume(x), 2, 2, "same"),
    0,
  ),
  fnCase(
    "maxPool3d: four dimensions",
    [[5, 6, 7, 2]],
    (x) => tf.maxPool3d(x as tf.Tensor4D as never, 2, 1, "valid"),
    0,
  ),
];

/** Windows that slide over volumes. */
export const VOLUME_CASES: readonly OperatorCase[] = [
  ...CONVOLUTIONS,
  ...SPARSE_WINDOWS,
  ...SPARSE_TRANSPOSED,
  ...PADDED_CONVOLUTIONS,
  ...TRANSPOSED,
  ...PADDED_TRANSPOSED,
  ...POOLS,
  ...PADDED_POOLS,
  ...OTHER_POOLS,
];
