import { describe, expect, test } from "vitest";
import { limitTraining } from "../../../engine/data/dataset.ts";
import type { TrainingSettings } from "../../../engine/document/schema.ts";
import type { TrainEvent } from "../../../engine/protocol.ts";
import { modeGap } from "../../../engine/telemetry/modeGap.ts";
import type { BatchNormStatistics } from "../../../engine/telemetry/statistics.ts";
import { decodeCheckpoint } from "../../../engine/train/checkpoint.ts";
import { createSession } from "../../../engine/train/createSession.ts";
import { PooledMoments } from "../../../engine/train/populationStatistics.ts";
import { createStream } from "../../../engine/train/rng.ts";
import { applied, chain, type NodeSketch } from "../compile/documents.ts";
import { blobNet, blobs, nodeHost, Recording, recordRun } from "./runHarness.ts";

type Answer = Extract<TrainEvent, { type: "statisticsRecomputed" }>;
type Found = NonNullable<Answer["found"]>;

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

const recompute = async (recording: Recording): Promise<Found> => {
  const before = recording.of("statisticsRecomputed").length;
  recording.send({ type: "recomputeStatistics", requestId: 7 });
  await until(() => recording.of("statisticsRecomputed").length > before);
  const answer = recording.of("statisticsRecomputed").at(-1);
  if (answer === undefined || answer.found === null) throw new Error(answer?.problem ?? "There is no answer.");
  return answer.found;
};

/** Bits of everything but what recomputation changes. */
const trainedBits = (recording: Recording): string =>
  recording
    .bits()
    .split("\n")
    .filter((line) => !line.includes(".running"))
    .join("\n");

const stateOf = (recording: Recording, name: string): readonly number[] => [
  ...(recording.model().tensors.find((tensor) => tensor.name === name)?.data ?? []),
];

/** A batch norm right behind the input: what it sees is in the dataset. */
const normFirst = (training: Partial<TrainingSettings>): ReturnType<typeof blobNet> =>
  applied(
    chain(
      ["input", "input", { shape: [1, 8, 8] }],
      ["batchNorm", "bn1"],
      ["flatten", "flatten"],
      ["batchNorm", "bn2"],
      ["dense", "fc1", { units: 4 }],
      ["output", "output"],
    ),
    [
      {
        type: "setTraining",
        training: { optimizer: { name: "sgd" }, learningRate: 0.1, epochs: 1, seed: 1, ...training },
      },
      { type: "setDataset", dataset: { source: "idx", directory: "/blobs" } },
    ],
  );

describe("pooled moments", () => {
  test("are the mean and biased variance over all values, by the law of total variance", () => {
    const random = createStream(3, "values");
    const batches = [5, 1, 8, 3].map((count) => Array.from({ length: count }, () => 1000 + 3 * random()));
    const moments = (values: readonly number[]): readonly [number, number] => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      return [mean, values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length];
    };
    const pooled = new PooledMoments(1);
    for (const values of batches) {
      const [mean, variance] = moments(values);
      pooled.add(values.length, [mean], [variance]);
    }
    const [mean, variance] = moments(batches.flat());
    expect(pooled.mean()[0]).toBe(Math.fround(mean));
    expect(Math.abs((pooled.variance()[0] ?? Number.NaN) / variance - 1)).toBeLessThan(1e-7);
  });
});

