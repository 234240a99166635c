import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { LayersModel, layers, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { expect } from "vitest";
import { buildResNet, type ResNetOptions, type ResNetVariant } from "../../src/index.ts";

/** What resnet-keras-facts.py has found in Keras. */
interface Facts {
  readonly name: string;
  readonly parameters: number;
  readonly layers: number;
  readonly sha256: string;
  readonly lines?: readonly string[];
}

/** The calls that resnet-keras-facts.py makes, as ours. */
export const CASES = {
  top: { inputShape: [32, 32, 1], classes: 10 },
  features: { inputShape: [64, 48, 3], includeTop: false },
  avg: { inputShape: [32, 32, 1], includeTop: false, pooling: "avg" },
  max: { inputShape: [32, 32, 1], includeTop: false, pooling: "max" },
} as const satisfies Record<string, ResNetOptions>;

export type CaseName = keyof typeof CASES;

const { variants } = JSON.parse(
  readFileSync(new URL("resnet-keras-facts.json", import.meta.url), "utf8"),
) as { readonly variants: Readonly<Record<ResNetVariant, Readonly<Record<CaseName, Facts>>>> };
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  Conv2D: ["filters", "kernel_size", "strides", "padding", "dilation_rate", "use_bias", "activation"],
  BatchNormalization: ["axis", "momentum", "epsilon", "center", "scale"],
  Activation: ["activation"],
  ZeroPadding2D: ["padding"],
  MaxPooling2D: ["pool_size", "strides", "padding"],
  Dense: ["units", "use_bias", "activation"],
};

/** A layer as the facts describe it. */
function line(layer: layers.Layer): string {
  const kind = layer.getClassName();
  const config = layer.getConfig() as Readonly<Record<string, unknown>>;
  const readers = layer.inboundNodes[0]!.inboundLayers.map(({ name }) => name).join();
  const weights = layer.weights.map(({ originalName, shape }) => {
    expect(originalName.startsWith(`${layer.name}/`)).toBe(true);
    return originalName.slice(layer.name.length + 1) + JSON.stringify(shape);
  });
  const options = (OPTIONS[kind] ?? []).map((name) => {
    const ours = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    return `${name}=${JSON.stringify(config[ours])}`;
  });
  const output = JSON.stringify((layer.output as SymbolicTensor).shape);
  return `${layer.name} ${kind} <${readers}> ${output} ${[...weights, ...options].join(" ")}`.trim();
}

/** Builds a model for as long as it is looked at. */
export function withModel(options: ResNetOptions, look: (model: LayersModel) => void): void {
  const model = buildResNet(options);
  try {
    look(model);
  } finally {
    model.dispose();
  }
}

/** Fails where a network is not layer for layer what Keras makes of the same options. */
export function expectKerasNetwork(variant: ResNetVariant, name: CaseName): void {
  const facts = variants[variant][name];
  withModel({ variant, ...CASES[name] }, (model) => {
    const lines = model.layers.map(line);
    if (facts.lines !== undefined) expect(lines).toEqual(facts.lines);
    expect(lines.length).toBe(facts.layers);
    expect(createHash("sha256").update(lines.join("\n")).digest("hex")).toBe(facts.sha256);
    expect(model.countParams()).toBe(facts.parameters);
    expect(model.name).toBe(facts.name);
  });
}

/** Fails where a network has another number of parameters, another input or another output. */
export function expectParameters(options: ResNetOptions, parameters: number): void {
  withModel(options, (model) => {
    expect(model.countParams()).toBe(parameters);
    expect(model.inputs[0]!.shape).toEqual([null, ...(options.inputShape ?? [32, 32, 1])]);
    expect(model.outputs[0]!.shape).toEqual([null, options.classes ?? 10]);
  });
}
