import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeMnistSlice } from "../support/mnistSlice.ts";
import { jsonLines, runCli } from "./runCli.ts";

let folder = "";
let digits = "";
const trainCall = (graph: string, out: string): string[] =>
  ["train", graph, "--dataset", digits, "--batch", "50", "--epochs", "1", "--out", out].concat(
    "--frames-per-second",
    "0",
  );

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "layerscope-recompute-"));
  digits = join(folder, "digits");
  writeMnistSlice(digits, 500, 200);
  expect((await runCli(trainCall("examples/mlp-bn.layerscope", join(folder, "run")))).code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("recompute writes a net whose test accuracy is the one it prints, and tells the one before", async () => {
  const run = join(folder, "run");
  const out = join(folder, "new.model.json");
  const outcome = await runCli(["recompute", run, "--out", out, "--json"]);
  expect(outcome).toMatchObject({ code: 0, stderr: "" });
  const [result] = jsonLines(outcome.stdout);
  expect(result).toMatchObject({ event: "recomputed", dataset: "digits", samples: 500, testCount: 200, out });
  expect(result?.nodes).toHaveLength(5);
  const evaluated = async (path: string) => jsonLines((await runCli(["eval", path, "--json"])).stdout)[0];
  const [old, recomputed] = [await evaluated(run), await evaluated(out)];
  expect(result?.before).toEqual({ testLoss: old?.testLoss, testAccuracy: old?.testAccuracy });
  expect(result?.recomputed).toEqual({ testLoss: recomputed?.testLoss, testAccuracy: recomputed?.testAccuracy });
  expect(recomputed?.weightsHash).toBe(result?.weightsHash);
  expect(recomputed?.testLoss).not.toBe(old?.testLoss);
  // Ten steps of momentum 0.9 lag far behind; the values of all samples do not.
  expect(Number(recomputed?.testLoss)).toBeLessThan(Number(old?.testLoss));
});

test("recompute prints both accuracies and writes nothing unless it is told where", async () => {
  const outcome = await runCli(["recompute", join(folder, "run"), "--limit", "200"]);
  expect(outcome.code).toBe(0);
  expect(outcome.stdout).toMatch(/^digits: statistics of 5 BatchNorms pooled over 200 training samples\n/);
  expect(outcome.stdout).toMatch(/\nbefore +accuracy [\d.]+ %, loss [\d.]+\nrecomputed +accuracy [\d.]+ %/);
  expect(outcome.stdout).toContain("Nothing was written: give --out FILE to keep the net.");
});

test("recompute finds out that it cannot write before it works", async () => {
  const nowhere = join(folder, "nowhere");
  expect(await runCli(["recompute", "nothing.model.json", "--out", join(nowhere, "x.model.json")])).toEqual({
    code: 2,
    stdout: "",
    stderr: `layerscope: --out: there is no folder ${nowhere}.\n`,
  });
});

test("recompute refuses a net without BatchNorm", async () => {
  expect((await runCli(trainCall("examples/mlp-plain.layerscope", join(folder, "plain")))).code).toBe(0);
  const out = join(folder, "plain.model.json");
  const outcome = await runCli(["recompute", join(folder, "plain"), "--out", out]);
  expect(outcome).toMatchObject({
    code: 1,
    stderr: "layerscope: No BatchNorm of this net has running values that follow its batches.\n",
  });
  expect(existsSync(out)).toBe(false);
});
