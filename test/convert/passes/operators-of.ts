import { convert } from "../../../src/convert/index.ts";
import type { OperatorCounts } from "../../../src/convert/report.ts";
import {
  expectedOf,
  expectSameOutputs,
  inputValues,
  type OperatorCase,
  release,
  runFile,
} from "../../support/judge.ts";

/** The operators in the file of a case, which LiteRT has proven to give what tfjs gives, for one item and for three. */
export async function operatorsOf(operatorCase: OperatorCase): Promise<OperatorCounts> {
  const source = operatorCase.source();
  try {
    const { bytes, report } = await convert(source);
    for (const batch of [1, 3]) {
      const inputs = inputValues(operatorCase, batch);
      const [actual, expected] = [await runFile(bytes, inputs), expectedOf(source, inputs)];
      expectSameOutputs(actual, expected, operatorCase.tolerance, `${operatorCase.name}, batch ${batch}`);
    }
    return report.operators.after;
  } finally {
    release(source);
  }
}
