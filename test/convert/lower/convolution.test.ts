import { CONVOLUTION_CASES } from "../../support/cases/convolution.ts";
import { describeCases } from "../../support/describe-cases.ts";

describeCases("convolutions and pools in LiteRT give what tfjs gives", CONVOLUTION_CASES);
