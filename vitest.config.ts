import { defineConfig } from "vitest/config";

/** The categories are the folders of tests/; each has a verb in the Makefile. Slow ones get time, and run one file after another. */
const FAST = ["unit", "cross-language", "security"];
const SLOW = ["integration", "packaging", "platforms", "stress"];

export default defineConfig({
  test: {
    projects: [
      ...FAST.map((name) => ({
        extends: true as const,
        test: { name, include: [`tests/${name}/**/*.test.ts`], testTimeout: 30_000, hookTimeout: 60_000 },
      })),
      ...SLOW.map((name) => ({
        extends: true as const,
        test: { name, include: [`tests/${name}/**/*.test.ts`], testTimeout: 600_000, hookTimeout: 600_000, fileParallelism: false },
      })),
    ],
    coverage: { provider: "v8", include: ["src/**/*.ts"], exclude: ["src/**/*.gen.ts"], reporter: ["text-summary", "html", "json-summary"], reportsDirectory: "coverage", reportOnFailure: true },
    passWithNoTests: false,
  },
});
