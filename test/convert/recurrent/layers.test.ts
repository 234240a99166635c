import { RECURRENT_CASES } from "../../support/cases/recurrent.ts";
import { describeCases } from "../../support/describe-cases.ts";

describeCases("recurrent layers in LiteRT give what tfjs gives", RECURRENT_CASES);
