/** The training settings that the options of `train` override. */
import {
  describeFirstIssue,
  type Initializer,
  initializerNames,
  initializerSchema,
  type OptimizerSettings,
  optimizerNames,
  optimizerSchema,
  optimizers,
  type Schedule,
  scheduleNames,
  scheduleSchema,
  schedules,
  type TrainingSettings,
} from "../engine/index.ts";
import type { Arguments } from "./arguments.ts";
import { UsageError } from "./usageError.ts";

/** `NAME` or `NAME:1,2`: a name, and numbers that follow it. */
const nameWithNumbers = <T extends string>(
  args: Arguments,
  option: string,
  names: readonly T[],
): { readonly name: T; readonly numbers: readonly number[] } | null => {
  const text = args.text(option);
  if (text === undefined) return null;
  const [word = "", rest] = text.split(/:(.*)/s);
  const name = args.oneOf(option, word, names);
  const numbers =
    rest === undefined ? [] : rest.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (numbers.some(Number.isNaN)) throw new UsageError(`--${option} takes numbers after the colon; found "${text}".`);
  return { name, numbers };
};

/** An object that differs in `name`, with its numbers replaced in their order. */
const withNumbers = (
  option: string,
  start: Readonly<Record<string, unknown>>,
  numbers: readonly number[],
): Record<string, unknown> => {
  const keys = Object.keys(start).filter((key) => key !== "name");
  if (numbers.length > keys.length) {
    const takes = keys.length === 0 ? "no numbers" : `at most ${keys.join(", ")}`;
    throw new UsageError(`--${option} ${String(start.name)} takes ${takes}; found ${numbers.join(",")}.`);
  }
  return { ...start, ...Object.fromEntries(numbers.map((number, index) => [keys[index] ?? "", number])) };
};

const optimizerOf = (args: Arguments, before: OptimizerSettings): OptimizerSettings => {
  const name = args.choice("optimizer", optimizerNames);
  // The document's own numbers stay where it has this optimizer already.
  const optimizer = name === undefined || name === before.name ? before : optimizers[name].start;
  const momentum = args.number("momentum", 0, 1);
  if (momentum === undefined) return optimizer;
  if (!("momentum" in optimizer)) {
    throw new UsageError(`--momentum is for the optimizers momentum and nesterov; this run uses ${optimizer.name}.`);
  }
  const changed = optimizerSchema.safeParse({ ...optimizer, momentum });
  if (!changed.success) throw new UsageError(`--momentum is a number from 0 to less than 1; found "${momentum}".`);
  return changed.data;
};

const scheduleOf = (args: Arguments): Schedule | null => {
  const found = nameWithNumbers(args, "schedule", scheduleNames);
  if (found === null) return null;
  const wanted = withNumbers("schedule", schedules[found.name].start, found.numbers);
  const schedule = scheduleSchema.safeParse(wanted);
  if (schedule.success) return schedule.data;
  throw new UsageError(`--schedule ${found.name}: ${describeFirstIssue(schedule.error, wanted)}.`);
};

const initializerOf = (args: Arguments): Initializer | null => {
  const found = nameWithNumbers(args, "initializer", initializerNames);
  if (found === null) return null;
  const start = found.name === "normal" ? { name: found.name, std: 0.01 } : { name: found.name };
  const complete = found.name === "uniform" ? { name: found.name, limit: 0.05 } : start;
  const wanted = withNumbers("initializer", complete, found.numbers);
  const initializer = initializerSchema.safeParse(wanted);
  if (initializer.success) return initializer.data;
  throw new UsageError(`--initializer ${found.name}: ${describeFirstIssue(initializer.error, wanted)}.`);
};

const earlyStoppingOf = (
  args: Arguments,
  before: TrainingSettings["earlyStopping"],
): TrainingSettings["earlyStopping"] => {
  const patience = args.integer("patience", 1, 100_000) ?? before?.patience;
  const metric = args.choice("metric", ["testLoss", "testAccuracy", "trainLoss"]);
  const minDelta = args.number("min-delta", 0, Number.MAX_VALUE);
  if (patience === undefined) {
    const lonely = ["metric", "min-delta", "restore-best"].find((option) => args.has(option));
    if (lonely !== undefined) throw new UsageError(`--${lonely} needs --patience N.`);
    return before;
  }
  return {
    metric: metric ?? before?.metric ?? "testLoss",
    patience,
    minDelta: minDelta ?? before?.minDelta ?? 0,
    restoreBest: args.has("restore-best") || (before?.restoreBest ?? false),
  };
};

/** `0.1` is a share of the training samples, `500` a number of them. */
const validationOf = (args: Arguments): TrainingSettings["validation"] => {
  const amount = args.positive("validation");
  if (amount === undefined) return null;
  if (amount < 1) return { share: amount };
  const count = args.integer("validation", 1, Number.MAX_SAFE_INTEGER) ?? 1;
  return { count };
};

/** `flip,crop=4`. */
const augmentationOf = (args: Arguments): TrainingSettings["augmentation"] => {
  const text = args.text("augment") ?? "";
  const pixels = (name: string): number => Number(new RegExp(`(?:^|,)${name}=(\\d{1,4})(?:,|$)`).exec(text)?.[1] ?? 0);
  const parts = text.split(",");
  const odd = parts.find((part) => part !== "flip" && !/^(crop|shift)=\d{1,4}$/.test(part));
  if (odd !== undefined) throw new UsageError(`--augment takes flip, crop=N and shift=N, N pixels; found "${odd}".`);
  return { horizontalFlip: parts.includes("flip"), crop: pixels("crop"), shift: pixels("shift") };
};

const isNone = (args: Arguments, option: string): boolean => args.text(option) === "none";

/** The document's settings with what the options override. */
export const overrideTraining = (training: TrainingSettings, args: Arguments): TrainingSettings => ({
  ...training,
  optimizer: optimizerOf(args, training.optimizer),
  learningRate: args.positive("lr") ?? training.learningRate,
  schedule: scheduleOf(args) ?? training.schedule,
  warmupEpochs: args.number("warmup", 0, 100_000) ?? training.warmupEpochs,
  weightDecay: args.number("weight-decay", 0, Number.MAX_VALUE) ?? training.weightDecay,
  clipNorm: args.text("clip-norm") === "none" ? null : (args.positive("clip-norm") ?? training.clipNorm),
  batchSize: args.integer("batch", 1, 65_536) ?? training.batchSize,
  epochs: args.integer("epochs", 1, 100_000) ?? training.epochs,
  seed: args.integer("seed", 0, 0xffff_ffff) ?? training.seed,
  initializer: initializerOf(args) ?? training.initializer,
  earlyStopping: earlyStoppingOf(args, training.earlyStopping),
  ...(args.has("validation") ? { validation: isNone(args, "validation") ? null : validationOf(args) } : {}),
  ...(args.has("augment") ? { augmentation: isNone(args, "augment") ? null : augmentationOf(args) } : {}),
});
