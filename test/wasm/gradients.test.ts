import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { expectClose, onBoth, random } from "./both-backends.ts";

const TOLERANCE = 1e-4;

/** The sum of squares makes every output's gradient different. */
const gradients = (fn: (...tensors: tf.Tensor[]) => tf.Tensor, tensors: tf.Tensor[]): tf.Tensor[] =>
  tf.grads((...args: tf.Tensor[]) => tf.sum(tf.square(fn(...args))))(tensors);

const convolution = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  size: fc.tuple(fc.integer({ min: 5, max: 11 }), fc.integer({ min: 5, max: 11 })),
  kernel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
  strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  channels: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
  pad: fc.constantFrom("same" as const, "valid" as const),
});

test("conv2d: strides, same / valid, odd / even and non-square kernels, non-square images", async () => {
  await fc.assert(
    fc.asyncProperty(convolution, async ({ batch, size, kernel, strides, channels, pad }) => {
      const { cpu, wasm } = await onBoth(() =>
        gradients(
          (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad),
          [random([batch, ...size, channels[0]], 1), random([...kernel, ...channels], 2)],
        ),
      );
      expectClose(wasm, cpu, TOLERANCE);
    }),
    { numRuns: 80, seed: 1 },
  );
});

test("forward, plain and fused: a stride longer than the filter, which the backend gets wrong", async () => {
  const { cpu, wasm } = await onBoth(() =>
    [1, 2, 3].flatMap((size) =>
      [3, 4].flatMap((stride) => {
        const x = random([2, 8, 7, 2], 1) as tf.Tensor4D;
        const filter = random([size, 2, 2, 2], 2) as tf.Tensor4D;
        const fused = { x, filter, strides: stride, pad: "same" as const, bias: tf.ones([2]) };
        return [
          tf.conv2d(x, filter, stride, "same"),
          tf.depthwiseConv2d(x, filter, stride, "same"),
          tf.fused.conv2d({ ...fused, activation: "relu" }),
          tf.fused.depthwiseConv2d({ ...fused, bias: tf.ones([4]) }),
          tf.maxPool(x, [size, 2], stride, "same"),
          tf.avgPool(x, [size, 2], stride, "same"),
        ];
      }),
    ),
  );
  expectClose(wasm, cpu, TOLERANCE);
});

test("conv2d with explicit padding, smaller and larger than the kernel", async () => {
  for (const [before, after] of [
    [0, 2],
    [3, 1],
    [4, 4],
  ] as const) {
    const pad = [
      [0, 0],
      [before, after],
      [after, before],
      [0, 0],
    ] as tf.backend_util.ExplicitPadding;
    const { cpu, wasm } = await onBoth(() =>
      gradients(
        (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, [2, 1], pad),
        [random([2, 7, 6, 3], 1), random([3, 2, 3, 4], 2)],
      ),
    );
    expectClose(wasm, cpu, TOLERANCE);
  }
});

test("conv2dTranspose: its own gradients are a convolution's", async () => {
  for (const [stride, pad] of [
    [1, "valid"],
    [2, "same"],
    [3, "valid"],
  ] as const) {
    const out = pad === "same" ? [10, 8] : [4 * stride + 3, 3 * stride + 3];
    const { cpu, wasm } = await onBoth(() =>
      gradients(
        (x, w) =>
          tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, [2, out[0]!, out[1]!, 3], stride, pad),
        [random([2, 5, 4, 4], 1), random([3, 3, 3, 4], 2)],
      ),
    );
    expectClose(wasm, cpu, TOLERANCE);
  }
});

test("depthwiseConv2d with a multiplier, likewise", async () => {
  await fc.assert(
    fc.asyncProperty(convolution, async ({ batch, size, kernel, strides, channels, pad }) => {
      const [stride] = strides;
      const { cpu, wasm } = await onBoth(() =>
        gradients(
          (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad),
          [random([batch, ...size, channels[0]], 1), random([...kernel, ...channels], 2)],
        ),
      );
      expectClose(wasm, cpu, TOLERANCE);
    }),
    { numRuns: 60, seed: 2 },
  );
});

