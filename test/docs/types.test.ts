import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { allExamples, ROOT } from "./examples.ts";

test("the examples of README and guides are correct TypeScript", { timeout: 120_000 }, async () => {
  const examples = await allExamples();
  expect(examples.length).toBeGreaterThan(20);
  expect(diagnose(new Map(examples.map(({ name, code }) => [fileOf(name), code])))).toEqual([]);
});

function fileOf(name: string): string {
  return join(ROOT, "test/docs", `${name.replace(/[/:.]/g, "-")}.ts`);
}

/** Checks files that exist in memory only, with the settings that strict applications have. */
function diagnose(files: ReadonlyMap<string, string>): readonly string[] {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(
    {
      ...config.compilerOptions,
      paths: {
        "tflite-forge": ["./src/index.ts"],
        "tflite-forge/convert": ["./src/convert/index.ts"],
        "tflite-forge/wasm": ["./src/training/wasm/index.ts"],
        "tflite-forge/node": ["./src/node/index.ts"],
      },
    },
    ROOT,
  );
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.getSourceFile = (path, settings) => {
    const text = host.readFile(path);
    return text === undefined ? undefined : ts.createSourceFile(path, text, settings);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files.keys()]
    .map((path) => program.getSourceFile(path)!)
    .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
    .map(({ file, start = 0, messageText }) => {
      const { line } = file!.getLineAndCharacterOfPosition(start);
      const text = file!.text.split("\n")[line]?.trim();
      return `${file!.fileName.slice(ROOT.length)}: ${ts.flattenDiagnosticMessageText(messageText, "\n")} | ${text}`;
    });
}
