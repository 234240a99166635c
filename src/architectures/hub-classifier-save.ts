import { io } from "@tensorflow/tfjs-core";
import { checkOptions, describe, didYouMean } from "../options.ts";
import { artifactsOf } from "./feature-vector-base.ts";
import { FORMAT, named, type SavedClassifier, VERSION } from "./hub-classifier-format.ts";
import type { HubClassifier } from "./hub-classifier-model.ts";
import { type CompileOptions, invalid } from "./options.ts";

/** What {@link HubClassifier.save} writes of the pretrained model: all of it, or where it is. */
export type SavedBase = "whole" | "reference";

/** Options of {@link HubClassifier.save}. */
export interface SaveClassifierOptions {
  /** Default `"whole"`. */
  readonly base?: SavedBase;
}

/**
 * Writes a classifier.
 *
 * @internal
 */
export async function saveClassifier(
  classifier: HubClassifier,
  target: string | io.IOHandler,
  options: SaveClassifierOptions,
): Promise<io.SaveResult> {
  const where = "HubClassifier.save";
  checkOptions(options, ["base"], where);
  const { base: kept = "whole" } = options;
  if (kept !== "whole" && kept !== "reference") {
    throw invalid(where, `unknown base ${describe(kept)}${didYouMean(String(kept), ["whole", "reference"])}`);
  }
  const { featureVector } = classifier;
  if (kept === "reference" && classifier.wasUnfrozen) {
    throw invalid(
      where,
      'layers of the feature vector were unfrozen and may have changed: save with base "whole"',
    );
  }
  const handler = handlerOf(target, where);
  const head = await artifactsOf((to) => classifier.head.save(to));
  const base = kept === "whole" ? await featureVector.base.artifacts() : undefined;
  const bytes = [head, base].map((part) => io.CompositeArrayBuffer.join(part?.weightData ?? []));
  const { weightData: _, weightSpecs = [], ...rest } = base ?? {};
  const topology: SavedClassifier = {
    ...describeClassifier(classifier),
    head: { weights: head.weightSpecs!.length, bytes: bytes[0]!.byteLength },
    ...(base && { base: rest }),
  };
  return handler.save!({
    format: FORMAT,
    generatedBy: "tflite-forge",
    convertedBy: null,
    modelTopology: topology,
    weightSpecs: [
      ...named("head", head.weightSpecs!),
      // The same names as in the model are two in one file: each has its part before it.
      ...named("base", weightSpecs),
    ],
    weightData: io.CompositeArrayBuffer.join(bytes),
  });
}

function describeClassifier(
  classifier: HubClassifier,
): Pick<SavedClassifier, "format" | "version" | "classifier" | "featureVector"> {
  const { featureVector, parts } = classifier;
  const { name, classes, activation, compile } = parts.checked;
  const { url, fromTFHub, pooling, range, inputShape } = featureVector.recipe;
  return {
    format: FORMAT,
    version: VERSION,
    classifier: {
      name,
      classes,
      activation,
      hidden: parts.hidden,
      dropout: parts.dropout,
      ...(isPlain(compile) && { compile }),
      unfrozenLayers: classifier.unfrozenLayers,
    },
    featureVector: {
      kind: featureVector.kind,
      output: featureVector.output,
      units: featureVector.units,
      inputShape,
      range,
      ...(pooling && { pooling }),
      ...(url !== undefined && !classifier.wasUnfrozen && { url }),
      ...(fromTFHub !== undefined && { fromTFHub }),
    },
  };
}

/** Whether it is the same after JSON: names and numbers, no functions. */
function isPlain(compile: CompileOptions | false): boolean {
  if (compile === false) return true;
  const { optimizer, loss, metrics = [] } = compile;
  return [optimizer, loss, ...metrics].every((value) => value === undefined || typeof value === "string");
}

function handlerOf(target: string | io.IOHandler, where: string): io.IOHandler {
  if (typeof target === "string") {
    const handler = (io.getSaveHandlers(target) as io.IOHandler[])[0];
    if (handler !== undefined) return handler;
    throw invalid(where, `nothing here can save to ${describe(target)}: give a handler of tf.io`);
  }
  if (typeof target?.save === "function") return target;
  throw invalid(where, `expected an address or a handler of tf.io, got ${describe(target)}`);
}