test("dilation: the depthwise kernels, against differences of the function itself", async () => {
  // tfjs refuses dilated gradients before it reaches a kernel, and the cpu kernels leave dilation out.
  const attrs = { strides: [1, 1], dilations: [2, 3], pad: "same", dimRoundingMode: undefined };
  const [xShape, filterShape] = [
    [1, 8, 9, 2],
    [3, 2, 2, 2],
  ] as const;
  const { wasm } = await onBoth(() => {
    if (tf.getBackend() === "cpu") return [];
    const [x, w] = [random([...xShape], 1), random([...filterShape], 2)];
    const dy = tf.mul(2, tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same", "NHWC", [2, 3]));
    const run = (kernel: string, inputs: tf.NamedTensorMap, more: object) =>
      tf.engine().runKernel(kernel, inputs, { ...attrs, ...more } as object as tf.NamedAttrMap) as tf.Tensor;
    const dx = run(tf.DepthwiseConv2dNativeBackpropInput, { dy, filter: w }, { inputShape: [...xShape] });
    const dw = run(tf.DepthwiseConv2dNativeBackpropFilter, { x, dy }, { filterShape: [...filterShape] });
    return [dx, dw, x, w];
  });
  const [dx, dw, x, w] = wasm as [number[], number[], number[], number[]];
  await tf.setBackend("cpu");
  const loss = (xs: number[], ws: number[]) =>
    tf.tidy(() => {
      const y = tf.depthwiseConv2d(
        tf.tensor4d(xs, [...xShape]),
        tf.tensor4d(ws, [...filterShape]),
        1,
        "same",
        "NHWC",
        [2, 3],
      );
      // In float64, as differences of float32 sums say little.
      return [...y.dataSync()].reduce((sum, v) => sum + v * v, 0);
    });
  const shifted = (values: number[], at: number, by: number) => values.map((v, i) => (i === at ? v + by : v));
  for (const at of [0, 17, 40, 143]) {
    const slope = (loss(shifted(x, at, 0.01), w) - loss(shifted(x, at, -0.01), w)) / 0.02;
    expect(dx[at]).toBeCloseTo(slope, 2);
  }
  for (const at of [0, 5, 13, 23]) {
    const slope = (loss(x, shifted(w, at, 0.01)) - loss(x, shifted(w, at, -0.01))) / 0.02;
    expect(dw[at]! / slope).toBeCloseTo(1, 3);
  }
});

test("matMul with and without transposes, of one and of many matrices", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        batch: fc.constantFrom([], [1], [3], [2, 2]),
        sizes: fc.tuple(
          fc.integer({ min: 1, max: 9 }),
          fc.integer({ min: 1, max: 9 }),
          fc.integer({ min: 1, max: 9 }),
        ),
        transposeA: fc.boolean(),
        transposeB: fc.boolean(),
      }),
      async ({ batch, sizes: [m, k, n], transposeA, transposeB }) => {
        const a = transposeA ? [...batch, k, m] : [...batch, m, k];
        const b = transposeB ? [...batch, n, k] : [...batch, k, n];
        const { cpu, wasm } = await onBoth(() => [
          tf.matMul(random(a, 1), random(b, 2), transposeA, transposeB),
          ...gradients((x, y) => tf.matMul(x, y, transposeA, transposeB), [random(a, 1), random(b, 2)]),
        ]);
        expectClose(wasm, cpu, TOLERANCE);
      },
    ),
    { numRuns: 60, seed: 3 },
  );
});

test("fused matMul with transposes, bias and activation", async () => {
  const { cpu, wasm } = await onBoth(() =>
    [false, true].flatMap((transposeA) =>
      [false, true].map((transposeB) =>
        tf.fused.matMul({
          a: random(transposeA ? [5, 4] : [4, 5], 1) as tf.Tensor2D,
          b: random(transposeB ? [3, 5] : [5, 3], 2) as tf.Tensor2D,
          transposeA,
          transposeB,
          bias: random([3], 3),
          activation: "relu",
        }),
      ),
    ),
  );
  expectClose(wasm, cpu, TOLERANCE);
});

test("gather: rows used twice or never, other axes", async () => {
  const { cpu, wasm } = await onBoth(() => {
    const indices = tf.tensor2d(
      [
        [0, 1, 1],
        [6, 6, 0],
      ],
      [2, 3],
      "int32",
    );
    return [
      ...gradients((x) => tf.gather(x, indices), [random([7, 3], 1)]),
      ...gradients((x) => tf.gather(x, tf.tensor1d([0, 1, 1], "int32"), 1), [random([4, 5, 2], 1)]),
      tf.unsortedSegmentSum(tf.tensor1d([1, 2, 3]), tf.tensor1d([2, 0, 2], "int32"), 4),
    ];
  });
  expectClose(wasm, cpu, TOLERANCE);
});

test("tile: whole, in part, of other types", async () => {
  const { cpu, wasm } = await onBoth(() => [
    tf.tile(random([1, 1, 5], 1), [3, 2, 1]),
    tf.tile(random([5], 1), [4]),
    tf.tile(random([1, 5], 1), [3, 2]),
    tf.tile(random([2, 1, 5], 1), [1, 3, 1]),
    tf.tile(random([2, 5], 1), [1, 1]),
    tf.tile(random([1], 1), [6]),
    tf.tile(tf.tensor2d([1, 2, 3], [1, 3], "int32"), [2, 1]),
  ]);
  expect(wasm).toEqual(cpu);
});
