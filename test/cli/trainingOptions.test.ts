import { describe, expect, it } from "vitest";
import { parseArguments } from "../../cli/arguments.ts";
import { commands } from "../../cli/options.ts";
import { overrideTraining } from "../../cli/trainingOptions.ts";
import { newDocument, type TrainingSettings } from "../../engine/index.ts";

const { training } = newDocument();

const overridden = (args: readonly string[], before: TrainingSettings = training): TrainingSettings =>
  overrideTraining(before, parseArguments("train", commands.train, ["graph.layerscope", ...args]));

/** What the options change. */
const changes = (...args: readonly string[]) =>
  Object.fromEntries(
    Object.entries(overridden(args)).filter(([key, value]) => value !== training[key as keyof TrainingSettings]),
  );

describe("the training settings of the command line", () => {
  it("stay as they are without options", () => expect(overridden([])).toEqual(training));

  it("take every optimizer, with the document's own numbers where it has that one", () => {
    expect(changes("--optimizer", "rmsprop")).toEqual({ optimizer: { name: "rmsprop", decay: 0.99, epsilon: 1e-7 } });
    expect(changes("--optimizer", "nesterov", "--momentum", "0.8")).toEqual({
      optimizer: { name: "nesterov", momentum: 0.8 },
    });
    const own = { ...training, optimizer: { name: "adam", beta1: 0.5, beta2: 0.9, epsilon: 1e-3 } } as const;
    expect(overridden(["--optimizer", "adam"], own).optimizer).toEqual(own.optimizer);
    expect(() => changes("--momentum", "0.9")).toThrow(
      "--momentum is for the optimizers momentum and nesterov; this run uses sgd.",
    );
    expect(() => changes("--optimizer", "momentum", "--momentum", "1")).toThrow("from 0 to less than 1");
  });

  it("take schedules and initializers with their numbers in order", () => {
    expect(changes("--schedule", "step:5,0.5", "--warmup", "0.5")).toEqual({
      schedule: { name: "step", everyEpochs: 5, factor: 0.5 },
      warmupEpochs: 0.5,
    });
    expect(changes("--schedule", "cosine").schedule).toEqual({ name: "cosine", finalFactor: 0 });
    expect(changes("--initializer", "normal:0.02").initializer).toEqual({ name: "normal", std: 0.02 });
    expect(changes("--initializer", "uniform").initializer).toEqual({ name: "uniform", limit: 0.05 });
    expect(changes("--initializer", "xavierNormal").initializer).toEqual({ name: "xavierNormal" });
    expect(() => changes("--schedule", "cosin")).toThrow("Did you mean cosine?");
    expect(() => changes("--schedule", "cosine:x")).toThrow(
      '--schedule takes numbers after the colon; found "cosine:x".',
    );
    expect(() => changes("--schedule", "cosine:0,1")).toThrow(
      "--schedule cosine takes at most finalFactor; found 0,1.",
    );
    expect(() => changes("--initializer", "normal:-1")).toThrow(
      "--initializer normal: std is -1, expected more than 0.",
    );
  });

  it("clip, decay and stop early", () => {
    expect(changes("--clip-norm", "5", "--weight-decay", "0.01")).toEqual({ clipNorm: 5, weightDecay: 0.01 });
    expect(overridden(["--clip-norm", "none"], { ...training, clipNorm: 3 }).clipNorm).toBeNull();
    expect(changes("--patience", "3", "--metric", "testAccuracy", "--restore-best")).toEqual({
      earlyStopping: { metric: "testAccuracy", patience: 3, minDelta: 0, restoreBest: true },
    });
    expect(() => changes("--restore-best")).toThrow("--restore-best needs --patience N.");
  });
});
