/** A number with its thousands apart: 94,143,440. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** `3 CONV_2D, SOFTMAX`, the most frequent first. */
export function operatorCounts(counts: readonly { readonly type: string; readonly count: number }[]): string {
  const byType = new Map<string, number>();
  for (const { type, count: uses } of counts) byType.set(type, (byType.get(type) ?? 0) + uses);
  return [...byType]
    .sort(([, a], [, b]) => b - a)
    .map(([type, uses]) => `${uses} ${type}`)
    .join(", ");
}

/** Reasons that are worth a line each. */
const SHOWN_REASONS = 5;

/** The first of many lines, and how many there are beside them. */
export function firstLines(lines: readonly string[]): readonly string[] {
  const more = lines.length - SHOWN_REASONS;
  return more > 0 ? [...lines.slice(0, SHOWN_REASONS), `  and ${more} more (--json has all)`] : lines;
}

/** Names come from files of any origin: control characters in them must not reach a terminal. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, "\ufffd");
}
