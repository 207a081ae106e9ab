/** The expected time of a step follows from the speed of the last run, or of a rehearsal before the first. */
import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { applyCommands, compile, type LayerscopeDocument, parse, workPerSample } from "../../../engine/index.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import {
  expectedStepSeconds,
  expectedTrainingSeconds,
  learnFromRehearsal,
  learnSpeed,
  machineSpeed,
  restoreMachineSpeed,
  speedOfStep,
} from "../../../renderer/run/machineSpeed.ts";
import { RunRecorder } from "../../../renderer/run/runRecorder.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import { watchMachineSpeed } from "../../../renderer/run/watchMachineSpeed.ts";
import { createFakeShell } from "../fakeShell.ts";

const open = (name: string): LayerscopeDocument => {
  const parsed = parse(readFileSync(`examples/${name}.layerscope`, "utf8"));
  if (!parsed.ok) throw new Error("the example does not open");
  return parsed.value;
};

const fast = (workPerSecond: number | null) => ({ workPerSecond, smallStepSeconds: null });

describe("the time of a step", () => {
  it("is what the last run took, for the net that ran", () => {
    const compiled = compile(open("mlp-bn"));
    const speed = fast(40_000 * (workPerSample(compiled) ?? 0));
    expect(expectedStepSeconds(compiled, 100, speed)).toBeCloseTo(100 / 40_000, 12);
    expect(expectedStepSeconds(compiled, 200, speed)).toBeCloseTo(200 / 40_000, 12);
  });

  it("grows with what is computed: 784·100 + 4·100² + 1,000 multiply-adds thrice, and each value of 784 + 5·300 + 2·10", () => {
    const multiplyAdds = 784 * 100 + 4 * 100 * 100 + 1000;
    const work = workPerSample(compile(open("mlp-bn"))) ?? 0;
    const values = (work - 3 * multiplyAdds) / 50;
    expect(values).toBeGreaterThanOrEqual(784 + 5 * 300 + 10);
    expect(values).toBeLessThanOrEqual(2 * 784 + 5 * 300 + 20);
  });

  it("counts each copy of a repeated group, and is unknown with an error or before the first run", () => {
    const group = { title: "", color: "neutral", nodeIds: ["fc3", "bn3", "relu3"] } as const;
    const twice = applyCommands(open("mlp-bn"), [{ type: "addGroup", group: { ...group, repeat: 2 } }]);
    if (!twice.ok) throw new Error("refused");
    const difference = (workPerSample(compile(twice.value)) ?? 0) - (workPerSample(compile(open("mlp-bn"))) ?? 0);
    expect(difference).toBe(3 * 100 * 100 + 50 * 300);
    const broken = applyCommands(open("mlp-bn"), [{ type: "deleteNodes", nodeIds: ["output"] }]);
    if (!broken.ok) throw new Error("refused");
    expect(expectedStepSeconds(compile(broken.value), 100, fast(1e9))).toBeNull();
    expect(expectedStepSeconds(compile(open("mlp-bn")), 100, fast(null))).toBeNull();
  });
});

it("the whole of an example is expected from its epochs and its dataset", () => {
  const mlp = open("mlp-bn");
  const speed = fast(40_000 * (workPerSample(compile(mlp)) ?? 0));
  const { batchSize, epochs } = mlp.training;
  const steps = epochs * Math.ceil(60_000 / batchSize);
  expect(expectedTrainingSeconds(mlp, speed)).toBeCloseTo((steps * batchSize) / 40_000, 9);
  expect(expectedTrainingSeconds(mlp, fast(null))).toBeNull();
});

describe("a run of a tiny net", () => {
  const tiny = compile(open("spiral-bn"));
  const lenet = compile(open("lenet-bn-avg"));
  const unknown = { workPerSecond: null, smallStepSeconds: null };

  it("tells the time of a step of tiny nets, whatever they compute, and nothing of larger ones", () => {
    const learnt = { ...unknown, ...speedOfStep(50 * (workPerSample(tiny) ?? 0), 50 / 20_000) };
    expect(expectedStepSeconds(tiny, 50, learnt)).toBeCloseTo(50 / 20_000, 12);
    expect(expectedStepSeconds(tiny, 25, learnt)).toBeCloseTo(50 / 20_000, 12);
    expect(expectedStepSeconds(lenet, 64, learnt)).toBeNull();
  });

  it("is not foretold by a run of a large net", () => {
    const learnt = { ...unknown, ...speedOfStep(64 * (workPerSample(lenet) ?? 0), 64 / 7000) };
    expect(expectedStepSeconds(lenet, 64, learnt)).toBeCloseTo(64 / 7000, 12);
    expect(expectedStepSeconds(tiny, 50, learnt)).toBeNull();
  });
});

describe("a rehearsal", () => {
  beforeEach(() => {
    setShell(createFakeShell());
    machineSpeed.setState({ workPerSecond: null, smallStepSeconds: null });
  });

  it("tells the speed until a run does, also after a restart", async () => {
    learnFromRehearsal(4e8, 0.01);
    expect(machineSpeed.getState()).toEqual(fast(4e10));
    learnSpeed(speedOfStep(3e8, 0.01));
    learnFromRehearsal(4e8, 0.01);
    expect(machineSpeed.getState()).toEqual(fast(3e10));
    machineSpeed.setState(fast(null));
    await restoreMachineSpeed();
    expect(machineSpeed.getState()).toEqual(fast(3e10));
  });

  it("of a tiny net fills what a run of a large one left open", () => {
    learnSpeed(speedOfStep(3e8, 0.01));
    learnFromRehearsal(1e6, 0.002);
    expect(machineSpeed.getState()).toEqual({ workPerSecond: 3e10, smallStepSeconds: 0.002 });
  });
});

it("is that of all epochs of a run, not of its last second, in which something else may have run", () => {
  setShell(createFakeShell());
  machineSpeed.setState({ workPerSecond: null, smallStepSeconds: null });
  const document = open("lenet-bn-avg");
  const work = workPerSample(compile(document)) ?? 0;
  const epochs = [1000, 4000].map((samplesPerSecond, at) => ({
    ...{ epoch: at + 1, step: 100 * (at + 1), loss: 1, trainScore: 0.5, testLoss: 1, testScore: 0.5, validation: null },
    samplesPerSecond,
  }));
  const progress = { step: 200, epoch: 2, samplesPerSecond: 9, secondsLeft: 0, statisticsShare: 0, dropped: 0 };
  const history = new RunRecorder([]);
  vi.spyOn(history, "epochs", "get").mockReturnValue(epochs);
  vi.spyOn(history, "progress", "get").mockReturnValue(progress);
  const stop = watchMachineSpeed();
  runStore.setState({ runDocument: document, history, reopened: null });
  runStore.setState({ state: { ...runStore.getState().state, phase: "finished" } as never });
  stop();
  // As many samples at each speed: 2 / (1/1000 + 1/4000).
  expect(machineSpeed.getState().workPerSecond).toBeCloseTo(work * 1600, 0);
  runStore.getState().reset();
});
