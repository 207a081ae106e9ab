/** The loss of each step against its learning rate, of runs whose rate rises. */
import { parse, type RateRange, rateRange, scheduleFactor } from "../../engine/index.ts";
import type { RecordedRun } from "../shell/runHost.ts";

/** Steps, losses and scores come as float64 triples. */
const VALUES_PER_STEP = 3;

/** Empty where the run's document cannot be read. */
export const rateCurve = ({ text, started, steps }: Pick<RecordedRun, "text" | "started" | "steps">): RateRange => {
  const document = parse(text);
  if (!document.ok) return rateRange([]);
  const { learningRate, schedule, warmupEpochs } = document.value.training;
  const { totalSteps, stepsPerEpoch } = started;
  const values = new Float64Array(steps);
  const found: { rate: number; loss: number }[] = [];
  for (let at = 0; at + VALUES_PER_STEP <= values.length; at += VALUES_PER_STEP) {
    const [step = 0, loss = Number.NaN] = values.subarray(at, at + 2);
    const factor = scheduleFactor({ schedule, warmupEpochs, step, totalSteps, stepsPerEpoch });
    found.push({ rate: learningRate * factor, loss });
  }
  return rateRange(found);
};
