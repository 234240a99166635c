import { BLOCK_CASES } from "../../support/cases/blocks.ts";
import { WINDOW_CASES } from "../../support/cases/windows.ts";
import { describeCases } from "../../support/describe-cases.ts";

describeCases(
  "morphology, positions of pools and local normalization in LiteRT give what tfjs gives",
  WINDOW_CASES,
);
describeCases("blocks in LiteRT give what tfjs gives", BLOCK_CASES);
