import { describe, expect, it, test } from "vitest";
import { parseArguments } from "../../src/cli/arguments.ts";
import { Progress } from "../../src/cli/progress.ts";

const ROWS = {
  output: { short: "o", value: "FILE", help: "" },
  input: { value: "NAME=SIZES", multiple: true, help: "" },
  json: { help: "" },
};

describe("arguments", () => {
  it("sorts operands and options, in any order and both notations", () => {
    const { operands, options } = parseArguments(
      ["-o", "a", "x", "--input=b=1", "--input", "c=2", "--json", "y"],
      ROWS,
    );
    expect(operands).toEqual(["x", "y"]);
    expect([...options]).toEqual([
      ["output", ["a"]],
      ["input", ["b=1", "c=2"]],
      ["json", [""]],
    ]);
  });

  it("takes what follows -- as it is", () => {
    expect(parseArguments(["--", "--odd-name"], ROWS).operands).toEqual(["--odd-name"]);
  });

  it.each([
    [["--outptu", "x"], 'unknown option "--outptu": did you mean "--output"?'],
    [["-x"], 'unknown option "-x"'],
    [["--__proto__"], 'unknown option "--__proto__"'],
    [["-o"], "-o needs a value: -o FILE"],
    [["--output", "--json"], "--output needs a value: --output FILE"],
    [["-o", "a", "-o", "b"], "-o is given twice"],
    [["--json=yes"], '--json takes no value, got "yes"'],
  ])("refuses %j", (args, message) => {
    expect(() => parseArguments(args, ROWS)).toThrow(message);
  });
});

test("progress is one line of a terminal, cleared at the end, and nothing elsewhere", () => {
  const written: string[] = [];
  const stream = { isTTY: true, columns: 20, write: (text: string) => written.push(text) };
  const progress = new Progress(stream);
  progress.report("read model.json", 0.5);
  progress.report("a name that is longer than the terminal is wide");
  progress.clear();
  progress.clear();
  expect(written).toEqual([
    "\r\u001b[2K 50 % read model.js",
    "\r\u001b[2Ka name that is long",
    "\r\u001b[2K",
  ]);
  written.length = 0;
  new Progress({ ...stream, isTTY: false }).report("read");
  expect(written).toEqual([]);
});