describe("recomputed statistics", () => {
  test("of a norm behind the input are the population values of the dataset, recomputed in float64", async () => {
    // 150 samples in batches of 30: every sample has its place in a full batch.
    const recording = await recordRun(normFirst({ batchSize: 30 }));
    const found = await recompute(recording);
    expect(found.samples).toBe(150);
    const { images } = blobs.train;
    const { preprocessing } = recording.model();
    const [centre = 0] = preprocessing.mean;
    const [spread = 1] = preprocessing.std;
    const values = Array.from(images, (byte) => (byte / 255 - centre) / spread);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    const [runningMean = Number.NaN] = stateOf(recording, "bn1.runningMean");
    const [runningVariance = Number.NaN] = stateOf(recording, "bn1.runningVariance");
    expect(Math.abs(runningMean - mean)).toBeLessThan(1e-6);
    expect(Math.abs(runningVariance / variance - 1)).toBeLessThan(1e-6);
  });

  test("are in the export as they are in the answer, for every norm and channel", async () => {
    const recording = await recordRun(normFirst({ batchSize: 30 }));
    const found = await recompute(recording);
    expect(found.norms.map(({ nodeId }) => nodeId)).toEqual(["bn1", "bn2"]);
    for (const { nodeId, mean, variance } of found.norms) {
      expect([...new Float32Array(mean)]).toEqual(stateOf(recording, `${nodeId}.runningMean`));
      expect([...new Float32Array(variance)]).toEqual(stateOf(recording, `${nodeId}.runningVariance`));
    }
    expect(stateOf(recording, "bn2.runningMean")).toHaveLength(64);
  });

  test("have the same bits on one thread and on two, and when they are recomputed again", async () => {
    const one = await recordRun(blobNet());
    const two = await recordRun(blobNet(), { threads: 2 });
    const [first, second] = [await recompute(one), await recompute(two)];
    expect(two.bits()).toBe(one.bits());
    expect(second).toEqual(first);
    const bits = one.bits();
    const again = await recompute(one);
    expect(one.bits()).toBe(bits);
    expect(again.before).toEqual(first.after);
  });

  test("leave weights and the steps to come as they would have been", async () => {
    const plain = await recordRun(blobNet());
    let asked = false;
    const recording = await recordRun(blobNet(), {
      onEvent: (event, run) => {
        if (event.type !== "frame" || asked) return;
        asked = true;
        run.send({ type: "recomputeStatistics", requestId: 1 });
      },
    });
    expect(recording.of("statisticsRecomputed")[0]?.found?.step).toBeLessThan(10);
    expect(recording.steps()).toEqual(plain.steps());
    expect(trainedBits(recording)).toBe(trainedBits(plain));
    expect(recording.bits()).not.toBe(plain.bits());
  });

  test("are measured: the results after them are what an evaluation gives, and the export tells that accuracy", async () => {
    const recording = await recordRun(blobNet({ epochs: 1, learningRate: 0.02 }));
    const found = await recompute(recording);
    const [epoch] = recording.of("epoch");
    expect(found.before).toMatchObject({ loss: epoch?.testLoss, accuracy: epoch?.testAccuracy });
    expect(found.after.loss).not.toBe(found.before.loss);
    expect(recording.model().training.testAccuracy).toBe(found.after.accuracy);
    const again = await recompute(recording);
    expect(again.before).toEqual(found.after);
  });
});

