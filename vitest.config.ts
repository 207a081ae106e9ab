import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Put a module of their own in the place of one of the engine's. */
const REPLACING_MODULES = ["test/engine/compile/merge.test.ts"];

/** Tests of the page that touch what it keeps, in its stores and in its window. */
const STATEFUL = readdirSync("test/renderer", { recursive: true, encoding: "utf8" })
  .filter((name) => /\.test\.tsx?$/.test(name))
  .map((name) => path.posix.join("test/renderer", name.replaceAll("\\", "/")))
  .filter(
    (file) =>
      file.endsWith("x") || /\bsetShell\b|Store\b|\bwindow\b|requestAnimationFrame/.test(readFileSync(file, "utf8")),
  );

export default defineConfig({
  test: {
    // Two workers: the machines this runs on have two cores, and the kernels want one of their own.
    maxWorkers: 2,
    // Many times what the longest takes: others may want the cores, too.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    coverage: {
      provider: "v8",
      include: ["engine/**/*.ts", "cli/**/*.ts", "electron/**/*.ts", "renderer/**/*.{ts,tsx}"],
    },
    projects: [
      {
        extends: true,
        test: {
          name: "engine",
          environment: "node",
          include: ["test/engine/**/*.test.ts"],
          exclude: REPLACING_MODULES,
          // The engine keeps nothing outside what its functions return, so its modules are loaded once for all files.
          isolate: false,
          globalSetup: ["test/support/buildKernels.mjs"],
        },
      },
      {
        extends: true,
        test: {
          name: "engine with modules replaced",
          environment: "node",
          include: REPLACING_MODULES,
          globalSetup: ["test/support/buildKernels.mjs"],
        },
      },
      {
        extends: true,
        plugins: [react()],
        test: {
          name: "renderer",
          environment: "happy-dom",
          include: STATEFUL,
          // Each file has modules and a window of its own, and happy-dom is loaded once.
          pool: "vmThreads",
        },
      },
      {
        extends: true,
        plugins: [react()],
        test: {
          name: "renderer without state",
          environment: "happy-dom",
          include: ["test/renderer/**/*.test.ts"],
          exclude: STATEFUL,
          // Nothing is kept between them: their modules are loaded once.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: "electron",
          environment: "node",
          include: ["test/electron/**/*.test.ts"],
          globalSetup: ["test/support/buildKernels.mjs"],
        },
      },
      {
        extends: true,
        test: {
          name: "cli",
          environment: "node",
          include: ["test/cli/**/*.test.ts"],
          globalSetup: ["test/support/buildCli.mjs"],
        },
      },
      {
        extends: true,
        test: { name: "project", environment: "node", include: ["test/project/**/*.test.ts"] },
      },
    ],
  },
});
