import {
  add,
  addN,
  cast,
  dispose,
  keep,
  mean,
  mul,
  type Scalar,
  stack,
  type Tensor,
  type Tensor1D,
  tidy,
  type Variable,
} from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Batch } from "./dataset.ts";

/**
 * One step of training: forward, loss with regularizers and class weights, gradients, update. The same
 * arithmetic as tfjs's own step, from the public parts of a model; metrics are computed outside of the
 * gradient tape, and everything comes back in one tensor, which is one read instead of one per metric.
 *
 * @returns `[loss, ...metrics]` in the order of `model.metricsNames`; the caller's to dispose.
 * @internal
 */
export function trainStep(model: LayersModel, batch: Batch): Tensor1D {
  let outputs: Tensor[] = [];
  try {
    return tidy(() => {
      const variables = model.trainableWeights.map((weight) => weight.read() as Variable);
      const cost = model.optimizer.minimize(
        () => {
          // Kept beyond the tape for the metrics; disposed below whatever happens.
          outputs = forward(model, batch.inputs, true).map((output) => keep(output));
          const functions = lossFunctions(model);
          const losses = outputs.map((output, i) => {
            const loss = functions[i]!(batch.targets[i]!, output);
            const weights = batch.weights[i];
            return mean(weights === undefined ? loss : mul(loss, weights));
          });
          return [...losses, ...model.calculateLosses()].reduce((sum, loss) => add(sum, loss)) as Scalar;
        },
        true,
        variables,
      );
      return results(model, cost!, batch, outputs);
    });
  } finally {
    dispose(outputs);
  }
}

/**
 * One step of evaluation: as {@link trainStep}, without training.
 *
 * tfjs's own reports the first output's loss as the total where there are several; this sums them.
 *
 * @internal
 */
export function testStep(model: LayersModel, batch: Batch): Tensor1D {
  return tidy(() => {
    const outputs = forward(model, batch.inputs, false);
    const functions = lossFunctions(model);
    const losses = outputs.map((output, i) => mean(functions[i]!(batch.targets[i]!, output)));
    return results(model, addN(losses) as Scalar, batch, outputs);
  });
}

/** A Sequential is compiled in the functional model that it wraps, and copies all but the loss functions from it. */
function lossFunctions(model: LayersModel): LayersModel["lossFunctions"] {
  const { lossFunctions: own, model: wrapped } = model as unknown as Partial<LayersModel> & {
    model?: LayersModel;
  };
  // Its own first: a class of the user's may have a field called `model` that is something else.
  return own ?? (wrapped as LayersModel).lossFunctions;
}

function forward(model: LayersModel, inputs: readonly Tensor[], training: boolean): Tensor[] {
  const given = inputs.length === 1 ? inputs[0]! : [...inputs];
  return [model.call(given, training ? { training } : {})].flat();
}

function results(model: LayersModel, loss: Scalar, batch: Batch, outputs: readonly Tensor[]): Tensor1D {
  const metrics = model.metricsTensors.map(([metric, i]) => mean(metric(batch.targets[i]!, outputs[i]!)));
  return stack([loss, ...metrics].map((value) => cast(value, "float32"))) as Tensor1D;
}
