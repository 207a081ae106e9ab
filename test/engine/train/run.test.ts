import { describe, expect, test } from "vitest";
import type { TrainerHost } from "../../../engine/host/host.ts";
import { err } from "../../../engine/result.ts";
import { hasNodes } from "../../../engine/telemetry/frameLayout.ts";
import { labelsOfRows } from "../../support/labels.ts";
import { applied, chain } from "../compile/documents.ts";
import { blobNet, blobs, Recording, recordRun } from "./runHarness.ts";

const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** A clock that moves only when it is read: every step is 5 ms or a little more. */
const steppedClock = (ms: number): Pick<TrainerHost, "now"> => {
  let time = 0;
  return {
    now: () => {
      time += ms;
      return time;
    },
  };
};

describe("a run", () => {
  test("reports its start, every step, every epoch and its end", async () => {
    const recording = await recordRun(blobNet());
    expect(recording.of("started")).toEqual([
      {
        type: "started",
        protocol: 1,
        totalSteps: 10,
        stepsPerEpoch: 5,
        epochs: 2,
        batchSize: 32,
        trainCount: 150,
        testCount: 70,
        threads: 1,
        build: "relaxed-simd",
        memoryBytes: expect.any(Number),
        datasetName: "blobs",
        classNames: ["a", "b", "c", "d"],
        nodeIds: ["input", "conv1", "bn1", "relu1", "pool1", "flatten", "drop1", "fc1", "output"],
      },
    ]);
    expect(recording.steps().map(({ step }) => step)).toEqual(range(1, 10));
    expect(recording.of("epoch").map(({ epoch, step }) => [epoch, step])).toEqual([
      [1, 5],
      [2, 10],
    ]);
    expect(recording.events.at(-1)).toMatchObject({ type: "finished", step: 10, stopped: false });
    expect(recording.of("epoch")[1]?.testAccuracy).toBeGreaterThan(0.9);
  });

  test("gives the same bits beside another run of the same net, whose layout it shares", async () => {
    const hashes = async (rate: number): Promise<unknown> => {
      const [finished] = (await recordRun(blobNet({ learningRate: rate }))).of("finished");
      return [finished?.lossesHash, finished?.weightsHash];
    };
    const alone = [await hashes(0.1), await hashes(0.02)];
    expect(await Promise.all([hashes(0.1), hashes(0.02)])).toEqual(alone);
    expect(alone[0]).not.toEqual(alone[1]);
  });

  test("an epoch's loss and accuracy are the means over its samples, the small last batch weighing less", async () => {
    const recording = await recordRun(blobNet({ epochs: 1 }));
    const sizes = [32, 32, 32, 32, 22];
    const mean = (values: readonly number[]): number =>
      values.reduce((sum, value, index) => sum + value * (sizes[index] ?? 0), 0) / 150;
    const steps = recording.steps();
    const [epoch] = recording.of("epoch");
    expect(epoch?.loss).toBeCloseTo(mean(steps.map(({ loss }) => loss)), 12);
    expect(epoch?.trainAccuracy).toBeCloseTo(mean(steps.map(({ accuracy }) => accuracy)), 12);
  });

  test("the first step is measured: its frame has every node and the first images of its batch", async () => {
    const recording = await recordRun(blobNet());
    const [first] = recording.frames();
    expect(first?.step).toBe(1);
    expect(first?.nodes.map(({ nodeId }) => nodeId)).toEqual(recording.of("started")[0]?.nodeIds);
    for (const { histogram, count, nonFinite } of first?.nodes ?? []) {
      const binned = histogram.counts.reduce((sum, each) => sum + each, 0);
      expect(binned + histogram.underflow + histogram.overflow + nonFinite).toBe(count);
    }
    const samples = first?.samples;
    expect([samples?.count, samples?.shape, samples?.bytes.length]).toEqual([6, [1, 8, 8], 6 * 64]);
    // Each shown image is one of the training set, with its label.
    for (let shown = 0; shown < 6; shown++) {
      const bytes = samples?.bytes.slice(shown * 64, (shown + 1) * 64).join();
      const sample = range(0, 149).find((n) => blobs.train.images.slice(n * 64, (n + 1) * 64).join() === bytes);
      expect(labelsOfRows(blobs.train.labels, [sample ?? -1])).toEqual([samples?.labels[shown]]);
    }
  });

  test("every epoch visits the samples in an order of its own", async () => {
    const recording = await recordRun(blobNet(), { host: steppedClock(200) });
    const firstImages = (step: number): string =>
      recording
        .frames()
        .find((frame) => frame.step === step)
        ?.samples?.bytes.join() ?? "";
    expect(firstImages(1).length).toBeGreaterThan(100);
    expect(firstImages(6)).not.toBe(firstImages(1));
  });

  test("ends after maxSteps with an evaluation, and trains on the first samples only when told so", async () => {
    const recording = await recordRun(blobNet(), { maxSteps: 7, trainSamples: 100 });
    expect(recording.of("started")[0]).toMatchObject({
      totalSteps: 7,
      stepsPerEpoch: 4,
      trainCount: 100,
      testCount: 70,
    });
    expect(recording.of("epoch").map(({ epoch, step }) => [epoch, step])).toEqual([
      [1, 4],
      [2, 7],
    ]);
    expect(recording.events.at(-1)).toMatchObject({ type: "finished", step: 7, stopped: false });
  });
});

