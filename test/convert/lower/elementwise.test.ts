import { ELEMENTWISE_CASES } from "../../support/cases/elementwise.ts";
import { describeCases } from "../../support/describe-cases.ts";

describeCases("elementwise kernels in LiteRT give what tfjs gives", ELEMENTWISE_CASES);
