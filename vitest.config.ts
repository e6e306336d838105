import { defineConfig } from "vitest/config";

// Engine and workflow bundle come from dist/ (built before any test); everything else is tested from source.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
