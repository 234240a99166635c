/* Numbers and times as Keras 2 prints them (its Progbar). */

/**
 * A metric's value: `0.2613`, or `9.1200e-04` where it is 0.001 or less.
 *
 * @internal
 */
export function formatMetric(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Math.abs(value) > 1e-3) return value.toFixed(4);
  // C and Python write two digits of exponent.
  return value.toExponential(4).replace(/e([+-])(\d)$/, "e$10$2");
}

/**
 * A duration per unit: `2ms/step`, `350us/step`, `4s/epoch`.
 *
 * @internal
 */
export function formatPace(seconds: number, unit: string): string {
  if (seconds >= 1 || seconds === 0) return `${seconds.toFixed(0)}s/${unit}`;
  return seconds >= 1e-3
    ? `${(seconds * 1e3).toFixed(0)}ms/${unit}`
    : `${(seconds * 1e6).toFixed(0)}us/${unit}`;
}

/**
 * Remaining time: `42s`, `1:05`, `2:00:09`.
 *
 * @internal
 */
export function formatEta(seconds: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  if (seconds > 3600)
    return `${Math.floor(seconds / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`;
  if (seconds > 60) return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
  return `${Math.floor(seconds)}s`;
}

/**
 * ` - loss: 0.2613 - accuracy: 0.9254`.
 *
 * @internal
 */
export function formatMetrics(metrics: ReadonlyMap<string, number>): string {
  return [...metrics].map(([name, value]) => ` - ${name}: ${formatMetric(value)}`).join("");
}

/**
 * ` 938/1875 [==============>...............]`; without a target, `    938/Unknown`.
 *
 * @param width Characters between the brackets.
 * @internal
 */
export function formatBar(current: number, target: number | undefined, width: number): string {
  if (target === undefined) return `${String(current).padStart(7)}/Unknown`;
  const filled = Math.min(width, Math.floor((width * current) / target));
  const head = filled === 0 ? "" : "=".repeat(filled - 1) + (current < target ? ">" : "=");
  return `${formatCount(current, target)} [${head}${".".repeat(width - filled)}]`;
}

/**
 * ` 938/1875`: the first number as wide as the second.
 *
 * @internal
 */
export function formatCount(current: number, target: number): string {
  return `${String(current).padStart(String(target).length)}/${target}`;
}
