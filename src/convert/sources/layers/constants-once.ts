import { engine, keep, type NamedTensorMap, Tensor } from "@tensorflow/tfjs-core";
import type { Recorder } from "../../trace/recorder.ts";

type Engine = ReturnType<typeof engine>;
type RunKernel = Engine["runKernel"];

/** They share the memory of their operand: the recorder itself holds constants by such a view. */
const VIEWS: ReadonlySet<string> = new Set(["Reshape", "Identity"]);

/**
 * Runs what is recorded step by step, with kernels on constants alone run once for all steps: a GRU cuts its weights
 * in two in each step, and each cut would be further constants.
 */
export function constantsOnce<T>(recorder: Recorder, run: () => T): T {
  const tfEngine = engine();
  const runKernel = tfEngine.runKernel;
  const hadOwn = Object.hasOwn(tfEngine, "runKernel");
  const known = new Map<string, Tensor | Tensor[]>();
  const numbers = new Map<object, number>();
  const numberOf = (tensor: Tensor): number => {
    const number = numbers.get(tensor.dataId) ?? numbers.size;
    numbers.set(tensor.dataId, number);
    return number;
  };
  tfEngine.runKernel = ((kernel: string, inputs: NamedTensorMap, attributes: unknown) => {
    const operands = Object.values(inputs ?? {}).filter((operand) => operand instanceof Tensor);
    const execute = (): Tensor | Tensor[] =>
      runKernel.call(tfEngine, kernel, inputs, attributes as never) as Tensor | Tensor[];
    const isShared = operands.length > 0 && !operands.some((operand) => recorder.isSymbolic(operand));
    if (!isShared || VIEWS.has(kernel)) return execute();
    const shapes = operands.map((operand) => [numberOf(operand), operand.dtype, ...operand.shape]);
    const key = JSON.stringify([kernel, shapes, attributes]);
    const made = known.get(key) ?? execute();
    if (!known.has(key)) {
      for (const tensor of tensorsOf(made)) keep(tensor);
      known.set(key, made);
    }
    return made;
  }) as RunKernel;
  try {
    return run();
  } finally {
    if (hadOwn) tfEngine.runKernel = runKernel;
    else delete (tfEngine as { runKernel?: RunKernel }).runKernel;
    for (const made of known.values()) for (const tensor of tensorsOf(made)) tensor.dispose();
  }
}

function tensorsOf(made: Tensor | Tensor[]): readonly Tensor[] {
  return Array.isArray(made) ? made : [made];
}
