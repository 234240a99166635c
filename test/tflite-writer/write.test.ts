import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { operatorOf } from "../../src/graph/builder.ts";
import { floatConstant } from "../../src/graph/tensors.ts";
import type { Graph, Operator, Tensor } from "../../src/graph/types.ts";
import { parseTflite } from "../../src/tflite-reader/parse.ts";
import { writeTflite } from "../../src/tflite-writer/write.ts";

/** `y = x + c1 + c2 + ...`, with constants of the given lengths. */
function chain(lengths: readonly number[], value = (index: number) => index): Graph {
  const x: Tensor = { name: "x", type: "float32", shape: [1], shapeSignature: [-1] };
  const operators: Operator[] = [];
  let last = x;
  for (const [index, length] of lengths.entries()) {
    const values = Float32Array.from({ length }, (_, i) => value(index) + i);
    const output: Tensor = { name: `y${index}`, type: "float32", shape: [length] };
    const c = floatConstant(`c${index}`, [length], values);
    operators.push(operatorOf("ADD", [last, c], [output], {}) as Operator);
    last = output;
  }
  return {
    description: "a chain",
    subgraphs: [{ name: "main", inputs: [x], outputs: [last], operators }],
    signatures: [{ key: "serving_default", subgraph: 0, inputs: [{ name: "x", position: 0 }], outputs: [] }],
    metadata: [{ name: "note", data: Uint8Array.of(1, 2, 3) }],
  };
}

const lengths = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 12 });

describe("writeTflite", () => {
  it("fills its buffer exactly, whatever the sizes of the constants", () => {
    fc.assert(
      fc.property(lengths, (sizes) => {
        const bytes = writeTflite(chain(sizes));
        expect(bytes.byteOffset).toBe(0);
        expect(bytes.buffer.byteLength).toBe(bytes.byteLength);
      }),
      { seed: 1 },
    );
  });

  it("aligns every constant to 16 bytes, as kernels read them in place", () => {
    fc.assert(
      fc.property(lengths, (sizes) => {
        const graph = parseTflite(writeTflite(chain(sizes)));
        for (const operator of graph.subgraphs[0]?.operators ?? []) {
          expect((operator.inputs[1]?.data?.byteOffset ?? -1) % 16).toBe(0);
        }
      }),
      { seed: 2 },
    );
  });

  it("reads back as it was", () => {
    fc.assert(
      fc.property(lengths, (sizes) => {
        const graph = chain(sizes);
        const back = parseTflite(writeTflite(graph));
        expect(back.description).toBe("a chain");
        expect(back.metadata[0]).toMatchObject({ name: "note", data: Uint8Array.of(1, 2, 3) });
        expect(back.subgraphs[0]?.inputs).toEqual(graph.subgraphs[0]?.inputs);
        back.subgraphs[0]?.operators.forEach((operator, index) => {
          const original = graph.subgraphs[0]?.operators[index] as Operator;
          expect(operator.options).toEqual(original.options);
          expect([...(operator.inputs[1]?.data ?? [])]).toEqual([...(original.inputs[1]?.data ?? [])]);
          expect(operator.outputs).toEqual(original.outputs);
        });
      }),
      { seed: 3, numRuns: 30 },
    );
  });

  it("gives the same bytes for the same graph", () => {
    expect(writeTflite(chain([3, 17, 64]))).toEqual(writeTflite(chain([3, 17, 64])));
  });

  it("writes equal constants once", () => {
    const [different, equal] = [[1000, 1000, 1000].map(() => 1000)].map((sizes) => [
      writeTflite(chain(sizes)).length,
      writeTflite(chain(sizes, () => 0)).length,
    ])[0] as [number, number];
    expect(different - equal).toBeGreaterThanOrEqual(2 * 4000);
  });

  it("stores codes where old and new readers look", () => {
    const x: Tensor = { name: "x", type: "float32", shape: [2] };
    const y: Tensor = { name: "y", type: "float32", shape: [2] };
    const graph: Graph = {
      subgraphs: [
        {
          name: "main",
          inputs: [x],
          outputs: [y],
          operators: [operatorOf("SIGN", [x], [y], {}) as Operator],
        },
      ],
      signatures: [],
      metadata: [],
    };
    // SIGN is operator 158 of the schema, past what the old 8-bit field holds.
    expect(parseTflite(writeTflite(graph)).subgraphs[0]?.operators[0]?.type).toBe("SIGN");
  });
});
