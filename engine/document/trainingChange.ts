/** The training settings that a run can take over on its way. The others decide on its data, its start or its graph, and need a new run. */
import { z } from "zod";
import { optimizers } from "./optimizers.ts";
import { type TrainingSettings, trainingSchema } from "./schema.ts";

const { shape } = trainingSchema;

export const trainingChangeSchema = z.strictObject({
  optimizer: shape.optimizer.exactOptional(),
  learningRate: shape.learningRate.exactOptional(),
  schedule: shape.schedule.exactOptional(),
  warmupEpochs: shape.warmupEpochs.exactOptional(),
  weightDecay: shape.weightDecay.exactOptional(),
  clipNorm: shape.clipNorm.exactOptional(),
  epochs: shape.epochs.exactOptional(),
  earlyStopping: shape.earlyStopping.exactOptional(),
});

export type TrainingChange = z.infer<typeof trainingChangeSchema>;

/** A change of the settings, and the last step trained before it. */
export interface LoggedChange {
  readonly step: number;
  readonly training: TrainingChange;
}

const keys = Object.keys(trainingChangeSchema.shape) as readonly (keyof TrainingChange)[];

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What of `after` differs from `before` and can change during a run; null: nothing. */
export const changedTraining = (before: TrainingSettings, after: TrainingSettings): TrainingChange | null => {
  const changed = keys.filter((key) => !isSame(before[key], after[key]));
  return changed.length === 0 ? null : Object.fromEntries(changed.map((key) => [key, after[key]]));
};

/** Whether the same gradients lead to other steps. */
export const changesUpdates = (before: TrainingSettings, after: TrainingSettings): boolean =>
  (["optimizer", "weightDecay", "clipNorm"] as const).some((key) => !isSame(before[key], after[key]));

/** Whether the optimizer keeps other things of each weight, and so begins anew. */
export const changesKept = (before: TrainingSettings, after: TrainingSettings): boolean =>
  !isSame(optimizers[before.optimizer.name].slots, optimizers[after.optimizer.name].slots);
