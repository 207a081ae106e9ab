/** The last step of a run is measured, also where it turned out to be the last only after it was taken. */
import { describe, expect, test } from "vitest";
import { optimizers } from "../../../engine/document/optimizers.ts";
import type { TrainingSettings } from "../../../engine/document/schema.ts";
import { blobNet, Recording, recordRun } from "./runHarness.ts";

/** By a clock that stands still the first step is measured, the end of the first epoch, and the last of all epochs. */
const stillClock = { now: () => 0 };
/** A second a look: every step that may be measured is. */
const fastClock = () => {
  let time = 0;
  return {
    now: () => {
      time += 1000;
      return time;
    },
  };
};

/** Nothing gets better by a whole 10: the run ends when the epochs of its patience have followed the first. */
const earlyStopping = { metric: "testLoss", patience: 2, minDelta: 10, restoreBest: false } as const;
const momentum = { optimizer: optimizers.momentum.start, weightDecay: 0.01, clipNorm: 0.5 } as const;

const measured = (recording: Recording) => recording.frames().filter(({ nodes }) => nodes.length > 0);

describe("early stopping between two measured steps", () => {
  test.each<Partial<TrainingSettings>>([
    { earlyStopping },
    { earlyStopping, ...momentum },
    { earlyStopping: { ...earlyStopping, restoreBest: true }, optimizer: optimizers.adam.start, learningRate: 0.01 },
    { earlyStopping: { ...earlyStopping, patience: 4 }, batchSize: 150 },
  ])("ends on the statistics of the step at which it ended, and on the same bits: %j", async (training) => {
    const document = blobNet({ epochs: 9, ...training });
    const rarely = await recordRun(document, { host: stillClock });
    const often = await recordRun(document, { host: fastClock() });
    const lastStep = often.of("finished")[0]?.step ?? 0;
    expect(often.of("epoch")).toHaveLength(1 + (training.earlyStopping?.patience ?? 0));
    expect(measured(rarely).length).toBeLessThan(measured(often).length);
    expect(measured(rarely).at(-1)?.step).toBe(lastStep);
    expect(measured(rarely).at(-1)).toEqual(measured(often).at(-1));
    expect(rarely.bits()).toBe(often.bits());
    // Each step is reported once.
    expect(rarely.steps().map(({ step }) => step)).toEqual(Array.from({ length: lastStep }, (_, index) => index + 1));
    expect(rarely.of("finished")[0]).toMatchObject({
      lossesHash: often.of("finished")[0]?.lossesHash,
      weightsHash: often.of("finished")[0]?.weightsHash,
    });
  });

  test("measures nothing where nothing is to be measured", async () => {
    const recording = new Recording();
    recording.send({ type: "changeStatistics", framesPerSecond: 0, skippedNodes: [] });
    await recording.start(blobNet({ epochs: 9, earlyStopping })).ended;
    expect(recording.of("finished")).toHaveLength(1);
    expect(measured(recording)).toEqual([]);
  });
});

describe("a change that takes the epochs away that were to come", () => {
  test.each<[string, Partial<TrainingSettings>]>([
    ["alone", { epochs: 2 }],
    ["with another optimizer, which takes no step any more", { epochs: 2, optimizer: optimizers.adam.start }],
  ])("ends the run where it is, on the statistics of its last step, %s", async (_name, training) => {
    const shortened = new Recording({
      host: stillClock,
      onEvent: (event, self) => {
        if (event.type === "epoch" && event.epoch === 3) self.send({ type: "changeTraining", training });
      },
    }).start(blobNet({ epochs: 9, ...momentum }));
    await shortened.ended;
    const whole = await recordRun(blobNet({ epochs: 3, ...momentum }), { host: fastClock() });
    expect(shortened.of("finished")[0]).toMatchObject({ step: 15, stopped: false });
    expect(measured(shortened).at(-1)).toEqual(measured(whole).at(-1));
    expect(shortened.bits()).toBe(whole.bits());
  });
});
