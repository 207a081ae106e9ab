/** Event files of real runs, read back by the parser that checks their CRCs, against what the run folder says. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readEvents, type SummaryEvent, type SummaryValue } from "../../engine/export/tensorboard/events.ts";
import { writeMnistSlice } from "../support/mnistSlice.ts";
import { jsonLines, runCli } from "./runCli.ts";

let folder = "";
const inFolder = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "layerscope-tensorboard-"));
  writeMnistSlice(inFolder("digits"), 400, 100);
  const trained = await runCli([
    ...["train", "examples/mlp-bn.layerscope", "--dataset", inFolder("digits"), "--epochs", "2", "--validation", "50"],
    ...["--batch", "50", "--out", inFolder("run"), "--tensorboard", inFolder("live")],
  ]);
  expect(trained.code, trained.stderr).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const eventsIn = (directory: string): readonly SummaryEvent[] => {
  const [name = "", ...others] = readdirSync(directory);
  expect(others).toEqual([]);
  expect(name).toMatch(/^events\.out\.tfevents\.\d{10}\.[^/]+$/);
  const events = readEvents(readFileSync(join(directory, name)));
  if (!events.ok) throw new Error(events.error);
  return events.value;
};

/** By step and tag. */
const valuesOf = (events: readonly SummaryEvent[]): ReadonlyMap<string, SummaryValue> =>
  new Map(events.flatMap(({ step, values }) => values.map((value) => [`${step} ${value.tag}`, value] as const)));

const scalarOf = (value: SummaryValue | undefined): number => (value && "scalar" in value ? value.scalar : Number.NaN);

const linesOf = (event: string) =>
  jsonLines(readFileSync(inFolder("run/metrics.jsonl"), "utf8")).filter((line) => line.event === event);

test("a run folder becomes a file with every step, every epoch and the histograms of every frame", async () => {
  const converted = await runCli(["tensorboard", inFolder("run"), "--out", inFolder("converted"), "--json"]);
  expect(converted).toMatchObject({ code: 0, stderr: "" });
  const values = valuesOf(eventsIn(inFolder("converted/run")));
  const steps = linesOf("step");
  expect(steps.length).toBe(14);
  for (const { step, loss, accuracy, learningRate } of steps) {
    expect(scalarOf(values.get(`${step} loss/batch`))).toBe(Math.fround(Number(loss)));
    expect(scalarOf(values.get(`${step} accuracy/batch`))).toBe(Math.fround(Number(accuracy)));
    expect(scalarOf(values.get(`${step} learning rate`))).toBe(Math.fround(Number(learningRate)));
  }
  const epochs = linesOf("epoch");
  expect(epochs.length).toBe(2);
  for (const { step, loss, testAccuracy, validationLoss } of epochs) {
    expect(scalarOf(values.get(`${step} loss/train`))).toBe(Math.fround(Number(loss)));
    expect(scalarOf(values.get(`${step} accuracy/test`))).toBe(Math.fround(Number(testAccuracy)));
    expect(scalarOf(values.get(`${step} loss/validation`))).toBe(Math.fround(Number(validationLoss)));
  }
  const frames = linesOf("frame");
  expect(frames.length).toBeGreaterThan(0);
  for (const { step, nodes } of frames) {
    expect(Array.isArray(nodes)).toBe(true);
    for (const node of Array.isArray(nodes) ? nodes : []) {
      const value = values.get(`${step} output/${node.id}`);
      if (value === undefined || !("histogram" in value)) throw new Error(`no histogram of ${node.id} at ${step}`);
      const { num, sum, sumSquares, min, max, buckets, bucketLimits } = value.histogram;
      expect(num).toBe(node.count - node.nonFinite);
      expect(buckets.reduce((total, count) => total + count, 0)).toBe(num);
      expect(sum / num).toBeCloseTo(node.mean, 9);
      expect(Math.sqrt(sumSquares / num - (sum / num) ** 2)).toBeCloseTo(node.std, 6);
      // Ascending, the first bucket around the smallest value and the last up to the largest.
      expect([...bucketLimits].sort((a, b) => a - b)).toEqual(bucketLimits);
      expect(bucketLimits[0]).toBeGreaterThanOrEqual(min);
      expect(bucketLimits.at(-1)).toBeGreaterThanOrEqual(max - 1e-6 * Math.abs(max));
    }
  }
  const [written] = jsonLines(converted.stdout);
  expect(written).toMatchObject({ event: "written", run: "run" });
  expect(Number(written?.scalars) + Number(written?.histograms)).toBe(values.size);
});

test("written while the run goes, it holds the same", () => {
  const [live, converted] = [eventsIn(inFolder("live")), eventsIn(inFolder("converted/run"))];
  expect(valuesOf(live)).toEqual(valuesOf(converted));
});

test("its times go from the start of the run to its end", () => {
  const { startedAt, elapsedMs } = JSON.parse(readFileSync(inFolder("run/run.json"), "utf8"));
  const began = Date.parse(startedAt) / 1000;
  const times = eventsIn(inFolder("converted/run")).map(({ wallTime }) => wallTime);
  expect([...times].sort((a, b) => a - b)).toEqual(times);
  expect(times[0]).toBeGreaterThan(began);
  expect(times.at(-1)).toBeLessThanOrEqual(began + elapsedMs / 1000 + 1e-3);
});

test("a sweep writes one for each run, and a second run does not go into the folder of a first", async () => {
  const study = {
    ...{ format: "layerscope-study", version: 1, title: "Tiny", document: resolve("examples/mlp-bn.layerscope") },
    ...{ dataset: { source: "idx", directory: inFolder("digits") }, trainSamples: 100, testSamples: 50 },
    ...{ training: { epochs: 1, batchSize: 50 }, search: { by: "grid" }, axes: [{ vary: "seed", values: [1, 2] }] },
  };
  writeFileSync(inFolder("tiny.study.json"), JSON.stringify(study));
  const swept = await runCli([
    ...["sweep", inFolder("tiny.study.json"), "--out", inFolder("study"), "--tensorboard", inFolder("swept")],
  ]);
  expect(swept.code, swept.stderr).toBe(0);
  expect(readdirSync(inFolder("swept")).sort()).toEqual(["run-001", "run-002"]);
  expect(eventsIn(inFolder("swept/run-002")).map(({ step }) => step)).toEqual([1, 2]);

  writeFileSync(join(inFolder("swept/run-001"), "events.out.tfevents.1000000000.other"), "");
  const again = await runCli(["tensorboard", inFolder("study"), "--out", inFolder("swept")]);
  expect(again).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("holds another run, events.out.tfevents.1000000000.other."),
  });
  expect(await runCli(["tensorboard", inFolder("digits"), "--out", inFolder("x")])).toMatchObject({
    ...{ code: 2, stderr: expect.stringContaining("digits is not a run folder") },
  });
  expect(await runCli(["tensorboard", inFolder("run")])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("needs --out DIR"),
  });
});
