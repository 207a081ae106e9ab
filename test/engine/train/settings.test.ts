/** Settings that act over a whole run: schedules, changes on the way, early stopping. */
import { describe, expect, it, test } from "vitest";
import { optimizers } from "../../../engine/document/optimizers.ts";
import type { TrainingChange } from "../../../engine/document/trainingChange.ts";
import { type EpochResult, judgeEpochs } from "../../../engine/train/earlyStopping.ts";
import { blobNet, Recording, recordRun } from "./runHarness.ts";

const changeAt =
  (batch: number, ...changes: readonly TrainingChange[]) =>
  (numBatches: number, recording: Recording) => {
    if (numBatches === batch) for (const training of changes) recording.send({ type: "changeTraining", training });
  };

const losses = (recording: Recording): number[] => recording.steps().map(({ loss }) => loss);

/** The run with the changes before its sixth batch, five steps an epoch. */
const changed = async (training: Parameters<typeof blobNet>[0], ...changes: readonly TrainingChange[]) => {
  const recording = new Recording({ onBatch: changeAt(4, ...changes) }).start(blobNet(training));
  await recording.ended;
  return recording;
};

describe("a schedule", () => {
  it("gives each step its rate: with none left nothing is learnt", async () => {
    const schedule = { name: "step", everyEpochs: 1, factor: 1e-30 } as const;
    const recording = await recordRun(blobNet({ schedule, epochs: 3 }));
    const [first, second, third] = recording.of("epoch");
    expect(first?.testLoss).not.toBe(second?.testLoss);
    // Only running statistics still move.
    expect(Math.abs((second?.testLoss ?? 0) - (third?.testLoss ?? 1))).toBeLessThan(0.2);
    const weights = async (epochs: number) =>
      (await recordRun(blobNet({ schedule, epochs })))
        .model()
        .tensors.filter(({ name }) => name.endsWith("weight"))
        .map(({ data }) => [...data]);
    expect(await weights(3)).toEqual(await weights(1));
  });

  it("that is constant, without warm-up, changes no bit", async () => {
    const plain = await recordRun(blobNet());
    const cosine = await recordRun(blobNet({ schedule: { name: "cosine", finalFactor: 1 } }));
    expect(cosine.bits()).toBe(plain.bits());
  });
});

describe("a change during a run", () => {
  it("acts from the next step on and is reported with the last step before it", async () => {
    const plain = await recordRun(blobNet());
    const recording = await changed({}, { learningRate: 0.01 });
    const [change] = recording.of("trainingChanged");
    expect(change).toMatchObject({ step: 3, training: { learningRate: 0.01 }, totalSteps: 10 });
    expect(change?.settings.learningRate).toBe(0.01);
    // The loss of a step is that before its update: the fourth is still alike.
    expect(losses(recording).slice(0, 4)).toEqual(losses(plain).slice(0, 4));
    expect(losses(recording)[4]).not.toBe(losses(plain)[4]);
    expect(recording.model().document.training.learningRate).toBe(0.01);
    expect(recording.model().training.changes).toEqual([{ step: 3, training: { learningRate: 0.01 } }]);
  });

  it("to clipping that never bites lays the net out anew and goes on to the same bits", async () => {
    const optimizer = optimizers.adam.start;
    const plain = await recordRun(blobNet({ optimizer, learningRate: 0.01 }));
    const recording = await changed({ optimizer, learningRate: 0.01 }, { clipNorm: 1e6 });
    expect(losses(recording)).toEqual(losses(plain));
    expect(recording.bits()).toBe(plain.bits());
  });

  it("to another optimizer starts that one afresh", async () => {
    const recording = await changed({}, { optimizer: optimizers.adam.start, learningRate: 0.001 });
    expect(recording.of("finished")).toHaveLength(1);
    expect(recording.model().document.training.optimizer.name).toBe("adam");
    // Adam's first step is as long as its rate; without its bias corrected from the change on it would be a tenth.
    const again = await changed({}, { optimizer: optimizers.adam.start, learningRate: 0.001 });
    expect(again.bits()).toBe(recording.bits());
  });

  it("to more or fewer epochs moves the end, never before the epoch under way", async () => {
    const longer = await changed({ epochs: 1 }, { epochs: 3 });
    expect(longer.of("finished")[0]).toMatchObject({ step: 15, stopped: false });
    expect(longer.of("trainingChanged")[0]).toMatchObject({ totalSteps: 15 });
    // In the middle of the second epoch: it is trained to its end, and evaluated.
    const shorter = new Recording({ onBatch: changeAt(11, { epochs: 1 }) }).start(blobNet({ epochs: 4 }));
    await shorter.ended;
    expect(shorter.of("trainingChanged")[0]).toMatchObject({ step: 7, settings: { epochs: 2 }, totalSteps: 10 });
    expect(shorter.of("epoch").map(({ step }) => step)).toEqual([5, 10]);
  });

  it("is taken while the run is paused", async () => {
    const recording = new Recording({
      onBatch: (numBatches, self) => {
        if (numBatches === 3) self.send({ type: "pause" });
      },
      onEvent: (event, self) => {
        if (event.type === "paused") self.send({ type: "changeTraining", training: { weightDecay: 0.5 } });
        if (event.type === "trainingChanged") self.send({ type: "resume" });
      },
    }).start(blobNet());
    await recording.ended;
    expect(recording.types()).toMatch(/paused trainingChanged resumed/);
    expect(recording.of("finished")).toHaveLength(1);
  });
});

