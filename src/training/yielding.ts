import { nextFrame } from "@tensorflow/tfjs-core";
import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";

/** How often training lets others run (timers, the page): `"auto"` is every 125 ms, a number is of ms. */
export type YieldEvery = "auto" | "batch" | "epoch" | "never" | number;

/** Called after every batch and epoch; waits a frame where it is time to. */
interface Yielder {
  afterBatch(): Promise<void>;
  afterEpoch(): Promise<void>;
}

/**
 * tfjs's `yieldEvery`.
 *
 * @internal
 */
export function yielder(every: YieldEvery, where: string): Yielder {
  const ms = every === "auto" ? 125 : every;
  if (!["batch", "epoch", "never"].includes(ms as string) && !(typeof ms === "number" && ms >= 0)) {
    throw new ForgeError(
      "invalid-argument",
      `${where}: yieldEvery must be "auto", "batch", "epoch", "never" or milliseconds, got ${describe(every)}.`,
    );
  }
  let last = Date.now();
  return {
    afterBatch: async () => {
      if (ms !== "batch" && !(typeof ms === "number" && Date.now() - last >= ms)) return;
      await nextFrame();
      last = Date.now();
    },
    afterEpoch: async () => {
      if (ms === "epoch") await nextFrame();
    },
  };
}
