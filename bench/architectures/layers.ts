import { layers, type SymbolicTensor } from "@tensorflow/tfjs-layers";

/** A layer behind a tensor or several. */
export function apply(
  layer: { apply(x: SymbolicTensor | SymbolicTensor[]): unknown },
  x: SymbolicTensor | SymbolicTensor[],
): SymbolicTensor {
  return layer.apply(x) as SymbolicTensor;
}

/** Initializers would take longer than all that is measured; the values come later. */
export const UNSET = { kernelInitializer: "zeros", depthwiseInitializer: "zeros" } as const;

/** A batch normalization over the last axis. */
export function normalized(x: SymbolicTensor, options: { readonly scale?: boolean } = {}): SymbolicTensor {
  return apply(layers.batchNormalization({ epsilon: 1e-3, ...options }), x);
}

/** An activation as a layer of its own. */
export function activated(x: SymbolicTensor, activation: "relu" | "sigmoid" = "relu"): SymbolicTensor {
  return apply(layers.activation({ activation }), x);
}

/** Side by side along the channels. */
export function concatenated(...branches: SymbolicTensor[]): SymbolicTensor {
  return apply(layers.concatenate({ axis: -1 }), branches);
}
