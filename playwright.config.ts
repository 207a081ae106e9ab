import { defineConfig } from "@playwright/test";

/** The journeys. `scripts/test.mjs` gives them a display and an Electron. */
export default defineConfig({
  testDir: "test/e2e",
  testMatch: "**/*.journey.ts",
  outputDir: "test-results/journeys",
  // Each journey trains; side by side they would take each other's cores.
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  retries: 0,
  reporter: [["list"], ["json", { outputFile: "test-results/e2e.json" }]],
});
