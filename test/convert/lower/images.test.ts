import { IMAGE_CASES } from "../../support/cases/images.ts";
import { describeCases } from "../../support/describe-cases.ts";

describeCases("images in LiteRT are what they are in tfjs", IMAGE_CASES);