describe("the same bits", () => {
  test("for the same seed, other bits for another seed", async () => {
    const [a, b, c] = [await recordRun(blobNet()), await recordRun(blobNet()), await recordRun(blobNet({ seed: 2 }))];
    expect(b.bits()).toBe(a.bits());
    expect(b.steps()).toEqual(a.steps());
    expect(c.bits()).not.toBe(a.bits());
  });

  test("on one thread and on two", async () => {
    const one = await recordRun(blobNet());
    const two = await recordRun(blobNet(), { threads: 2 });
    expect(two.bits()).toBe(one.bits());
  });

  test("whether every step is measured or hardly one", async () => {
    const often = await recordRun(blobNet(), { host: steppedClock(2000) });
    const seldom = await recordRun(blobNet(), { host: steppedClock(0.001) });
    expect(often.frames().map(({ step }) => step)).toEqual(range(1, 10));
    expect(seldom.frames().map(({ step }) => step)).toEqual([1, 5, 10]);
    expect(often.bits()).toBe(seldom.bits());
  });

  test("after pauses, single steps and resumptions", async () => {
    const uninterrupted = await recordRun(blobNet());
    let numPauses = 0;
    const interrupted = await recordRun(blobNet(), {
      onEvent: (event, recording) => {
        if (event.type === "frame" && event.step === 1) recording.send({ type: "pause" });
        if (event.type !== "paused") return;
        numPauses += 1;
        if (numPauses % 3 === 0) {
          recording.send({ type: "resume" });
          recording.send({ type: "pause" });
        } else recording.send({ type: "stepOnce" });
      },
    });
    expect(numPauses).toBeGreaterThan(5);
    expect(interrupted.bits()).toBe(uninterrupted.bits());
    expect(interrupted.steps()).toEqual(uninterrupted.steps());
    expect(interrupted.of("epoch").map(({ testLoss }) => testLoss)).toEqual(
      uninterrupted.of("epoch").map(({ testLoss }) => testLoss),
    );
  });

  test("a change of one node leaves the other nodes' first weights alone", async () => {
    const first = new Recording();
    first.send({ type: "pause" });
    void first.start(blobNet());
    const second = new Recording();
    second.send({ type: "pause" });
    const document = blobNet();
    void second.start(
      applied(document, [
        {
          type: "insertNodeOnEdge",
          edge: { from: { node: "flatten", port: "out" }, to: { node: "drop1", port: "in" } },
          kind: "batchNorm",
        },
      ]),
    );
    await Promise.all([paused(first), paused(second)]);
    const weights = (recording: Recording, name: string): number[] => [
      ...(recording.model().tensors.find((tensor) => tensor.name === name)?.data ?? []),
    ];
    for (const name of ["conv1.weight", "fc1.weight"]) expect(weights(second, name)).toEqual(weights(first, name));
    for (const recording of [first, second]) recording.send({ type: "stop" });
    await Promise.all([first.ended, second.ended]);
  });
});

