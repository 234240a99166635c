import { INTEGER_CASES } from "../../support/cases/integer.ts";
import { describeCases } from "../../support/describe-cases.ts";

describeCases("kernels on integers in LiteRT give what tfjs gives", INTEGER_CASES);
