import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { compileFunction } from "node:vm";
import { ForgeError } from "../errors.ts";
import type { Deletable, LiteRtBinding } from "./litert-binding.ts";
import { packageFolder } from "./package-folder.ts";

/** The part of emscripten's settings that we give: where its two output streams go. */
interface ModuleSettings {
  readonly print: (line: string) => void;
  readonly printErr: (line: string) => void;
}

type ModuleFactory = (settings: ModuleSettings) => Promise<LiteRtBinding>;

/** The members that must be there, so that another major version is refused by name and not by a crash. */
const NEEDED = [
  "_malloc",
  "_free",
  "loadModel",
  "compileModel",
  "LiteRtEnvironment",
  "LiteRtTensorBuffer",
] as const;

/** How many lines of LiteRT's log are kept for error messages. */
const LOG_LINES = 50;

/**
 * LiteRT, loaded once per process. Its own loader (`loadLiteRt`) is written for pages: it wants `self`,
 * `importScripts` and `ModuleFactory` on the global object. So its script is compiled here as a function that
 * is given the few names which it needs: nothing global is set, not even for a moment. The classes of
 * `@litertjs/core` are passed by as well: they refuse int8 and bool tensors, which the module itself runs.
 */
export class LiteRtRuntime {
  readonly binding: LiteRtBinding;
  readonly environment: Deletable;
  readonly #log: string[];

  private constructor(binding: LiteRtBinding, log: string[]) {
    this.binding = binding;
    this.#log = log;
    binding.setupLogging();
    this.environment = binding.LiteRtEnvironment.create(null);
  }

  /** Reads and starts the WebAssembly module: about 70 ms. */
  static async start(): Promise<LiteRtRuntime> {
    const folder = join(packageFolder("@litertjs/core", "Running a .tflite file"), "..", "wasm");
    const file = join(folder, `litert_wasm_${hasRelaxedSimd() ? "" : "compat_"}internal.js`);
    let script: string;
    try {
      script = await readFile(file, "utf8");
    } catch (cause) {
      throw unknownVersion(`it has no ${file}`, cause);
    }
    const log: string[] = [];
    const keep = (line: string) => {
      log.push(line);
      if (log.length > LOG_LINES) log.shift();
    };
    const getFactory = compileFunction(
      `${script}\nreturn ModuleFactory;`,
      ["require", "__filename", "__dirname"],
      { filename: file },
    ) as (require: NodeJS.Require, filename: string, dirname: string) => ModuleFactory;
    const binding = await getFactory(createRequire(file), file, folder)({ print: keep, printErr: keep });
    const missing = NEEDED.filter((name) => !(name in binding));
    if (missing.length > 0) throw unknownVersion(`its module has no ${missing.join(", ")}`);
    return new LiteRtRuntime(binding, log);
  }

  /**
   * Calls into LiteRT and turns what it throws into one error with the lines that it logged meanwhile.
   * After that, the next file gets a new module: an exception leaves the C++ stack as it was when thrown.
   *
   * @throws ForgeError of the given code.
   */
  attempt<T>(code: "invalid-tflite" | "invalid-argument", what: string, call: () => T): T {
    this.#log.length = 0;
    try {
      return call();
    } catch (cause) {
      // Thrown on our side: no C++ was left half-way.
      if (cause instanceof ForgeError) throw cause;
      this.abandon();
      const reasons = [...this.loggedErrors(), messageOf(cause)];
      throw new ForgeError(code, `${what}: ${[...new Set(reasons)].join("; ")}`, { cause });
    }
  }

  /** Gives the next file a new module: this one may be in any state. */
  abandon(): void {
    forgetRuntime(this);
  }

  /** Errors that LiteRT logged since the current attempt began: some it logs and goes on, with garbage. */
  loggedErrors(): string[] {
    return this.#log.filter((line) => line.startsWith("ERROR"));
  }
}

let current: Promise<LiteRtRuntime> | undefined;
let started: LiteRtRuntime | undefined;

/**
 * The one LiteRT of this process; concurrent calls share one start, and a failed start can be tried again.
 *
 * @throws ForgeError `missing-package` without `@litertjs/core`, `unsupported-environment` where its version
 * is one that we do not know.
 */
export function getRuntime(): Promise<LiteRtRuntime> {
  current ??= LiteRtRuntime.start().then(
    (runtime) => {
      started = runtime;
      return runtime;
    },
    (error: unknown) => {
      current = undefined;
      throw error;
    },
  );
  return current;
}

function forgetRuntime(runtime: LiteRtRuntime): void {
  if (started !== runtime) return;
  current = undefined;
  started = undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function unknownVersion(reason: string, cause?: unknown): ForgeError {
  return new ForgeError(
    "unsupported-environment",
    `The installed @litertjs/core is not one that this package can run (${reason}): npm install @litertjs/core@2.5`,
    { cause },
  );
}

/** Whether WebAssembly has `i8x16.relaxed_swizzle`: LiteRT ships a faster build for it (Node 22 and later). */
function hasRelaxedSimd(): boolean {
  const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  const functionType = [0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b];
  const functions = [0x03, 0x02, 0x01, 0x00];
  const splat = (value: number) => [0x41, value, 0xfd, 0x0f];
  const body = [0x00, ...splat(1), ...splat(2), 0xfd, 0x80, 0x02, 0x0b];
  const code = [0x0a, body.length + 2, 0x01, body.length, ...body];
  return WebAssembly.validate(Uint8Array.from([...header, ...functionType, ...functions, ...code]));
}
