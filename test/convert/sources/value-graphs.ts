import "@tensorflow/tfjs-backend-cpu";
import type { GraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";
import { expect, vi } from "vitest";
import { convert } from "../../../src/convert/index.ts";
import { loadTflite } from "../../../src/node/index.ts";
import { expectClose } from "../../support/judge.ts";
import {
  type Constant,
  graphArtifacts,
  graphModel,
  type NodeDef,
  node,
} from "../../support/small-graph-models.ts";

/** The type of sizes and places. */
export const INT = "DT_INT32";

/** A node of integers. */
export const integer = (op: string, name: string, input: readonly string[]): NodeDef =>
  node(op, name, input, { T: { type: INT }, out_type: { type: INT } });

/** A constant of integers. */
export const ints = (
  name: string,
  values: readonly number[],
  shape: readonly number[] = [values.length],
): Constant => ({
  name,
  shape,
  dtype: "int32",
  values,
});

/** A constant without dimensions. */
export const float = (name: string, value: number): Constant => ({ name, shape: [], values: [value] });

/** What LiteRT computes before a run it does not write to an output: a cast is computed in the run. */
export const asFloat = (name: string, of: string): NodeDef =>
  node("Cast", name, [of], { SrcT: { type: INT }, DstT: { type: "DT_FLOAT" } });

/** The first size of a node's shape, as an integer without dimensions. */
export const countOf = (name: string, of: string): readonly NodeDef[] => [
  integer("Shape", `${name}/shape`, [of]),
  node("StridedSlice", name, [`${name}/shape`, "at_0", "at_1", "at_1"], {
    T: { type: INT },
    Index: { type: INT },
    begin_mask: { i: "0" },
    end_mask: { i: "0" },
    ellipsis_mask: { i: "0" },
    new_axis_mask: { i: "0" },
    shrink_axis_mask: { i: "1" },
  }),
];

/** The constants of {@link countOf}. */
export const AT: readonly Constant[] = [ints("at_0", [0]), ints("at_1", [1])];

/** What tfjs-converter and LiteRT make of inputs must be the same; gives the operators. */
export async function expectSame(
  nodes: readonly NodeDef[],
  constants: readonly Constant[],
  outputs: readonly string[],
  inputs: readonly (readonly { readonly shape: readonly number[]; readonly data: readonly number[] }[])[],
): Promise<Readonly<Record<string, number>>> {
  const model = (await graphModel(graphArtifacts(nodes, constants, outputs))) as unknown as GraphModel;
  const { bytes, report } = await convert(model);
  const file = await loadTflite(bytes);
  // tfjs-converter warns of models that need no executeAsync.
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  try {
    for (const values of inputs) {
      const tensors = values.map(({ shape, data }) => tf.tensor([...data], [...shape]));
      const results = [await model.executeAsync(tensors, [...outputs])].flat() as tf.Tensor[];
      const actual = await file.run(values.map((value) => ({ ...value })));
      for (const [index, expected] of results.entries()) {
        const name = outputs[index] as string;
        expect([...actual[name]!.shape], name).toEqual(expected.shape);
        expectClose(Array.from(actual[name]!.data as Float32Array), await expected.data(), 1e-6, name);
      }
    }
  } finally {
    file.close();
    warn.mockRestore();
  }
  return report.operators.after;
}

/** Inputs of a model that takes one vector. */
export const vectors = (...all: readonly number[][]): { shape: number[]; data: number[] }[][] =>
  all.map((data) => [{ shape: [data.length], data }]);
