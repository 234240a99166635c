import { EINSUM_CASES } from "../../support/cases/einsum.ts";
import { describeCases } from "../../support/describe-cases.ts";

describeCases("Einstein's summation in LiteRT gives what tfjs gives", EINSUM_CASES);
