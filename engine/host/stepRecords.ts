/** The lines of steps in `metrics.jsonl`, as the command line and studies write them. */
import { scheduleFactor } from "../document/schedule.ts";
import type { TrainingSettings } from "../document/schema.ts";
import type { TrainEvent } from "../protocol.ts";

type EventOf<T extends TrainEvent["type"]> = Extract<TrainEvent, { type: T }>;

/** Steps, losses and accuracies come as float64 triples. */
const VALUES_PER_STEP = 3;

export interface StepRecord {
  readonly event: "step";
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  /** null where samples have targets: then `r2` is there. */
  readonly accuracy: number | null;
  readonly r2?: number;
  readonly learningRate: number;
}

/** The steps that a frame brings, by the settings as they are now. */
export const stepRecords = (
  { steps }: EventOf<"frame">,
  started: EventOf<"started"> | null,
  { learningRate, schedule, warmupEpochs }: TrainingSettings,
): readonly StepRecord[] => {
  const { totalSteps = 1, stepsPerEpoch = 1, hasTargets } = started ?? {};
  const values = new Float64Array(steps);
  const records: StepRecord[] = [];
  for (let at = 0; at + VALUES_PER_STEP <= values.length; at += VALUES_PER_STEP) {
    const [step = 0, loss = Number.NaN, score = Number.NaN] = values.subarray(at, at + VALUES_PER_STEP);
    records.push({
      ...{ event: "step", step, epoch: Math.ceil(step / stepsPerEpoch), loss },
      ...(hasTargets ? { accuracy: null, r2: score } : { accuracy: score }),
      learningRate: learningRate * scheduleFactor({ schedule, warmupEpochs, step, totalSteps, stepsPerEpoch }),
    });
  }
  return records;
};