describe("a recomputation", () => {
  test("is taken back by restore, but not after another step", async () => {
    const recording = await recordRun(blobNet());
    const bits = recording.bits();
    const exported = recording.model().training.testAccuracy;
    await recompute(recording);
    expect(recording.bits()).not.toBe(bits);
    // Twice: what goes back is what training left.
    await recompute(recording);
    recording.send({ type: "restoreStatistics", requestId: 2 });
    await until(() => recording.of("statisticsRestored").length === 1);
    expect(recording.bits()).toBe(bits);
    expect(recording.model().training.testAccuracy).toBe(exported);
    recording.send({ type: "restoreStatistics", requestId: 3 });
    await until(() => recording.of("statisticsRestored").length === 2);
    expect(recording.of("statisticsRestored").map(({ requestId, problem }) => [requestId, problem])).toEqual([
      [2, null],
      [3, "There is nothing to restore: the statistics are those of training."],
    ]);
  });

  test("is the training's own once a step has followed it: a later one goes back to what that step left", async () => {
    const recording = new Recording({
      onBatch: (numBatches, run) => {
        if (numBatches === 3) run.send({ type: "pause" });
      },
    }).start(blobNet());
    await until(() => recording.of("paused").length === 1);
    await recompute(recording);
    recording.send({ type: "stepOnce" });
    await until(() => recording.of("paused").length === 2);
    const bits = recording.bits();
    recording.send({ type: "restoreStatistics", requestId: 2 });
    await until(() => recording.of("statisticsRestored").length === 1);
    expect(recording.bits()).toBe(bits);
    await recompute(recording);
    expect(recording.bits()).not.toBe(bits);
    recording.send({ type: "restoreStatistics", requestId: 3 });
    await until(() => recording.of("statisticsRestored").length === 2);
    expect(recording.bits()).toBe(bits);
    expect(recording.of("statisticsRestored").map(({ requestId, problem }) => [requestId, problem])).toEqual([
      [2, "There is nothing to restore: the statistics are those of training."],
      [3, null],
    ]);
    recording.run.dispose();
  });

  test("that is stopped leaves the statistics as they were, and the run goes on", async () => {
    const recording = new Recording({
      onEvent: (event, run) => {
        if (event.type === "paused") run.send({ type: "recomputeStatistics", requestId: 4 });
        if (event.type === "statisticsRecomputed") run.send({ type: "resume" });
      },
      onBatch: (numBatches, run) => {
        if (numBatches === 3) run.send({ type: "pause" });
        // Some batches into the recomputation.
        if (run.of("paused").length === 1 && run.of("statisticsRecomputed").length === 0 && numBatches > 8)
          run.send({ type: "stopRecomputing" });
      },
    }).start(blobNet());
    await recording.ended;
    const plain = await recordRun(blobNet());
    expect(recording.of("statisticsRecomputed")).toEqual([
      {
        type: "statisticsRecomputed",
        requestId: 4,
        found: null,
        problem: "Stopped. The running statistics are as they were.",
      },
    ]);
    expect(recording.of("finished")[0]?.stopped).toBe(false);
    expect(recording.bits()).toBe(plain.bits());
  });

  test("gives way to a stop of the run", async () => {
    const recording = new Recording({
      onEvent: (event, run) => {
        if (event.type === "paused") run.send({ type: "recomputeStatistics", requestId: 5 });
      },
      onBatch: (numBatches, run) => {
        if (numBatches === 3) run.send({ type: "pause" });
        if (numBatches === 12) run.send({ type: "stop" });
      },
    }).start(blobNet({ epochs: 20 }));
    await recording.ended;
    expect(recording.of("statisticsRecomputed")[0]?.found).toBeNull();
    expect(recording.of("finished")[0]?.stopped).toBe(true);
  });

  test("is refused where there are no weights to work with", async () => {
    const recording = new Recording();
    recording.send({ type: "recomputeStatistics", requestId: 1 });
    await until(() => recording.of("statisticsRecomputed").length === 1);
    expect(recording.of("statisticsRecomputed")[0]?.problem).toBe("There are no weights yet: the run has not started.");
    // Without BatchNorm: it would keep the outputs finite.
    const plain = (training: Partial<TrainingSettings>) =>
      applied(blobNet(training), [
        { type: "deleteNodes", nodeIds: ["bn1"] },
        { type: "connectPorts", from: { node: "conv1", port: "out" }, to: { node: "relu1", port: "in" } },
      ]);
    const diverged = await recordRun(plain({ learningRate: 1e30 }));
    diverged.send({ type: "recomputeStatistics", requestId: 2 });
    await until(() => diverged.of("statisticsRecomputed").length === 1);
    expect(diverged.of("statisticsRecomputed")[0]?.problem).toBe("The run has failed; its weights are not to be used.");
    const without = await recordRun(plain({}));
    without.send({ type: "recomputeStatistics", requestId: 3 });
    await until(() => without.of("statisticsRecomputed").length === 1);
    expect(without.of("statisticsRecomputed")[0]?.problem).toBe(
      "No BatchNorm of this net has running values that follow its batches.",
    );
  });

  test("of a paused run is in its checkpoint", async () => {
    const saved: Uint8Array[][] = [];
    const recording = new Recording({
      checkpoints: {
        everyMs: 1e9,
        metricsBytes: () => 0,
        save: async (_step, pieces) => {
          saved.push(pieces.map((piece) => piece.slice()));
        },
      },
      onBatch: (numBatches, run) => {
        if (numBatches === 3) run.send({ type: "pause" });
      },
      onEvent: (event, run) => {
        if (event.type === "paused") run.send({ type: "recomputeStatistics", requestId: 6 });
      },
    }).start(blobNet());
    await until(() => saved.length > 0);
    const [pieces = []] = saved;
    const parsed = decodeCheckpoint(
      new Uint8Array(await new Blob(pieces.map((piece) => Uint8Array.from(piece))).arrayBuffer()),
    );
    const norm = recording.of("statisticsRecomputed")[0]?.found?.norms[0];
    if (!parsed.ok || norm === undefined) throw new Error("There is no checkpoint.");
    const tensor = parsed.value.session.tensors.find(({ name }) => name === "bn1.runningMean");
    expect([...(tensor?.data ?? [])]).toEqual([...new Float32Array(norm.mean)]);
    recording.run.dispose();
  });
});

