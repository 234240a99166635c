import { JOINING_CASES } from "../../support/cases/joining.ts";
import { describeCases } from "../../support/describe-cases.ts";

describeCases("stacks and parts in LiteRT give what tfjs gives", JOINING_CASES);
