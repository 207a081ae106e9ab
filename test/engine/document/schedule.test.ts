import { describe, expect, it } from "vitest";
import { newDocument } from "../../../engine/document/defaults.ts";
import { type Schedule, scheduleFactor, scheduleNames, schedules } from "../../../engine/document/schedule.ts";
import { changedTraining } from "../../../engine/document/trainingChange.ts";

const EPOCH = 10;
const TOTAL = 50;

const factors = (schedule: Schedule, warmupEpochs = 0): number[] =>
  Array.from({ length: TOTAL }, (_, index) =>
    scheduleFactor({ schedule, warmupEpochs, step: index + 1, totalSteps: TOTAL, stepsPerEpoch: EPOCH }),
  );

describe("schedules", () => {
  it("constant stays", () => expect(new Set(factors({ name: "constant" }))).toEqual(new Set([1])));

  it("step drops after whole epochs", () => {
    const rates = factors({ name: "step", everyEpochs: 2, factor: 0.1 });
    expect([rates[0], rates[19], rates[20], rates[39], rates[40]]).toEqual([1, 1, 0.1, 0.1, 0.1 ** 2]);
  });

  it("cosine goes from the rate down to its end by half a cosine, symmetric around its middle", () => {
    const rates = factors({ name: "cosine", finalFactor: 0.2 });
    expect(rates[0]).toBe(1);
    expect(rates.at(-1)).toBeCloseTo(0.2, 12);
    rates.forEach((rate, index) => {
      expect(rate).toBeCloseTo(0.6 + 0.4 * Math.cos((Math.PI * index) / 49), 12);
    });
  });

  it("one cycle rises, reaches the rate and ends low", () => {
    const rates = factors({ name: "oneCycle", riseShare: 0.5, initialFactor: 0.04, finalFactor: 0.001 });
    expect(rates[0]).toBeCloseTo(0.04, 12);
    expect(Math.max(...rates)).toBeGreaterThan(0.99);
    expect(rates.at(-1)).toBeCloseTo(0.001, 12);
    expect(rates.slice(0, 24)).toEqual([...rates.slice(0, 24)].sort((a, b) => a - b));
    expect(rates.slice(25)).toEqual([...rates.slice(25)].sort((a, b) => b - a));
  });

  it("exponential grows or falls by the same factor each step", () => {
    const rates = factors({ name: "exponential", initialFactor: 1e-5, finalFactor: 1 });
    expect(rates[0]).toBe(1e-5);
    expect(rates.at(-1)).toBeCloseTo(1, 12);
    for (const [index, rate] of rates.slice(1).entries()) {
      expect(rate / (rates[index] ?? Number.NaN)).toBeCloseTo(10 ** (5 / 49), 12);
    }
    expect(factors({ name: "exponential", initialFactor: 1, finalFactor: 0.01 })[49]).toBeCloseTo(0.01, 12);
  });

  it.each(scheduleNames)("warms up linearly to where %s begins, and follows it over the rest", (name) => {
    const { start } = schedules[name];
    const rates = factors(start, 1.5);
    const first = rates[15] ?? Number.NaN;
    rates.slice(0, 15).forEach((rate, index) => {
      expect(rate).toBeCloseTo(((index + 1) / 15) * first, 12);
    });
    expect(rates.at(-1)).toBeCloseTo(factors(start).at(-1) ?? Number.NaN, 12);
  });

  it("never leaves the numbers, however short the run", () => {
    for (const name of scheduleNames) {
      for (const totalSteps of [1, 2, 3]) {
        for (const warmupEpochs of [0, 0.5, 1, 9]) {
          for (let step = 1; step <= totalSteps; step++) {
            const rate = scheduleFactor({
              ...{ schedule: schedules[name].start, warmupEpochs, step, totalSteps, stepsPerEpoch: 2 },
            });
            expect(rate).toBeGreaterThanOrEqual(0);
            expect(rate).toBeLessThanOrEqual(1);
          }
        }
      }
    }
  });
});

describe("changedTraining", () => {
  const { training } = newDocument();

  it("names what a run can take over, and nothing else", () => {
    const after = { ...training, learningRate: 1, batchSize: 3, seed: 9, clipNorm: 2 };
    expect(changedTraining(training, after)).toEqual({ learningRate: 1, clipNorm: 2 });
    expect(changedTraining(training, { ...training, batchSize: 3 })).toBeNull();
    expect(changedTraining(training, { ...training })).toBeNull();
  });
});
