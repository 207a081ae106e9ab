/** What a run's clock foretells. */
import { expect, test } from "vitest";
import { RunClock } from "../../../engine/train/runClock.ts";

/** A clock whose batches take what they are told to. */
const steps = (durations: readonly number[]): RunClock => {
  let now = 0;
  const clock = new RunClock({ now: () => now });
  clock.start();
  for (const ms of durations) {
    clock.time("training", () => {
      now += ms;
    });
    clock.countSamples(10);
  }
  return clock;
};

const left = { samples: 1000, evaluations: 0, testCount: 0 };

test("the time left follows from the steps after the first two, whose code was not compiled yet", () => {
  expect(steps([400, 100, 20, 20]).secondsLeft(left)).toBeCloseTo(2, 9);
  expect(steps([400]).secondsLeft(left)).toBeCloseTo(40, 9);
});

test("each evaluation to come counts as a third of training on as many samples, until one was timed", () => {
  const clock = steps([0, 0, 20, 20]);
  expect(clock.secondsLeft({ samples: 0, evaluations: 3, testCount: 100 })).toBeCloseTo(0.2, 9);
});
