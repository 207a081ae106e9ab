/** The last step of a run is measured, also where it turned out to be the last only after it was taken. */
import { describe, expect, test } from "vitest";
import { optimizers } from "../../../engine/document/optimizers.ts";
import type { TrainingSettings } from "../../../engine/document/schema.ts";
import { applied } from "../compile/documents.ts";
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

describe("the step at which the loss stops being finite", () => {
  const withNorm = (training: Partial<TrainingSettings>) => blobNet({ epochs: 9, ...training });
  /** Nothing keeps its outputs finite. */
  const plain = (training: Partial<TrainingSettings>) =>
    applied(withNorm(training), [
      { type: "deleteNodes", nodeIds: ["bn1"] },
      { type: "connectPorts", from: { node: "conv1", port: "out" }, to: { node: "relu1", port: "in" } },
    ]);
  const divergedOf = (recording: Recording) => {
    const failure = recording.of("failed")[0]?.failure;
    if (failure?.reason !== "diverged") throw new Error("The run did not diverge.");
    return failure;
  };
  const bare = (recording: Recording) => recording.frames().filter(({ nodes }) => nodes.length === 0);

  test.each([
    ["without batch norm", plain({ learningRate: 1e30 })],
    ["with batch norm and its running statistics", withNorm({ learningRate: 1e38, ...momentum, clipNorm: null })],
    ["with Adam", plain({ learningRate: 1e20, optimizer: optimizers.adam.start })],
  ])(
    "is measured, whenever the step before was, and the weights stay as they were before it: %s",
    async (_name, net) => {
      const rarely = await recordRun(net, { host: stillClock });
      const often = await recordRun(net, { host: fastClock() });
      const { step, nodeId } = divergedOf(rarely);
      // By the clock that stands still it is the first step alone that is measured.
      expect(step).toBeGreaterThan(1);
      expect(measured(rarely).map((frame) => frame.step)).toEqual([1, step]);
      expect(bare(rarely)).toEqual([]);
      expect(measured(rarely).at(-1)).toEqual(measured(often).at(-1));
      expect(divergedOf(often)).toEqual(divergedOf(rarely));
      const nodes = measured(rarely).at(-1)?.nodes ?? [];
      expect(nodes.find(({ nonFinite }) => nonFinite > 0)?.nodeId).toBe(nodeId);
      expect(nodes.find(({ nodeId: id }) => id === nodeId)?.nonFinite).toBeGreaterThan(0);
      // Nothing went back through such a loss.
      expect(nodes.flatMap(({ gradient, weights }) => [gradient, ...weights.map(({ update }) => update)])).toSatisfy(
        (found: unknown[]) => found.every((each) => each === null),
      );
      expect(rarely.steps().map((each) => each.step)).toEqual(Array.from({ length: step }, (_, index) => index + 1));
      const before = await recordRun(net, { maxSteps: step - 1 });
      expect(rarely.bits()).toBe(before.bits());
      expect(often.bits()).toBe(before.bits());
    },
  );

  test("is measured where no other step is, and the first bad node is named though it is not measured", async () => {
    const net = plain({ learningRate: 1e30 });
    const { step, nodeId } = divergedOf(await recordRun(net, { host: stillClock }));
    const recording = new Recording({ host: stillClock });
    recording.send({ type: "changeStatistics", framesPerSecond: 0, skippedNodes: [nodeId ?? ""] });
    await recording.start(net).ended;
    expect(measured(recording).map((frame) => frame.step)).toEqual([step]);
    expect(divergedOf(recording).nodeId).toBe(nodeId);
    expect(measured(recording)[0]?.nodes.map((node) => node.nodeId)).not.toContain(nodeId);
  });
});
