/** The examples open, train with their own settings on the whole of MNIST, and reach the accuracy that the catalog promises. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { jsonLines, runCli } from "./runCli.ts";

interface Entry {
  readonly file: string;
  readonly reached: { readonly epochs: number; readonly testAccuracy: number };
}

const catalog: readonly Entry[] = JSON.parse(readFileSync("examples/catalog.json", "utf8"));

/** Machines with and without relaxed SIMD round differently; ten thousand test images tell accuracies apart to about this much. */
const TOLERANCE = 0.005;
const MINUTES = 60_000;

describe("examples", () => {
  test("each document is in the catalog", () => {
    const documents = readdirSync("examples").filter((name) => name.endsWith(".layerscope"));
    expect(catalog.map(({ file }) => file).sort()).toEqual(documents.sort());
  });

  // The fourth, lenet-bn-max, takes as long as these three together; it differs from them in pooling and batch size only.
  test.each(catalog.filter(({ file }) => file !== "lenet-bn-max.layerscope"))(
    "$file reaches its accuracy",
    async ({ file, reached }) => {
      const outcome = await runCli(["train", `examples/${file}`, "--json"]);
      expect(outcome.code).toBe(0);
      const epochs = jsonLines(outcome.stdout).filter(({ event }) => event === "epoch");
      expect(epochs.length).toBe(reached.epochs);
      expect(epochs.at(-1)?.testAccuracy).toBeGreaterThan(reached.testAccuracy - TOLERANCE);
    },
    10 * MINUTES,
  );
});