const result = (epoch: number, testLoss: number): EpochResult => ({
  ...{ epoch, step: epoch, loss: 1 / epoch, testLoss, testAccuracy: 0 },
});

describe("early stopping", () => {
  const settings = { metric: "testLoss", patience: 2, minDelta: 0.1, restoreBest: true } as const;

  test("patience counts the epochs since the best one", () => {
    const results = [1, 0.5, 0.45, 0.6].map((loss, index) => result(index + 1, loss));
    expect(judgeEpochs(results.slice(0, 3), settings)).toMatchObject({ best: { epoch: 2 }, stops: false });
    // 0.45 is better than 0.5, but not by more than 0.1.
    expect(judgeEpochs(results, settings)).toMatchObject({ best: { epoch: 2 }, stops: true });
    expect(judgeEpochs(results, { ...settings, minDelta: 0 })).toMatchObject({ best: { epoch: 3 }, stops: false });
    expect(judgeEpochs(results, { ...settings, metric: "trainLoss", minDelta: 0 })).toMatchObject({
      best: { epoch: 4 },
      stops: false,
    });
    expect(judgeEpochs([], settings)).toEqual({ best: null, stops: false });
  });

  it("judges by the samples set apart for validation where there are any, not by the test set", () => {
    const at = (epoch: number, validation: number, test: number): EpochResult => ({
      ...{ epoch, step: 5 * epoch, loss: 1, testLoss: test, testAccuracy: 1 - test },
      ...{ validationLoss: validation, validationAccuracy: 1 - validation },
    });
    // The test set is best at the end, the validation samples in the second epoch.
    const results = [at(1, 0.5, 0.6), at(2, 0.2, 0.5), at(3, 0.3, 0.4)];
    for (const metric of ["testLoss", "testAccuracy"] as const) {
      const settings = { metric, patience: 1, minDelta: 0, restoreBest: false };
      expect(judgeEpochs(results, settings)).toMatchObject({ best: { epoch: 2 }, stops: true });
    }
  });

  test("ends the run, with the weights of its best epoch", async () => {
    // A rate that drops to nothing after an epoch: nothing gets better by a whole 10 any more.
    const earlyStopping = { metric: "testLoss", patience: 2, minDelta: 10, restoreBest: true } as const;
    const stopped = await recordRun(blobNet({ epochs: 9, earlyStopping }));
    expect(stopped.of("epoch")).toHaveLength(3);
    expect(stopped.of("finished")[0]).toMatchObject({
      ...{ step: 15, stopped: false, earlyStop: { metric: "testLoss", bestEpoch: 1, restored: true } },
    });
    const best = await recordRun(blobNet({ epochs: 1 }));
    expect(stopped.bits()).toBe(best.bits());
    expect(stopped.model().training).toMatchObject({ steps: 5, epochs: 1 });
    expect(stopped.model().training.testAccuracy).toBe(stopped.of("epoch")[0]?.testAccuracy);

    const last = await recordRun(blobNet({ epochs: 9, earlyStopping: { ...earlyStopping, restoreBest: false } }));
    expect(last.bits()).toBe((await recordRun(blobNet({ epochs: 3 }))).bits());
  });
});
