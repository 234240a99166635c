import type { NotLowered } from "../src/convert/lower/call.ts";
import { type FamilyName, KERNELS } from "../src/convert/lower/table.ts";

/** What becomes of a kernel: the file that lowers it, or why there is none. */
export type KernelRow = FamilyName | NotLowered;

/** Every kernel's row, and those of the operations of the host. */
export function allLowerings(): ReadonlyMap<string, KernelRow> {
  return new Map(Object.entries<KernelRow>(KERNELS));
}
