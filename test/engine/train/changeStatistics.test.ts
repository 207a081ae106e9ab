/** How often steps are measured and of which nodes, changed on the way. */
import { describe, expect, test } from "vitest";
import { blobNet, Recording, recordRun } from "./runHarness.ts";

/** So many milliseconds pass with each batch. */
const clockOf = (batchMs: number) => {
  let time = 0;
  return {
    now: () => time,
    yieldToMessages: async () => {
      time += batchMs;
    },
  };
};

const numStepsOf = (recording: Recording): number => recording.of("started")[0]?.totalSteps ?? 0;

describe("the number of frames a second", () => {
  test("at 0 no step is measured, every loss is reported within a tenth of a second, and training is the same to the bit", async () => {
    const recording = new Recording({ host: clockOf(10) });
    recording.send({ type: "changeStatistics", framesPerSecond: 0, skippedNodes: [] });
    await recording.start(blobNet({ epochs: 10 })).ended;
    expect(recording.frames().every(({ nodes }) => nodes.length === 0)).toBe(true);
    expect(recording.steps().map(({ step }) => step)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    expect(recording.of("frame").length).toBeGreaterThan(4);
    for (const { steps } of recording.of("frame")) expect(steps.byteLength / 24).toBeLessThanOrEqual(11);
    const measured = await recordRun(blobNet({ epochs: 10 }), { host: clockOf(10) });
    expect(recording.bits()).toBe(measured.bits());
    expect(recording.steps()).toEqual(measured.steps());
  });

  test("takes the share of the time that it may, or any", async () => {
    /** A batch takes 20 ms, and each look at the clock 1 ms: so does measuring, which looks at it before and after. */
    const measuredSteps = async (maxShare: number | null): Promise<number> => {
      let time = 0;
      const clock = {
        now: () => {
          time += 1;
          return time;
        },
        yieldToMessages: async () => {
          time += 20;
        },
      };
      const recording = new Recording({ host: clock });
      recording.send({ type: "changeStatistics", framesPerSecond: 10, maxShare, skippedNodes: [] });
      await recording.start(blobNet({ epochs: 40 })).ended;
      return recording.frames().filter(({ nodes }) => nodes.length > 0).length;
    };
    const [usual, more, any] = [await measuredSteps(0.03), await measuredSteps(0.1), await measuredSteps(null)];
    expect(more).toBeGreaterThan(usual);
    expect(any).toBeGreaterThan(5 * usual);
  });

  test("the end of every epoch is measured where epochs are longer than frames are apart", async () => {
    const recording = new Recording({ host: clockOf(10) });
    // 15 steps an epoch, 150 ms.
    await recording.start(blobNet({ batchSize: 10, epochs: 4 })).ended;
    const measured = recording.frames().flatMap(({ step, nodes }) => (nodes.length > 0 ? [step] : []));
    expect(measured).toEqual(expect.arrayContaining([15, 30, 45, 60]));
    expect(measured.length).toBeLessThan(12);
  });

  test("a higher rate holds at once, also after none was wanted", async () => {
    const recording = new Recording({
      host: clockOf(10),
      onBatch: (numBatches, self) => {
        if (numBatches === 4) self.send({ type: "pause" });
        if (numBatches === 60) self.send({ type: "changeStatistics", framesPerSecond: 10, skippedNodes: [] });
      },
      onEvent: (event, self) => {
        if (event.type === "paused") self.send({ type: "resume" });
      },
    });
    recording.send({ type: "changeStatistics", framesPerSecond: 0, skippedNodes: [] });
    await recording.start(blobNet({ batchSize: 1, epochs: 1 })).ended;
    const [paused = 0, next = 0] = recording.frames().flatMap(({ step, nodes }) => (nodes.length > 0 ? [step] : []));
    expect(paused).toBeLessThan(10);
    // 100 ms are 10 steps.
    expect(next).toBeGreaterThan(55);
    expect(next).toBeLessThan(75);
  });

  test("at 0 a pause still shows a measured frame of its step", async () => {
    const recording = new Recording({
      host: clockOf(10),
      onBatch: (numBatches, self) => {
        if (numBatches === 4) self.send({ type: "pause" });
      },
      onEvent: (event, self) => {
        if (event.type === "paused") self.send({ type: "resume" });
      },
    });
    recording.send({ type: "changeStatistics", framesPerSecond: 0, skippedNodes: [] });
    await recording.start(blobNet()).ended;
    const measured = recording.frames().filter(({ nodes }) => nodes.length > 0);
    expect(measured.map(({ step }) => step)).toEqual(recording.of("paused").map(({ step }) => step));
    expect(measured.length).toBe(1);
  });

  test("where it is low, losses are reported ten times a second all the same, and keep no frame back", async () => {
    const recording = new Recording({ host: clockOf(20) });
    recording.send({ type: "changeStatistics", framesPerSecond: 2, skippedNodes: [] });
    await recording.start(blobNet({ batchSize: 1, epochs: 1 })).ended;
    expect(recording.steps().map(({ step }) => step)).toEqual(Array.from({ length: 150 }, (_, index) => index + 1));
    const frames = recording.frames();
    const measured = frames.flatMap(({ step, nodes }) => (nodes.length > 0 ? [step] : []));
    // 25 steps are half a second.
    expect(measured).toEqual([1, 26, 51, 76, 101, 126, 150]);
    const gaps = frames.slice(1).map(({ step }, index) => step - (frames[index]?.step ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(10);
    expect(frames.length).toBeGreaterThan(4 * measured.length);
    expect(recording.of("frame").at(-1)?.dropped).toBe(0);
  });

  test("is met, and a higher one is in force at once", async () => {
    // 100 ms a batch, so 2 a second are every fifth step; the first and the last of each epoch come on top.
    const recording = new Recording({
      host: clockOf(100),
      onBatch: (numBatches, self) => {
        if (numBatches === 1) self.send({ type: "changeStatistics", framesPerSecond: 0.5, skippedNodes: [] });
        if (numBatches === 101) self.send({ type: "changeStatistics", framesPerSecond: 10, skippedNodes: [] });
      },
    });
    await recording.start(blobNet({ batchSize: 1, epochs: 1 })).ended;
    const steps = recording
      .frames()
      .filter(({ nodes }) => nodes.length > 0)
      .map(({ step }) => step);
    const slow = steps.filter((step) => step > 1 && step <= 100);
    expect(slow.length).toBeGreaterThanOrEqual(4);
    expect(slow.length).toBeLessThanOrEqual(5);
    const fast = steps.filter((step) => step > 101 && step < numStepsOf(recording));
    expect(fast.length).toBeGreaterThanOrEqual(numStepsOf(recording) - 104);
  });
});

describe("nodes that are not measured", () => {
  test("are left out, the others are the same, and training is the same to the bit", async () => {
    const everyStep = { host: clockOf(2000) };
    const all = await recordRun(blobNet(), everyStep);
    const recording = new Recording(everyStep);
    recording.send({ type: "changeStatistics", framesPerSecond: 10, skippedNodes: ["conv1", "bn1", "fc1"] });
    await recording.start(blobNet()).ended;
    expect(recording.frames().map(({ step }) => step)).toEqual(all.frames().map(({ step }) => step));
    for (const [index, frame] of recording.frames().entries()) {
      const whole = all.frames()[index]?.nodes ?? [];
      const isSkipped = (nodeId: string): boolean => ["conv1", "bn1", "fc1"].includes(nodeId);
      expect(frame.nodes).toEqual(whole.filter(({ nodeId }) => !isSkipped(nodeId)));
    }
    expect(recording.bits()).toBe(all.bits());
  });

  test("may be all: frames bring losses alone", async () => {
    const skippedNodes = ["input", "conv1", "bn1", "relu1", "pool1", "flatten", "drop1", "fc1", "output"];
    const recording = new Recording({ host: clockOf(2000) });
    recording.send({ type: "changeStatistics", framesPerSecond: 10, skippedNodes });
    await recording.start(blobNet()).ended;
    expect(recording.frames().every(({ nodes }) => nodes.length === 0)).toBe(true);
  });

  test("may be changed on the way, and stay so where a change of the optimizer lays the net out anew", async () => {
    const recording = new Recording({
      host: clockOf(2000),
      onEvent: (event, self) => {
        if (event.type !== "frame") return;
        if (event.step === 2) self.send({ type: "changeStatistics", framesPerSecond: 10, skippedNodes: ["relu1"] });
        if (event.step === 4) self.send({ type: "changeTraining", training: { clipNorm: 1 } });
        if (event.step === 6) self.send({ type: "changeStatistics", framesPerSecond: 10, skippedNodes: [] });
      },
    });
    await recording.start(blobNet()).ended;
    const withRelu = recording
      .frames()
      .flatMap(({ step, nodes }) => (nodes.some(({ nodeId }) => nodeId === "relu1") ? [step] : []));
    expect(withRelu).toEqual([1, 2, 7, 8, 9, 10]);
  });
});
