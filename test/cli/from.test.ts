/** `train --from`: a run that starts from a trained net, on the command line as users run it. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RunFolder } from "../../engine/host/nodeRunFolder.ts";
import { loadModel } from "../../engine/index.ts";
import { writeMnistSlice } from "../support/mnistSlice.ts";
import { jsonLines, runCli } from "./runCli.ts";

const graph = "examples/mlp-bn.layerscope";
let folder = "";
let digits = "";
let first = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "layerscope-from-"));
  digits = join(folder, "digits");
  writeMnistSlice(digits, 1000, 200);
  first = join(folder, "first");
  const trained = await runCli(train(graph, "--out", first));
  expect(trained).toMatchObject({ code: 0, stderr: "" });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const train = (path: string, ...more: string[]): string[] => [
  ...["train", path, "--dataset", digits, "--batch", "64", "--epochs", "1"],
  ...more,
];

const recordOf = (path: string) => JSON.parse(readFileSync(join(path, "run.json"), "utf8"));
const modelFile = (): string => join(first, "model.model.json");

test("a run starts from a trained net, and its record, its net and its events say from which", async () => {
  const out = join(folder, "second");
  const outcome = await runCli(train(graph, "--seed", "4", "--from", modelFile(), "--out", out, "--json"));
  expect(outcome).toMatchObject({ code: 0, stderr: "" });
  const { weightsHash } = recordOf(first);
  const from = { name: "model.model.json", weightsHash, anew: [] };
  const [started] = jsonLines(outcome.stdout);
  expect(started).toMatchObject({ event: "started", from });
  expect(recordOf(out).from).toEqual({ ...from, file: modelFile() });
  const model = loadModel(readFileSync(join(out, "model.model.json"), "utf8"));
  expect(model.ok && model.value.training.from).toEqual(from);
  // It goes on from what the first has learnt.
  const lossAt = (events: readonly Record<string, unknown>[]) => Number(events.find(({ step }) => step === 1)?.loss);
  const anew = await runCli(train(graph, "--seed", "4", "--steps", "1", "--json"));
  expect(lossAt(jsonLines(outcome.stdout))).toBeLessThan(lossAt(jsonLines(anew.stdout)) / 2);
});

test("a trained net is a graph, too: it trains on from its own weights, or with --from none from initializers", async () => {
  const named = await runCli(train(graph, "--from", modelFile(), "--json"));
  const itself = await runCli(train(modelFile(), "--json"));
  const none = await runCli(train(modelFile(), "--from", "none", "--json"));
  const anew = await runCli(train(graph, "--json"));
  const hashOf = ({ stdout }: { readonly stdout: string }) => jsonLines(stdout).at(-1)?.weightsHash;
  expect(hashOf(itself)).toHaveLength(64);
  expect(hashOf(itself)).toBe(hashOf(named));
  expect(hashOf(none)).toBe(hashOf(anew));
  expect(hashOf(none)).not.toBe(hashOf(itself));
});

test("layers that do not fit start anew and are told of, line by line; a net of which none fits is refused", async () => {
  const text = readFileSync(graph, "utf8");
  const other = join(folder, "other.layerscope");
  const edited = JSON.parse(text);
  const [dense] = edited.nodes.filter(({ kind }: { kind: string }) => kind === "dense").slice(-2);
  dense.params.units = 50;
  writeFileSync(other, JSON.stringify(edited));
  const { stdout, code } = await runCli(train(other, "--from", first, "--steps", "1"));
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Starts from first\/model\.model\.json: 8 of 11 layers with weights$/m);
  expect(stdout).toMatch(
    new RegExp(
      `^ {2}${dense.name} starts anew: its weight is 100×100 in first/model\\.model\\.json, 50×100 here$`,
      "m",
    ),
  );
  const refused = await runCli(train("examples/lenet-bn-max.layerscope", "--from", first));
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toMatch(
    /^layerscope: .*: No layer of the graph takes its weights from first\/model\.model\.json\./,
  );
  const missing = await runCli(train(graph, "--from", join(folder, "nothing.model.json")));
  expect(missing).toMatchObject({
    code: 2,
    stderr: `layerscope: ${join(folder, "nothing.model.json")} does not exist.\n`,
  });
});

test("runs are compared by what they started from", async () => {
  const [a, b] = [join(folder, "a"), join(folder, "b")];
  for (const [out, threads] of [
    [a, "1"],
    [b, "2"],
  ] as const) {
    const { code } = await runCli(train(graph, "--from", modelFile(), "--out", out, "--threads", threads));
    expect(code).toBe(0);
  }
  const same = await runCli(["compare", a, b]);
  expect(same.stdout).toContain(
    "b: all 32 tensors that a has too start with its bits; the same batches in the same order",
  );
  const others = await runCli(["compare", first, a]);
  expect(others.stdout).toContain("starts from");
  expect(others.stdout).toContain("a: 32 of 32 tensors that first has too start with other bits; the same batches");
  expect(recordOf(a).weightsHash).toBe(recordOf(b).weightsHash);
});

test("a run that begins again starts from the same net, and is refused where the file holds another", async () => {
  const whole = join(folder, "whole");
  const options = ["--seed", "4", "--from", join(folder, "start.model.json")];
  cpSync(modelFile(), join(folder, "start.model.json"));
  expect((await runCli(train(graph, ...options, "--out", whole))).code).toBe(0);
  // As a run leaves its folder that was killed before its first checkpoint.
  const killed = join(folder, "killed");
  const { outcome: _outcome, lossesHash: _losses, weightsHash: _weights, ...start } = recordOf(whole);
  mkdirSync(killed);
  RunFolder.create(killed, JSON.parse(readFileSync(join(whole, "document.layerscope"), "utf8")), 1000).close();
  const record = JSON.stringify({ ...start, outcome: "running", failure: null });
  writeFileSync(join(killed, "run.json"), record);
  const resumed = await runCli(["resume", killed]);
  expect(resumed.code).toBe(0);
  expect(recordOf(killed).weightsHash).toBe(recordOf(whole).weightsHash);
  expect(recordOf(killed).from).toEqual(recordOf(whole).from);

  writeFileSync(join(killed, "run.json"), record);
  for (const name of readdirSync(join(killed, "checkpoints"))) rmSync(join(killed, "checkpoints", name));
  cpSync(join(whole, "model.model.json"), join(folder, "start.model.json"));
  const refused = await runCli(["resume", killed]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/that file has others now, [0-9a-f]{12}…\. Train anew\.\n$/);
});
