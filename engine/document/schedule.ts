/**
 * How the learning rate goes over a run. The factor below multiplies `training.learningRate`; the page draws the same function that training
 * follows. Steps count from 1; a run has T of them, of which the first W warm up.
 *
 *   warm-up, t ≤ W:   t / W of the factor with which the schedule begins      (Goyal et al. 2017)
 *   constant:         1
 *   step:             factor^⌊(t − 1) / (everyEpochs · steps of an epoch)⌋   counted from the start of the run
 *   cosine:           f + (1 − f)·(1 + cos π·x) / 2               (Loshchilov & Hutter 2017, one cycle)
 *   one cycle:        from i up to 1 while x < r, then down to f, both along half a cosine   (Smith & Topin 2018, as in PyTorch)
 *   exponential:      i·(f / i)^x: from i to f by the same factor each step; rising, a learning-rate range test   (Smith 2017)
 *
 * where x = (t − W − 1) / (T − W − 1) runs from 0 at the first step after the warm-up to 1 at the last.
 */
import { z } from "zod";

const factor = (title: string, description: string) => z.number().min(0).max(1).meta({ title, description });
/** Equal factors never come to 0. */
const positiveFactor = (title: string, description: string) =>
  z.number().positive().max(1).meta({ title, description });

export const scheduleSchema = z.discriminatedUnion("name", [
  z.strictObject({ name: z.literal("constant") }),
  z.strictObject({
    name: z.literal("step"),
    everyEpochs: z
      .number()
      .positive()
      .max(100_000)
      .meta({ title: "Every", description: "Epochs between two drops, counted from the start of the run." }),
    factor: z
      .number()
      .positive()
      .max(1)
      .meta({ title: "Factor", description: "What each drop multiplies the learning rate by." }),
  }),
  z.strictObject({
    name: z.literal("cosine"),
    finalFactor: factor("Final factor", "The last step's rate, as a share of the learning rate."),
  }),
  z.strictObject({
    name: z.literal("oneCycle"),
    riseShare: factor("Rise", "Share of the steps over which the rate rises."),
    initialFactor: factor("Initial factor", "The first step's rate, as a share of the learning rate."),
    finalFactor: factor("Final factor", "The last step's rate, as a share of the learning rate."),
  }),
  z.strictObject({
    name: z.literal("exponential"),
    initialFactor: positiveFactor("Initial factor", "The first step's rate, as a share of the learning rate."),
    finalFactor: positiveFactor("Final factor", "The last step's rate, as a share of the learning rate."),
  }),
]);

export type Schedule = z.infer<typeof scheduleSchema>;

export interface ScheduleFacts {
  /** The name on screen. */
  readonly title: string;
  /** What multiplies the learning rate, and where it comes from. */
  readonly formula: string;
  readonly source: string;
  /** What it is when it is chosen. */
  readonly start: Schedule;
}

export const schedules: { readonly [Name in Schedule["name"]]: ScheduleFacts } = {
  constant: { title: "Constant", formula: "1", source: "", start: { name: "constant" } },
  step: {
    title: "Step",
    formula: "factor^⌊epochs done / everyEpochs⌋",
    source: "He et al., *Deep residual learning* (2016)",
    start: { name: "step", everyEpochs: 1, factor: 0.1 },
  },
  cosine: {
    title: "Cosine",
    formula: "f + (1 − f)·(1 + cos π·x) / 2, f the final factor",
    source: "Loshchilov & Hutter, *SGDR* (2017), one cycle",
    start: { name: "cosine", finalFactor: 0 },
  },
  oneCycle: {
    title: "One cycle",
    formula: "from i up to 1 while x < r, then down to f, both along half a cosine",
    source: "Smith & Topin, *Super-convergence* (2018), with PyTorch's first values",
    start: { name: "oneCycle", riseShare: 0.3, initialFactor: 0.04, finalFactor: 0.000004 },
  },
  exponential: {
    title: "Exponential",
    formula: "i·(f / i)^x: from i to f by the same factor each step",
    source: "Rising, the range test of Smith, *Cyclical learning rates* (2017)",
    start: { name: "exponential", initialFactor: 1, finalFactor: 0.01 },
  },
};

export const scheduleNames = scheduleSchema.options.map((option) => option.shape.name.value);

export interface ScheduleCall {
  readonly schedule: Schedule;
  readonly warmupEpochs: number;
  /** From 1. */
  readonly step: number;
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
}

/** From `from` at x = 0 to `to` at x = 1 along half a cosine. */
const alongCosine = (from: number, to: number, x: number): number =>
  to + ((from - to) * (1 + Math.cos(Math.PI * x))) / 2;

const factorAfterWarmup = (schedule: Schedule, x: number, epochs: number): number => {
  switch (schedule.name) {
    case "constant":
      return 1;
    case "step":
      return schedule.factor ** Math.floor(epochs / schedule.everyEpochs);
    case "cosine":
      return alongCosine(1, schedule.finalFactor, x);
    case "oneCycle": {
      const { riseShare, initialFactor, finalFactor } = schedule;
      return x < riseShare
        ? alongCosine(initialFactor, 1, x / riseShare)
        : alongCosine(1, finalFactor, riseShare === 1 ? 0 : (x - riseShare) / (1 - riseShare));
    }
    case "exponential":
      return schedule.initialFactor * (schedule.finalFactor / schedule.initialFactor) ** x;
  }
};

/** What multiplies the learning rate at a step. */
export const scheduleFactor = (call: ScheduleCall): number => {
  const { schedule, warmupEpochs, step, totalSteps, stepsPerEpoch } = call;
  const warmup = Math.min(totalSteps, Math.round(warmupEpochs * stepsPerEpoch));
  if (step <= warmup) return (step / warmup) * factorAfterWarmup(schedule, 0, warmup / stepsPerEpoch);
  const x = totalSteps - warmup <= 1 ? 0 : (step - warmup - 1) / (totalSteps - warmup - 1);
  return factorAfterWarmup(schedule, Math.min(1, x), (step - 1) / stepsPerEpoch);
};
