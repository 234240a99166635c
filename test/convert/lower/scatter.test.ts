import { SCATTER_CASES } from "../../support/cases/scatter.ts";
import { describeCases } from "../../support/describe-cases.ts";

describeCases("values written to positions in LiteRT give what tfjs gives", SCATTER_CASES);
