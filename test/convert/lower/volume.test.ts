import { VOLUME_CASES } from "../../support/cases/volume.ts";
import { describeCases } from "../../support/describe-cases.ts";

describeCases("windows over volumes in LiteRT give what tfjs gives", VOLUME_CASES);