test("a recomputation that is given up before its statistics were measured leaves those of training", async () => {
  const created = await createSession({ document: blobNet(), dataset: blobs, host: nodeHost, threads: 1 });
  if (!created.ok) throw new Error(created.error.message);
  const session = created.value;
  for (let step = 0; step < 3; step += 1) session.advance({ measure: false });
  const before = session.network.tensors();
  const work = session.recomputeStatistics();
  const { total } = work?.progress ?? { total: 0 };
  // The last part measures the test set with the new ones.
  for (let batch = 0; batch < total - 1; batch += 1) work?.advance();
  expect(session.network.tensors()).not.toEqual(before);
  work?.giveUp();
  expect(session.network.tensors()).toEqual(before);
  session.dispose();
});

describe("batches of two", () => {
  /** Running values that follow slowly, as Keras's default has them follow. */
  const block = (number: number): NodeSketch[] => [
    ["conv2d", `conv${number}`, { filters: 12, kernel: [3, 3] }],
    ["batchNorm", `bn${number}`, { momentum: 0.99 }],
    ["relu", `relu${number}`],
  ];
  const net = applied(
    chain(
      ["input", "input"],
      ...[1, 2, 3, 4].flatMap(block),
      ["pool2d", "pool1"],
      ["flatten", "flatten"],
      ["dense", "fc1", { units: 10 }],
      ["output", "output"],
    ),
    [
      {
        type: "setTraining",
        training: { optimizer: { name: "sgd" }, learningRate: 0.05, batchSize: 2, epochs: 1, seed: 1, weightDecay: 0 },
      },
    ],
  );

  test("leave a gap between evaluation and training, and recomputation closes it", async () => {
    const recording = await recordRun(net, {
      maxSteps: 30,
      host: {
        loadDataset: async (reference) => {
          const loaded = await nodeHost.loadDataset(reference);
          if (!loaded.ok) return loaded;
          const small = limitTraining(loaded.value, 2000);
          return { ok: true, value: { ...small, test: { ...small.test, count: 1000 } } };
        },
      },
    });
    const { before, training, after, norms } = await recompute(recording);
    // Evaluation was clearly worse than training mode at the same weights, and no longer is.
    expect(before.accuracy).toBeLessThan((training.accuracy ?? 0) - 0.1);
    expect(before.loss).toBeGreaterThan(training.loss + 1);
    expect(after.accuracy).toBeGreaterThan((training.accuracy ?? 1) - 0.02);
    expect(Math.abs(after.loss - training.loss)).toBeLessThan(0.1);

    // The formula says the same of every norm on the last batch.
    const frame = recording.frames().at(-1);
    expect(frame?.step).toBe(30);
    for (const { nodeId, mean, variance } of norms) {
      const measured: BatchNormStatistics | null =
        frame?.nodes.find((node) => node.nodeId === nodeId)?.batchNorm ?? null;
      if (measured === null) throw new Error(`${nodeId} was not measured.`);
      const now = { ...measured, runningMean: new Float32Array(mean), runningVariance: new Float32Array(variance) };
      const [gapBefore, gapAfter] = [modeGap(measured, 1e-5)?.outputs ?? 0, modeGap(now, 1e-5)?.outputs ?? 1];
      expect(gapAfter).toBeLessThan(gapBefore / 2);
    }
    recording.run.dispose();
  });
});
