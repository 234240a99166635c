import { GATHER_CASES } from "../../support/cases/gather.ts";
import { describeCases } from "../../support/describe-cases.ts";

describeCases("slices and elements at indices in LiteRT give what tfjs gives", GATHER_CASES);
