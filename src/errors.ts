/**
 * What can go wrong, by family (documented with cures in `docs/errors.md`):
 * a wrong argument, something that cannot be converted or run, broken input bytes, a fault of our own.
 */
export type ForgeErrorCode =
  /** An option or argument is missing, of the wrong type or out of range. */
  | "invalid-argument"
  /** An option's name is not known. */
  | "unknown-option"
  /** What was given as a model is none that we know. */
  | "invalid-source"
  /** A layers model has no weights yet. */
  | "unbuilt-model"
  /** tfjs kernels with no TensorFlow Lite form. */
  | "unsupported-kernel"
  /** The target lacks an operator, or a type of an input or output. */
  | "unsupported-target"
  /** A function read a tensor's values while being traced. */
  | "host-read"
  /** A structure or a constant depends on the batch size in a way that one file cannot hold. */
  | "batch-dependent"
  /** A `.tflite` file is truncated or corrupt. */
  | "invalid-tflite"
  /** A data file (IDX, gzip) is truncated or corrupt. */
  | "invalid-data"
  /** Labels or images that do not fit the model or each other. */
  | "invalid-labels"
  /** The loss became NaN or infinite. */
  | "nan-loss"
  /** An optional package is needed and not installed. */
  | "missing-package"
  /** The environment lacks something (a backend, WebAssembly SIMD). */
  | "unsupported-environment"
  /** A fault of ours: please report it. */
  | "internal";

/**
 * Every error thrown by this package: one class, told apart by its stable {@link ForgeError.code}.
 *
 * @example
 * ```ts
 * try {
 *   await toTflite(model);
 * } catch (error) {
 *   if (error instanceof ForgeError && error.code === "unsupported-kernel") console.log(error.message);
 * }
 * ```
 */
export class ForgeError extends Error {
  /** `"ForgeError"`, of every error of this package. */
  override readonly name = "ForgeError";
  /** Stable, for programs; the message is for people and may change. */
  readonly code: ForgeErrorCode;

  constructor(code: ForgeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Stops with an `internal` error where a condition that our own code promises does not hold.
 *
 * @internal
 */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new ForgeError("internal", `internal: ${message}`);
}
