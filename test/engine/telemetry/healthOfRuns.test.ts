/** Real runs judged as the page judges them: nets that train well are quiet, and the tutorials' bad starts are named where they are. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compile } from "../../../engine/compile/compile.ts";
import { type Dataset, measurePreprocessing, type Split } from "../../../engine/data/dataset.ts";
import { parse } from "../../../engine/document/parse.ts";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import { ok } from "../../../engine/result.ts";
import { decodeFrame } from "../../../engine/telemetry/frameLayout.ts";
import { type HealthFinding, HealthWatch } from "../../../engine/telemetry/health.ts";
import { healthNet } from "../../../engine/telemetry/healthNet.ts";
import { createSession } from "../../../engine/train/createSession.ts";
import { createStream } from "../../../engine/train/rng.ts";
import { deepMlp } from "../../support/documents/deepMlp.ts";
import { nodeHost } from "../train/runHarness.ts";

interface Judged {
  readonly findings: readonly HealthFinding[];
  readonly firstLoss: number;
  readonly lastLoss: number;
}

/** Measures the first 20 steps and every tenth. */
const judge = async (document: LayerscopeDocument, maxSteps: number, given?: Dataset): Promise<Judged> => {
  const loaded = given === undefined ? await nodeHost.loadDataset(document.dataset) : ok(given);
  if (!loaded.ok) throw new Error(loaded.error.message);
  const created = await createSession({ document, dataset: loaded.value, host: nodeHost, threads: 1, maxSteps });
  if (!created.ok) throw new Error(created.error.message);
  const session = created.value;
  const { program } = compile(document);
  if (program === null) throw new Error("The document has errors.");
  const nodeIds = program.layers.map(({ nodeId }) => nodeId);
  const watch = new HealthWatch(healthNet(program));
  const findings: HealthFinding[] = [];
  const losses: number[] = [];
  while (session.step < maxSteps && session.phase !== "ended") {
    const advance = session.advance({ measure: session.step < 20 || session.step % 10 === 9 });
    if (advance.type !== "trained") continue;
    losses.push(advance.loss);
    if (!advance.measured || advance.divergence !== null) continue;
    const frame = decodeFrame(session.encodeMeasuredFrame(), nodeIds);
    if (!frame.ok) throw new Error(frame.error.message);
    watch.observe(frame.value);
    findings.push(...watch.findingsAt(frame.value));
  }
  session.dispose();
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { findings, firstLoss: losses[0] ?? Number.NaN, lastLoss: mean(losses.slice(-20)) };
};

const example = (name: string): LayerscopeDocument => {
  const parsed = parse(readFileSync(`examples/${name}.layerscope`, "utf8"));
  if (!parsed.ok) throw new Error(`${name} cannot be read.`);
  return parsed.value;
};

/** Of the signal and of its gradient, but for dead channels, which good nets have too. */
const SIGNAL = [
  "vanishing",
  "exploding",
  "vanishingGradient",
  "explodingGradient",
  "saturated",
  "notLearning",
] as const;

const named = (findings: readonly HealthFinding[], ...rules: readonly HealthFinding["rule"][]): readonly string[] => [
  ...new Set(findings.filter(({ rule }) => rules.includes(rule)).map(({ rule, nodeId }) => `${rule} ${nodeId}`)),
];

for (const [name, steps] of [
  ["mlp-bn", 300],
  ["mlp-plain", 300],
  ["spiral-bn", 300],
  ["lenet-bn-avg", 60],
  ["lenet-bn-max", 60],
] as const) {
  test(`${name} trains, and nothing vanishes, explodes or stands still`, async () => {
    const { findings, firstLoss, lastLoss } = await judge(example(name), steps);
    expect(lastLoss).toBeLessThan(0.7 * firstLoss);
    expect(named(findings, ...SIGNAL)).toEqual([]);
  });
}

