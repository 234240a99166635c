import { SELECTION_CASES } from "../../support/cases/selection.ts";
import { describeCases } from "../../support/describe-cases.ts";

describeCases("the largest, the different and the best in LiteRT give what tfjs gives", SELECTION_CASES);
