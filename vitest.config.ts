import { join } from "node:path";
import { defineConfig } from "vitest/config";

const shared = { testTimeout: 60_000, hookTimeout: 60_000, pool: "forks" as const };

/** `fast` is `npm test`; what takes longer is named `*.full.test.ts` and runs in `npm run test:full`. */
export default defineConfig({
  test: {
    // CI sums up what every run of the tests leaves in this folder.
    reporters: process.env.VITEST_RESULTS
      ? ["default", ["json", { outputFile: join(process.env.VITEST_RESULTS, `${process.pid}.json`) }]]
      : ["default"],
    projects: [
      {
        test: {
          ...shared,
          name: "fast",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.full.test.ts"],
        },
      },
      { test: { ...shared, name: "full", include: ["test/**/*.full.test.ts"], testTimeout: 600_000 } },
    ],
  },
});
