import type { LayersModel } from "@tensorflow/tfjs-layers";

/**
 * The names of a model's loss and metrics, in tfjs's order, with `accuracy` for tfjs's `acc`.
 *
 * @internal
 */
export function metricNames(model: LayersModel): string[] {
  const renamed = model.metricsNames.map((name) => keepName(name, model.outputNames));
  // Two outputs of one layer give the same name twice; tfjs numbers the later ones.
  return renamed.map((name, i) => {
    if (renamed.indexOf(name) === renamed.lastIndexOf(name)) return name;
    return `${name}_${renamed.slice(0, i).filter((other) => other === name).length}`;
  });
}

function keepName(name: string, outputs: readonly string[]): string {
  const isAccuracy = name === "acc" || outputs.some((output) => name === `${output}_acc`);
  return isAccuracy ? displayName(name) : name;
}

/**
 * `accuracy` for tfjs's `acc`, with whatever stands before it: `val_acc` becomes `val_accuracy`.
 *
 * @internal
 */
export function displayName(name: string): string {
  return name.replace(/(^|_)acc$/, "$1accuracy");
}
