import type { NotLowered } from "../src/convert/lower/call.ts";
import { FAMILIES, type FamilyName, KERNELS } from "../src/convert/lower/table.ts";

/** What becomes of a kernel: the file that lowers it, or why there is none. */
export type KernelRow = FamilyName | NotLowered;

/** Every kernel's row, with what its file says where it is there and has no lowering. */
export async function allLowerings(): Promise<ReadonlyMap<string, KernelRow>> {
  const files = await Promise.all(Object.values(FAMILIES).map(async (load) => (await load()).lowerings));
  const written = new Map<string, unknown>(files.flatMap((file) => Object.entries<unknown>(file)));
  return new Map(
    Object.entries<KernelRow>(KERNELS).map(([kernel, row]) => {
      const own = written.get(kernel);
      return [kernel, typeof row === "string" && typeof own === "object" ? (own as NotLowered) : row];
    }),
  );
}