/** Ten classes of 3×32×32 in place of CIFAR-10, which is not at hand: each lights up a band of rows in a colour of its own, with noise. */
const bands = (): Dataset => {
  const [count, side, area] = [256, 32, 32 * 32];
  const random = createStream(1, "bands");
  const images = new Uint8Array(count * 3 * area);
  const labels = new Uint8Array(count);
  for (let n = 0; n < count; n += 1) {
    const label = Math.floor(10 * random());
    labels[n] = label;
    for (let at = 0; at < 3 * area; at += 1) {
      const [channel, row] = [Math.floor(at / area), Math.floor((at % area) / side)];
      const isLit = Math.floor(row / 8) === label % 4 && channel === label % 3;
      images[n * 3 * area + at] = Math.floor((isLit ? 120 : 0) + 130 * random());
    }
  }
  const train: Split = { count, images, labels: { classes: labels } };
  const classNames = Array.from({ length: 10 }, (_, label) => String(label));
  const shape = [3, side, side];
  return { name: "bands", shape, classNames, train, test: train, preprocessing: measurePreprocessing(images, shape) };
};

test("the residual net trains, and its sums do not explode", async () => {
  const document = example("residual-cifar10");
  const small = {
    ...document,
    training: { ...document.training, batchSize: 32, validation: null, augmentation: null },
  };
  const { findings, firstLoss, lastLoss } = await judge(small, 60, bands());
  expect(lastLoss).toBeLessThan(0.7 * firstLoss);
  expect(named(findings, ...SIGNAL)).toEqual([]);
});

const DEPTH = 20;
const hidden = (rule: string, from: number): readonly string[] =>
  Array.from({ length: DEPTH - from }, (_, index) => `${rule} fc${index + from}`);

test("20 dense layers from N(0, 0.01²) vanish from the second on, at the first step and after", async () => {
  const net = deepMlp({ depth: DEPTH, activation: "relu", initializer: { name: "normal", std: 0.01 } });
  const { findings } = await judge(net, 30);
  for (const step of [1, 2, 30]) {
    expect(
      named(
        findings.filter((finding) => finding.step === step),
        "vanishing",
        "exploding",
      ),
    ).toEqual(hidden("vanishing", 2));
  }
  expect(
    findings.filter(({ rule, step }) => rule === "vanishing" && step === 30).every(({ since }) => since === 1),
  ).toBe(true);
  // Hardly any gradient comes back to the first layer, whose own signal has a size.
  expect(named(findings, "notLearning")).toContain("notLearning fc1");
});

test("from He's start they do neither vanish nor explode", async () => {
  const { findings } = await judge(
    deepMlp({ depth: DEPTH, activation: "relu", initializer: { name: "heNormal" } }),
    60,
  );
  expect(named(findings, ...SIGNAL)).toEqual([]);
});

test("from N(0, 1) they explode from the first layer on", async () => {
  const { findings } = await judge(
    deepMlp({ depth: DEPTH, activation: "relu", initializer: { name: "normal", std: 1 } }),
    1,
  );
  expect(named(findings, "vanishing", "exploding")).toEqual(hidden("exploding", 1));
});

test("with tanh they saturate instead", async () => {
  const { findings } = await judge(
    deepMlp({ depth: DEPTH, activation: "tanh", initializer: { name: "normal", std: 1 } }),
    1,
  );
  expect(named(findings, "saturated").length).toBe(DEPTH - 1);
  expect(named(findings, "exploding")).toEqual(["exploding fc1"]);
});

test("from Xavier's start sigmoids lose the gradient on its way back: the first layers do not learn", async () => {
  const { findings } = await judge(
    deepMlp({ depth: DEPTH, activation: "sigmoid", initializer: { name: "xavierNormal" } }),
    10,
  );
  expect(named(findings, "vanishing", "exploding", "saturated")).toEqual([]);
  const still = named(
    findings.filter(({ step }) => step === 10),
    "notLearning",
  );
  expect(still.slice(0, 10)).toEqual(hidden("notLearning", 1).slice(0, 10));
  expect(still).not.toContain("notLearning fc20");
  // The reason is told before: from the second measured step on.
  const fading = findings.filter(({ rule, step }) => rule === "vanishingGradient" && step === 2);
  expect(fading.map(({ nodeId }) => nodeId).slice(0, 10)).toEqual(
    Array.from({ length: 10 }, (_, index) => `fc${index + 1}`),
  );
  expect(fading.every(({ since }) => since === 1)).toBe(true);
  expect(named(fading, "vanishingGradient")).not.toContain("vanishingGradient fc19");
});
