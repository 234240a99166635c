import { RESAMPLING_CASES } from "../../support/cases/resampling.ts";
import { describeCases } from "../../support/describe-cases.ts";

describeCases("crops, transforms and rotations in LiteRT give what tfjs gives", RESAMPLING_CASES);
