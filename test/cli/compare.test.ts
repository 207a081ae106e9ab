/** `compare` on runs that the command line has made itself. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeMnistSlice } from "../support/mnistSlice.ts";
import { jsonLines, runCli } from "./runCli.ts";

let folder = "";
const inFolder = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "layerscope-compare-"));
  writeMnistSlice(inFolder("digits"), 300, 100);
  const study = {
    ...{ format: "layerscope-study", version: 1, title: "Tiny", document: resolve("examples/mlp-bn.layerscope") },
    dataset: { source: "idx", directory: inFolder("digits") },
    ...{ trainSamples: 200, testSamples: 50, training: { epochs: 2, batchSize: 50, learningRate: 0.1 } },
    search: { by: "grid" },
    axes: [
      { vary: "normalization", values: ["batch", "none"] },
      { vary: "seed", values: [1, 2] },
    ],
  };
  writeFileSync(inFolder("tiny.study.json"), JSON.stringify(study));
  const swept = await runCli(["sweep", inFolder("tiny.study.json"), "--out", inFolder("study")]);
  expect(swept.code).toBe(0);
  const document = join(folder, "study/runs/run-001/document.layerscope");
  const call = ["train", document, "--frames-per-second", "0", "--limit", "100", "--epochs", "1"];
  expect(await runCli([...call, "--out", inFolder("single")])).toMatchObject({ code: 0 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const comparedAs = async (...runs: readonly string[]) => {
  const outcome = await runCli(["compare", ...runs.map(inFolder), "--json"]);
  expect(outcome).toMatchObject({ code: 0, stderr: "" });
  return jsonLines(outcome.stdout);
};

test("says of a study what its runs differ in, what they have reached, and how far seeds spread", async () => {
  const events = await comparedAs("study");
  const runs = events.filter(({ event }) => event === "run");
  expect(runs.map(({ run, params }) => [run, params])).toEqual([
    ["run-001", { "bn1, bn2 and 3 more: bypassed": "off", seed: "1" }],
    ["run-002", { "bn1, bn2 and 3 more: bypassed": "off", seed: "2" }],
    ["run-003", { "bn1, bn2 and 3 more: bypassed": "on", seed: "1" }],
    ["run-004", { "bn1, bn2 and 3 more: bypassed": "on", seed: "2" }],
  ]);
  for (const run of runs) expect(run).toMatchObject({ outcome: "finished", epochs: 2, steps: 8, diverged: false });
  const differences = events.filter(({ event, run }) => event === "difference" && run === "run-004");
  expect(differences.map(({ text }) => text)).toEqual(["bn1, bn2, bn3, bn4, bn5: bypassed", "seed 1 → 2"]);

  const [batch] = events.filter(({ event }) => event === "combination");
  const losses = runs.slice(0, 2).map(({ finalLoss }) => Number(finalLoss));
  const [a = 0, b = 0] = losses;
  expect(batch).toMatchObject({ runIds: ["run-001", "run-002"], numDiverged: 0 });
  expect(batch?.metrics).toMatchObject({
    finalLoss: { n: 2, mean: expect.closeTo((a + b) / 2, 12), std: expect.closeTo(Math.abs(a - b) / Math.SQRT2, 12) },
  });
  const best = events.find(({ event, metric }) => event === "best" && metric === "finalLoss");
  const lowest = Math.min(...runs.map(({ finalLoss }) => Number(finalLoss)));
  expect(runs.find(({ run }) => run === best?.run)?.finalLoss).toBe(lowest);
});

test("proves that paired runs start with the same bits, and others do not", async () => {
  const starts = (await comparedAs("study")).filter(({ event }) => event === "start");
  expect(starts.map(({ run, sharedTensors, sameBatches }) => [run, sharedTensors, sameBatches])).toEqual([
    ["run-002", 32, false],
    ["run-003", 12, true],
    ["run-004", 12, false],
  ]);
  expect(starts[1]?.differentTensors).toEqual([]);
  // Biases start at 0 whatever the seed.
  expect(starts[2]?.differentTensors).toEqual([
    "fc1.weight",
    "fc2.weight",
    "fc3.weight",
    "fc4.weight",
    "fc5.weight",
    "fc6.weight",
  ]);
});

test("tells runs of fewer samples apart, in a table for people", async () => {
  const { code, stdout } = await runCli(["compare", join(folder, "study/runs/run-001"), inFolder("single")]);
  expect(code).toBe(0);
  const [head = "", first = "", second = ""] = stdout.split("\n");
  expect(head).toMatch(/^run +epochs +training samples +end +epochs +Final loss/);
  expect(first).toMatch(/^run-001 +2 +200 +finished +2 /);
  expect(second).toMatch(/^single +1 +100 +finished +1 /);
  expect(stdout).toContain("epochs 2 → 1");
  expect(stdout).toContain("single: all 32 tensors that run-001 has too start with its bits; other batches");
});

test("names what is no run", async () => {
  const one = await runCli(["compare", inFolder("single")]);
  expect(one).toMatchObject({ code: 2, stderr: expect.stringContaining("compare needs at least 2 runs; found 1") });
  const none = await runCli(["compare", inFolder("single"), inFolder("digits")]);
  expect(none).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("digits is not a run folder: it has no run.json."),
  });
  expect(await runCli(["compare"])).toMatchObject({ code: 2, stderr: expect.stringContaining("compare needs RUN…") });
});
