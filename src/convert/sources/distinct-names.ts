/**
 * Names that are no two alike: the second output of the layer `lstm` is `lstm_1`. A model of tfjs-layers calls all
 * outputs of a layer by the layer's name.
 */
export function distinctNames(names: readonly string[]): readonly string[] {
  const taken = new Set(names);
  const used = new Set<string>();
  return names.map((name) => {
    let candidate = name;
    for (let count = 1; used.has(candidate) || (candidate !== name && taken.has(candidate)); count++)
      candidate = `${name}_${count}`;
    used.add(candidate);
    return candidate;
  });
}