/** Resolves when the run has paused. */
const paused = async (recording: Recording): Promise<void> => {
  while (recording.of("paused").length === 0) await new Promise((resume) => setImmediate(resume));
};

describe("pause, step, resume and stop", () => {
  test("a pause shows a measured frame of exactly the step it stands at", async () => {
    const recording = await recordRun(blobNet(), {
      host: steppedClock(0.001),
      onEvent: (event, self) => {
        if (event.type === "frame" && event.step === 1) self.send({ type: "pause" });
        if (event.type === "paused") self.send({ type: self.of("paused").length < 4 ? "stepOnce" : "stop" });
      },
    });
    const order = recording.events.flatMap((event) =>
      event.type === "frame" || event.type === "paused" ? [`${event.type} ${event.step}`] : [],
    );
    expect(order).toEqual([
      ...["frame 1", "paused 1"],
      ...["frame 2", "paused 2"],
      ...["frame 3", "paused 3"],
      ...["frame 4", "paused 4"],
    ]);
    expect(recording.events.at(-1)).toMatchObject({ type: "finished", step: 4, stopped: true });
  });

  test("a pause between measured steps trains one more batch, which is measured", async () => {
    const recording = await recordRun(blobNet(), {
      host: steppedClock(0.001),
      onBatch: (numBatches, self) => {
        // Before the fourth batch: steps 1 to 3 are done, only the first of them measured.
        if (numBatches === 4) self.send({ type: "pause" });
      },
      onEvent: (event, self) => {
        if (event.type === "paused") self.send({ type: "stop" });
      },
    });
    expect(recording.of("paused")).toEqual([{ type: "paused", step: 4 }]);
    expect(recording.frames().map(({ step }) => step)).toEqual([1, 4]);
    expect(recording.steps().map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  });

  test("a pause before the first step waits there, and one step from the start is one step", async () => {
    const recording = new Recording();
    recording.send({ type: "pause" });
    recording.start(blobNet());
    await paused(recording);
    expect(recording.types()).toBe("started paused");
    recording.send({ type: "stepOnce" });
    while (recording.of("paused").length < 2) await new Promise((resume) => setImmediate(resume));
    expect(recording.types()).toBe("started paused frame paused");
    recording.send({ type: "stop" });
    await recording.ended;
    expect(recording.events.at(-1)).toMatchObject({ type: "finished", step: 1, stopped: true });
  });

  test("a single step that ends an epoch reports the epoch before it pauses", async () => {
    const recording = await recordRun(blobNet(), {
      onEvent: (event, self) => {
        if (event.type === "started") self.send({ type: "stepOnce" });
        if (event.type === "paused") self.send({ type: event.step < 6 ? "stepOnce" : "stop" });
      },
    });
    expect(recording.types()).toBe(`started ${"frame paused ".repeat(4)}frame epoch paused frame paused finished`);
  });

  test("resume goes on to the end and says so once", async () => {
    const recording = await recordRun(blobNet(), {
      onEvent: (event, self) => {
        if (event.type === "frame" && event.step === 1) self.send({ type: "pause" });
        if (event.type === "paused") {
          self.send({ type: "resume" });
          self.send({ type: "resume" });
        }
      },
    });
    expect(recording.of("resumed")).toEqual([{ type: "resumed", step: 1 }]);
    expect(recording.events.at(-1)).toMatchObject({ type: "finished", step: 10, stopped: false });
  });

  test("a stop answers within one batch, even in the evaluation of a large test set", async () => {
    let batchesSeen = 0;
    const recording = await recordRun(blobNet({ batchSize: 4, epochs: 1 }), {
      onBatch: (numBatches, self) => {
        batchesSeen = numBatches;
        // 38 training batches; the evaluation has 18.
        if (numBatches === 45) self.send({ type: "stop" });
      },
    });
    expect(recording.of("epoch")).toEqual([]);
    expect(recording.events.at(-1)).toMatchObject({ type: "finished", step: 38, stopped: true });
    expect(batchesSeen).toBe(45);
  });

  test("pauses do not count as time", async () => {
    let time = 0;
    const recording = await recordRun(blobNet({ epochs: 1 }), {
      host: {
        now: () => time,
        yieldToMessages: async () => {
          time += 10;
        },
      },
      onEvent: (event, self) => {
        if (event.type === "frame" && event.step === 1) self.send({ type: "pause" });
        if (event.type !== "paused") return;
        time += 1_000_000;
        self.send({ type: "resume" });
      },
    });
    expect(recording.of("finished")[0]?.elapsedMs).toBeLessThan(1000);
  });
});

describe("frames", () => {
  test("one at a time: without an acknowledgement only the first and the last are sent, and what was due is counted", async () => {
    // 60 ms pass between batches: every second step is due.
    let time = 0;
    const recording = await recordRun(blobNet({ epochs: 4 }), {
      acknowledge: false,
      host: {
        now: () => time,
        yieldToMessages: async () => {
          time += 60;
        },
      },
    });
    expect(recording.frames().map(({ step }) => step)).toEqual([1, 20]);
    expect(recording.of("frame").at(-1)?.dropped).toBeGreaterThan(5);
    // Loss and accuracy of the steps between are not lost.
    expect(recording.steps().map(({ step }) => step)).toEqual(range(1, 20));
  });

  test("the frame of a pause waits for the acknowledgement of the one before", async () => {
    const recording = new Recording({ acknowledge: false });
    recording.send({ type: "stepOnce" });
    recording.start(blobNet());
    await paused(recording);
    recording.send({ type: "stepOnce" });
    while (recording.of("paused").length < 2) await new Promise((resume) => setImmediate(resume));
    expect(recording.types()).toBe("started frame paused paused");
    recording.send({ type: "acknowledgeFrame", sequence: 99 });
    expect(recording.of("frame").length).toBe(1);
    recording.send({ type: "acknowledgeFrame", sequence: 1 });
    expect(recording.frames().map(({ step }) => step)).toEqual([1, 2]);
    recording.send({ type: "stop" });
    await recording.ended;
  });

  test("come at most ten times a second", async () => {
    // 10 ms a batch, and five of training an epoch: epochs end more often than that.
    let time = 0;
    const at: number[] = [];
    const recording = await recordRun(blobNet({ epochs: 40 }), {
      host: {
        now: () => time,
        yieldToMessages: async () => {
          time += 10;
        },
      },
      onEvent: (event) => {
        if (event.type === "frame" && hasNodes(event.frame)) at.push(time);
      },
    });
    const measured = recording.frames().filter(({ nodes }) => nodes.length > 0);
    const steps = measured.map(({ step }) => step);
    expect([steps[0], steps.at(-1)]).toEqual([1, 200]);
    // One may come early, for the end of its epoch, and the last does not wait.
    expect(steps.length).toBeLessThanOrEqual(time / 100 + 2);
    expect(steps.length).toBeGreaterThan(time / 100 - 3);
    const early = steps.filter((_, index) => index > 0 && (at[index] ?? 0) - (at[index - 1] ?? 0) < 100);
    expect(early.filter((step) => step % 5 !== 0)).toEqual([]);
    // Losses of an epoch come before its end, measured or not.
    let reported = 0;
    for (const event of recording.events) {
      if (event.type === "frame") reported += event.steps.byteLength / 24;
      else if (event.type === "epoch") expect(reported).toBe(event.step);
    }
    expect(recording.of("frame").every(({ samplesPerSecond }) => samplesPerSecond > 0)).toBe(true);
    const last = recording.of("frame").at(-1);
    expect(last?.secondsLeft).toBeLessThan(0.2);
    expect(recording.of("frame")[3]?.secondsLeft).toBeGreaterThan(last?.secondsLeft ?? 0);
  });

  test("come once a second at most where measuring one takes 30 ms: more would cost more than 3 % of the time", async () => {
    const recording = await recordRun(blobNet({ batchSize: 1, epochs: 2 }), { host: steppedClock(30) });
    const elapsedMs = recording.of("finished")[0]?.elapsedMs ?? 0;
    const measured = recording.frames().filter(({ nodes }) => nodes.length > 0);
    const between = measured.filter(({ step }) => step > 3 && step % 150 !== 0);
    expect(between.length).toBeGreaterThan(0);
    expect(between.length).toBeLessThanOrEqual(Math.ceil(elapsedMs / 1000));
  });
});

describe("a run that fails", () => {
  test("diverges: the loss is not finite, the first bad node is named, the last steps are reported", async () => {
    // Without BatchNorm: it would keep the outputs finite.
    const plain = applied(blobNet({ learningRate: 1e30 }), [
      { type: "deleteNodes", nodeIds: ["bn1"] },
      { type: "connectPorts", from: { node: "conv1", port: "out" }, to: { node: "relu1", port: "in" } },
    ]);
    const recording = await recordRun(plain);
    const [failed] = recording.of("failed");
    expect(failed?.failure).toMatchObject({ reason: "diverged", nodeId: expect.any(String), step: expect.any(Number) });
    expect(failed?.failure.message).toMatch(/^(Loss|An output) is not finite since step \d+\. First bad node: \w+\.$/);
    expect(recording.events.at(-1)).toBe(failed);
    const { step } = failed?.failure.reason === "diverged" ? failed.failure : { step: 0 };
    expect(recording.steps().map((each) => each.step)).toEqual(range(1, step));
    expect(recording.of("finished")).toEqual([]);
  });

  test("without its dataset", async () => {
    const recording = await recordRun(blobNet(), {
      host: { loadDataset: async () => err({ type: "missing", message: "The dataset folder /blobs does not exist." }) },
    });
    expect(recording.events).toEqual([
      {
        type: "failed",
        failure: { reason: "datasetUnavailable", message: "The dataset folder /blobs does not exist." },
      },
    ]);
  });

  test("with a document that does not fit its dataset or does not compile", async () => {
    const other = await recordRun(
      applied(blobNet(), [{ type: "setParams", nodeId: "input", params: { shape: [1, 9, 9] } }]),
    );
    expect(other.events).toEqual([
      { type: "failed", failure: { reason: "invalidDocument", message: expect.stringMatching(/1×9×9.*1×8×8/) } },
    ]);
    const incomplete = await recordRun(chain(["input", "input"], ["flatten", "flatten"]));
    expect(incomplete.of("failed")[0]?.failure.reason).toBe("invalidDocument");
  });

  test("because the platform does", async () => {
    const recording = await recordRun(blobNet(), {
      host: {
        loadKernels: async () => {
          throw new Error("dist/kernels/relaxed-simd.wasm does not exist.");
        },
      },
    });
    expect(recording.of("failed")[0]?.failure.message).toContain("relaxed-simd.wasm does not exist");
  });
});

describe("the model of a run", () => {
  test("can be had while it pauses and after it has ended, not before it has started", async () => {
    const recording = new Recording();
    recording.send({ type: "exportModel", requestId: 7 });
    expect(recording.of("modelExported")).toEqual([
      {
        type: "modelExported",
        requestId: 7,
        text: null,
        problem: "There are no weights yet: the run has not started.",
      },
    ]);
    recording.send({ type: "stepOnce" });
    recording.start(blobNet());
    await paused(recording);
    recording.send({ type: "exportModel", requestId: 8 });
    recording.send({ type: "resume" });
    await recording.ended;
    recording.send({ type: "exportModel", requestId: 9 });
    const [, during, after] = recording.of("modelExported");
    expect(JSON.parse(during?.text ?? "").training).toMatchObject({ steps: 1, epochs: 0, testAccuracy: null, seed: 1 });
    expect(JSON.parse(after?.text ?? "").training).toMatchObject({
      dataset: "blobs",
      trainSamples: 150,
      steps: 10,
      epochs: 2,
      finalLoss: recording.steps().at(-1)?.loss,
      testAccuracy: recording.of("epoch").at(-1)?.testAccuracy,
    });
  });
});
