/** Each example study, cut down to a few samples, epochs and values, trains and shows what it is there to show. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeMnistSlice } from "../support/mnistSlice.ts";
import { jsonLines, runCli } from "./runCli.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "layerscope-studies-"));
  writeMnistSlice(join(folder, "digits"), 1300, 200);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Cut {
  readonly trainSamples: number;
  readonly testSamples?: number;
  /** The study's folder; absent: its name. */
  readonly out?: string;
  readonly training?: object;
  /** Values in place of the study's, by what they vary. */
  readonly values?: Readonly<Record<string, readonly unknown[]>>;
}

/** The results of the study's runs, in order. */
const resultsOf = async (
  name: string,
  { trainSamples, testSamples = 100, training, values = {}, out: outName = name }: Cut,
) => {
  const study = JSON.parse(readFileSync(`examples/studies/${name}.study.json`, "utf8"));
  const file = join(folder, `${name}.study.json`);
  const cut = {
    ...study,
    document: typeof study.document === "string" ? resolve("examples/studies", study.document) : study.document,
    dataset: { source: "idx", directory: join(folder, "digits") },
    ...{ trainSamples, testSamples, training: { ...study.training, ...training } },
    axes: study.axes.map((axis: { vary: string; names?: unknown }) => {
      if (values[axis.vary] === undefined) return axis;
      const { names: _, ...rest } = axis;
      return { ...rest, values: values[axis.vary] };
    }),
  };
  writeFileSync(file, JSON.stringify(cut));
  const out = join(folder, outName);
  const outcome = await runCli(["sweep", file, "--out", out]);
  expect(outcome.code, outcome.stderr).toBe(0);
  return jsonLines(readFileSync(join(out, "results.jsonl"), "utf8"));
};

test("16 scales: a scale at which the net learns with BatchNorm only", async () => {
  const [batch, none] = await resultsOf("scales16", {
    ...{ trainSamples: 600, training: { epochs: 8 } },
    values: { initializerScale: [0.01] },
  });
  expect(Number(batch?.bestTrainAccuracy)).toBeGreaterThan(0.6);
  expect(Number(none?.bestTrainAccuracy)).toBeLessThan(0.25);
});

test("20 scales: the same for eight layers under Adam, and a scale at which both learn", async () => {
  const [batch, none, , both] = await resultsOf("scales20", {
    ...{ trainSamples: 500, training: { epochs: 6 } },
    values: { initializerScale: [0.003, 0.12] },
  });
  expect(Number(batch?.bestTrainAccuracy)).toBeGreaterThan(0.4);
  expect(Number(none?.bestTrainAccuracy)).toBeLessThan(0.25);
  expect(Number(both?.bestTrainAccuracy)).toBeGreaterThan(0.7);
});

test("without test samples the same bits are trained, and nothing of the test set is known", async () => {
  const cut = {
    trainSamples: 200,
    training: { epochs: 2 },
    values: { initializerScale: [0.1], normalization: ["batch"] },
  };
  const [measured] = await resultsOf("scales16", { ...cut, out: "measured" });
  const [untested] = await resultsOf("scales16", { ...cut, testSamples: 0, out: "untested" });
  expect(measured?.bestTestAccuracy).toEqual(expect.any(Number));
  expect(untested).toMatchObject({ epochs: 2, finalTestLoss: null, finalTestAccuracy: null, bestTestAccuracy: null });
  for (const metric of ["finalLoss", "finalTrainAccuracy"]) expect(untested?.[metric]).toBe(measured?.[metric]);
  const hashIn = (out: string) =>
    JSON.parse(readFileSync(join(folder, out, "runs/run-001/run.json"), "utf8")).weightsHash;
  expect(hashIn("untested")).toBe(hashIn("measured"));
});

test("batches of 5: BatchNorm falls behind, LayerNorm does not", async () => {
  const cut = { trainSamples: 300, training: { epochs: 4 }, values: { batchSize: [5] } };
  const [batch, none] = await resultsOf("batchSizesBatchNorm", cut);
  const [layer, plain] = await resultsOf("batchSizesLayerNorm", cut);
  expect(plain?.finalLoss).toBe(none?.finalLoss);
  expect(Number(batch?.finalLoss)).toBeGreaterThan(2 * Number(none?.finalLoss));
  expect(Number(layer?.finalLoss)).toBeLessThan(0.6 * Number(batch?.finalLoss));
});

test("six layers under Adam: the loss falls faster with BatchNorm, whatever the seed", async () => {
  const results = await resultsOf("adamSixLayers", {
    ...{ trainSamples: 500, training: { epochs: 4 } },
    values: { seed: [1, 2] },
  });
  const [first, second, third, fourth] = results.map(({ finalLoss }) => Number(finalLoss));
  expect(Math.max(first ?? 9, second ?? 9)).toBeLessThan(0.8 * Math.min(third ?? 0, fourth ?? 0));
});

test("LeNet: a rate that only BatchNorm bears", async () => {
  const [batch, none] = await resultsOf("higherRateLenet", {
    ...{ trainSamples: 1280, training: { epochs: 1 } },
    values: { learningRate: [1] },
  });
  expect(batch).toMatchObject({ diverged: false, epochs: 1 });
  expect(none).toMatchObject({ diverged: true, failure: expect.stringContaining("Loss is not finite since step") });
});

test("the race: SGD is last", async () => {
  const results = await resultsOf("optimizerRace", { trainSamples: 1000, training: { epochs: 3 } });
  const [sgd, ...others] = results.map(({ finalLoss }) => Number(finalLoss));
  expect(others.length).toBe(5);
  expect(sgd).toBeGreaterThan(Math.max(...others));
});

test("the range test: with BatchNorm the loss is lowest at a higher rate", async () => {
  const results = await resultsOf("learningRateRange", { trainSamples: 1300, training: { epochs: 8, batchSize: 50 } });
  expect(results.map(({ learningRateRange }) => learningRateRange)).toEqual(
    results.map(() => ({
      steepestRate: expect.any(Number),
      lowestRate: expect.any(Number),
      divergedRate: expect.toSatisfy((rate) => rate === null || typeof rate === "number"),
    })),
  );
  const lowest = results.map(({ learningRateRange }) => Number(Reflect.get(Object(learningRateRange), "lowestRate")));
  expect(lowest[0]).toBeGreaterThan(2 * (lowest[1] ?? 1));
});

test("the gradient check: every layer agrees, with and without BatchNorm", async () => {
  const results = await resultsOf("gradientCheck", {
    ...{ trainSamples: 100, values: { normalization: ["batch", "none"], activation: ["tanh"] } },
  });
  const layersOf = (result: Record<string, unknown> | undefined): readonly Record<string, unknown>[] =>
    Array.isArray(result?.gradients) ? result.gradients : [];
  const [batch, none] = results.map(layersOf);
  expect(batch?.map(({ nodeId }) => nodeId)).toContain("bn2");
  expect(none?.map(({ nodeId }) => nodeId)).not.toContain("bn2");
  for (const layer of [...(batch ?? []), ...(none ?? [])]) {
    expect(layer).toMatchObject({ verdict: "agrees", relativeError: expect.toSatisfy((error) => error < 1e-7) });
  }
  const lines = jsonLines(readFileSync(join(folder, "gradientCheck/runs/run-001/metrics.jsonl"), "utf8"));
  expect(lines.filter(({ nodeId, tensor }) => nodeId === "bn1" && tensor === "gamma").length).toBe(1);
});
