import { COUNTING_CASES } from "../../support/cases/counting.ts";
import { describeCases } from "../../support/describe-cases.ts";

describeCases("counts in LiteRT give what tfjs gives", COUNTING_CASES);
