import { testExamples } from "./run.ts";

await testExamples("always");
