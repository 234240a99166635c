import { invariant } from "../../errors.ts";
import type { Graph, Operator, OperatorName, Subgraph, Tensor } from "../../graph/types.ts";
import { GraphView } from "../../graph/view.ts";

/** A step of the optimization: a subgraph in, a better one that computes the same out. */
export interface Pass {
  /** In words, for reports: `"fold into weights"`. */
  readonly name: string;
  /** Gives the better subgraph, or the same where there is nothing to do. It must compute the same. */
  run(subgraph: Subgraph, log: PassLog): Subgraph | Promise<Subgraph>;
  /** Instead of `run`, where what it does crosses from one subgraph to another: in and out of loops. */
  runGraph?(graph: Graph, log: PassLog): Graph | Promise<Graph>;
}

/** Where passes say what they did, and what they would have done but for a reason. */
export interface PassLog {
  /** A rule was applied; `where` is the tensor that it was applied at. */
  applied(rule: string, where: string): void;
  /** A rule's pattern is there and stays as it is, for a reason. */
  skipped(rule: string, where: string, reason: string): void;
  /** Why the target does not run an operator; null where it does. A rewrite that makes one is not applied. */
  refuses?(operator: Operator): string | null;
}

/** What a rule puts in the place of some operators. */
export interface Rewrite {
  /** The root among them. */
  readonly remove: readonly Operator[];
  /** In their place, in execution order. They make the tensors that stay in use. */
  readonly insert: readonly Operator[];
  /** Tensors to read instead of ones that are no longer made. */
  readonly replace?: ReadonlyMap<Tensor, Tensor>;
}

/**
 * One thing to improve. `apply` gives the rewrite; a text where the pattern is there but must stay, and why;
 * null where it is not there.
 */
export interface Rule {
  /** In words, for reports. */
  readonly name: string;
  /** The operators it may start from. */
  readonly roots: readonly OperatorName[];
  /** Looks at one operator and what is around it. */
  readonly apply: (root: Operator, view: GraphView) => Rewrite | string | null;
}

/** A pass that applies rules until none of them has anything left to do. */
export function rulesPass(name: string, rules: readonly Rule[]): Pass {
  const byRoot = new Map<OperatorName, Rule[]>();
  for (const rule of rules) {
    for (const root of rule.roots) byRoot.set(root, [...(byRoot.get(root) ?? []), rule]);
  }
  return {
    name,
    run(subgraph, log) {
      let current = subgraph;
      // Every rewrite removes an operator or moves it towards one end, so that this ends; the bound is for
      // a rule that does not.
      for (let sweep = 0; sweep <= 2 * subgraph.operators.length + 10; sweep++) {
        const next = sweepOnce(current, byRoot, log);
        if (next === null) return prune(current);
        current = next;
      }
      invariant(false, `pass "${name}" does not come to an end`);
    },
  };
}

/** Applies rules to operators that no earlier rewrite of the same sweep has touched; null where none applied. */
function sweepOnce(
  subgraph: Subgraph,
  byRoot: ReadonlyMap<OperatorName, readonly Rule[]>,
  log: PassLog,
): Subgraph | null {
  const view = new GraphView(subgraph);
  const touched = new Set<Operator>();
  const removed = new Set<Operator>();
  const inserted = new Map<Operator, readonly Operator[]>();
  const replaced = new Map<Tensor, Tensor>();
  const skips: [string, string, string][] = [];
  for (const root of subgraph.operators) {
    for (const rule of byRoot.get(root.type) ?? []) {
      if (touched.has(root)) break;
      const result = rule.apply(root, view);
      if (result === null) continue;
      if (typeof result === "string") {
        skips.push([rule.name, nameOf(root), result]);
        continue;
      }
      if (result.remove.some((operator) => touched.has(operator))) continue;
      const refused = refusal(result, log);
      if (refused !== null) {
        skips.push([rule.name, nameOf(root), refused]);
        continue;
      }
      for (const operator of result.remove) {
        removed.add(operator);
        for (const neighbour of neighbours(operator, view)) touched.add(neighbour);
      }
      inserted.set(lastOf(result.remove, subgraph), result.insert);
      for (const [from, to] of result.replace ?? []) replaced.set(from, to);
      log.applied(rule.name, nameOf(root));
      break;
    }
  }
  if (removed.size === 0) {
    for (const skip of skips) log.skipped(...skip);
    return null;
  }
  const operators = subgraph.operators.flatMap((operator) =>
    removed.has(operator) ? (inserted.get(operator) ?? []) : [operator],
  );
  return substitute({ ...subgraph, operators }, replaced);
}

/** Why the target cannot run what a rewrite makes; an operator that it could not run before is none of it. */
function refusal({ insert, remove }: Rewrite, log: PassLog): string | null {
  const refuses = (operator: Operator): string | null => log.refuses?.(operator) ?? null;
  const before = new Set(remove.filter((operator) => refuses(operator) !== null).map(({ type }) => type));
  for (const operator of insert) {
    const reason = refuses(operator);
    if (reason !== null && !before.has(operator.type)) return `${operator.type}: ${reason}`;
  }
  return null;
}

/** The operator after which all inputs of the others were made: where the new ones go. */
function lastOf(operators: readonly Operator[], subgraph: Subgraph): Operator {
  const last = subgraph.operators.findLast((operator) => operators.includes(operator));
  invariant(last !== undefined, "a rewrite removes no operator");
  return last;
}

function* neighbours(operator: Operator, view: GraphView): Iterable<Operator> {
  yield operator;
  for (const tensor of [...operator.inputs, ...operator.outputs]) {
    if (tensor === null) continue;
    const producer = view.producer(tensor);
    if (producer !== undefined) yield producer;
    yield* view.consumers(tensor);
  }
}

function nameOf(operator: Operator): string {
  return operator.outputs[0]?.name ?? operator.type;
}

/** The subgraph with tensors exchanged wherever they are read, or given as an output. */
export function substitute(subgraph: Subgraph, replaced: ReadonlyMap<Tensor, Tensor>): Subgraph {
  if (replaced.size === 0) return subgraph;
  const resolve = (tensor: Tensor): Tensor => {
    const to = replaced.get(tensor);
    return to === undefined ? tensor : resolve(to);
  };
  return {
    ...subgraph,
    outputs: subgraph.outputs.map(resolve),
    operators: subgraph.operators.map((operator) =>
      operator.inputs.some((input) => input !== null && replaced.has(input))
        ? ({ ...operator, inputs: operator.inputs.map((input) => input && resolve(input)) } as Operator)
        : operator,
    ),
  };
}

/** The subgraph without operators whose results nobody reads. */
export function prune(subgraph: Subgraph): Subgraph {
  const needed = new Set<Tensor>(subgraph.outputs);
  const kept: Operator[] = [];
  for (const operator of [...subgraph.operators].reverse()) {
    if (!operator.outputs.some((output) => needed.has(output))) continue;
    for (const input of operator.inputs) if (input !== null) needed.add(input);
    kept.push(operator);
  }
  return kept.length === subgraph.operators.length ? subgraph : { ...subgraph, operators: kept.reverse() };
}
