import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";

/** A TensorFlow Lite or LiteRT runtime. */
export interface RuntimeTarget {
  /** Its version, such as `"2.4"`: 1.14 or newer. What it has no operator for takes an older form, or is an error. */
  readonly runtime: string;
}

/**
 * What a file is for.
 *
 * - `{ runtime: "2.14" }` (the default): Android, iOS, Linux, with a TensorFlow Lite or LiteRT of this version or newer.
 * - `"microcontroller"`: TensorFlow Lite for Microcontrollers: its operators, fixed sizes.
 * - `"web"`: LiteRT.js: fixed sizes, float32, int32 and uint8 inputs and outputs, no variables.
 * - `"gpu"`, `"edgetpu"`: as by default; the report lists what the GPU delegate or the Edge TPU leaves to the CPU.
 */
export type Target = RuntimeTarget | "microcontroller" | "web" | "gpu" | "edgetpu";

/** An operator that a target leaves to the CPU. */
export interface Refusal {
  /** Such as `"TILE"`. */
  readonly operator: string;
  /** The tensor that it makes. */
  readonly at: string;
  /** Why. */
  readonly reason: string;
}

/** What can be a target beside a runtime, and whether it takes only files whose sizes never change. */
const KINDS: Readonly<Record<Exclude<Target, RuntimeTarget>, { readonly fixedSizes: boolean }>> = {
  microcontroller: { fixedSizes: true },
  web: { fixedSizes: true },
  gpu: { fixedSizes: false },
  edgetpu: { fixedSizes: false },
};

/** Whether a target takes only files whose sizes never change. */
export function hasFixedSizes(target: Target | undefined): boolean {
  return typeof target === "string" && KINDS[target].fixedSizes;
}

/** @throws ForgeError `invalid-argument` where it is no target. */
export function checkTarget(target: unknown): void {
  if (typeof target === "string" && Object.hasOwn(KINDS, target)) return;
  const { runtime } = (target ?? {}) as { readonly runtime?: unknown };
  const [, major, minor] = /^(\d+)\.(\d+)(?:\.\d+)?$/.exec(String(runtime)) ?? [];
  if (typeof runtime === "string" && major !== undefined) {
    // Before 1.14 there is no version of most operators that tfjs needs.
    if (Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 14)) return;
    throw new ForgeError(
      "invalid-argument",
      `options.target.runtime: files for ${runtime} cannot be made; the oldest runtime is 1.14.`,
    );
  }
  const kinds = Object.keys(KINDS).map((kind) => JSON.stringify(kind));
  throw new ForgeError(
    "invalid-argument",
    `options.target must be { runtime: "2.14" } or ${kinds.join(", ")}, got ${describe(target)}.`,
  );
}
