import { SPARSE_CASES } from "../../support/cases/sparse.ts";
import { describeCases } from "../../support/describe-cases.ts";

describeCases("sparse coordinates and segments in LiteRT give what tfjs gives", SPARSE_CASES);
