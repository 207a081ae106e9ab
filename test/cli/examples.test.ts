/** The examples open, train with their own settings on the whole of their dataset, and reach the accuracy that the catalog promises. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { jsonLines, runCli } from "./runCli.ts";

interface Entry {
  readonly file: string;
  readonly reached: { readonly epochs: number; readonly testAccuracy: number } | null;
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

  // lenet-bn-max takes as long as the others together; it differs from lenet-bn-avg in pooling and batch size only. mlp-plain is mlp-bn
  // without its batch norms.
  const long: readonly string[] = ["lenet-bn-max.layerscope", "mlp-plain.layerscope"];
  const measured = catalog.flatMap(({ file, reached }) =>
    reached === null || long.includes(file) ? [] : [{ file, reached }],
  );
  test.each(measured)(
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

  test("without CIFAR-10 the residual net says how to get it", async () => {
    const empty = mkdtempSync(join(tmpdir(), "layerscope-no-datasets-"));
    vi.stubEnv("LAYERSCOPE_DATASETS", empty);
    const { code, stderr } = await runCli(["train", "examples/residual-cifar10.layerscope"]);
    vi.unstubAllEnvs();
    rmSync(empty, { recursive: true });
    expect(code).toBe(2);
    expect(stderr).toContain("layerscope download cifar-10");
  });
});
