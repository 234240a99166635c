import { FILLING_CASES } from "../../support/cases/filling.ts";
import { describeCases } from "../../support/describe-cases.ts";

describeCases("tensors of one value and diagonals in LiteRT give what tfjs gives", FILLING_CASES);
