import type { OperatorName, Tensor } from "../../graph/types.ts";
import type { TargetRules } from "../target-rules.ts";
import { angle } from "./older-forms/angle.ts";
import { ARITHMETIC_FORMS } from "./older-forms/arithmetic.ts";
import { FormBuilder, type OlderForm } from "./older-forms/form.ts";
import { INTEGER_FORMS } from "./older-forms/integers.ts";
import { SELECTION_FORMS } from "./older-forms/selection.ts";
import { STRUCTURE_FORMS } from "./older-forms/structure.ts";
import { type Pass, type Rule, rulesPass } from "./rewrite.ts";

/** By the operator that a target may lack: what it is made of there. */
const OLDER_FORMS: Readonly<Partial<Record<OperatorName, OlderForm>>> = {
  ATAN2: angle,
  ...ARITHMETIC_FORMS,
  ...INTEGER_FORMS,
  ...SELECTION_FORMS,
  ...STRUCTURE_FORMS,
};

/**
 * Writes operators that the target does not have as others that it has, so that lowerings need not know of targets.
 * What has no such form stays, and is an error of the whole conversion.
 */
export function olderForms(target: Pick<TargetRules, "allows" | "problem">): Pass {
  const rule: Rule = {
    name: "older form",
    roots: Object.keys(OLDER_FORMS) as OperatorName[],
    apply(root) {
      const problem = target.problem(root);
      if (problem === null) return null;
      const builder = new FormBuilder((root.outputs[0] as Tensor).name, target);
      const made = OLDER_FORMS[root.type]?.(root, builder) ?? null;
      if (made === null) return problem;
      const results = Array.isArray(made) ? (made as readonly Tensor[]) : [made as Tensor];
      const replace = new Map(root.outputs.map((output, index) => [output, results[index] as Tensor]));
      return { remove: [root], insert: builder.operators, replace };
    },
  };
  return rulesPass("older forms", [rule]);
}
