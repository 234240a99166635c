import { SHAPE_CASES } from "../../support/cases/shape.ts";
import { describeCases } from "../../support/describe-cases.ts";

describeCases("reductions, shapes and images in LiteRT give what tfjs gives", SHAPE_CASES);
