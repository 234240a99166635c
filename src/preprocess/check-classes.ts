import { ForgeError } from "../errors.ts";
import { describe } from "../options.ts";

/**
 * Refuses labels that are no class of `0 .. classes - 1`, naming the first one and where it stands.
 * Without `classes`, only the lower end and whole numbers are checked.
 *
 * @internal
 */
export function checkClasses(labels: ArrayLike<number>, classes: number | undefined, where: string): void {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (Number.isInteger(label) && label >= 0 && (classes === undefined || label < classes)) continue;
    const known = classes === undefined ? "0 and up" : `0 to ${classes - 1}`;
    throw new ForgeError(
      "invalid-labels",
      `${where}: label ${describe(label)} at index ${i} is no class: classes are whole numbers, ${known}.`,
    );
  }
}
