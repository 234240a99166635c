import { MATMUL_CASES } from "../../support/cases/matmul.ts";
import { describeCases } from "../../support/describe-cases.ts";

describeCases("matrix products and normalizations in LiteRT give what tfjs gives", MATMUL_CASES);
