/** How long the runs of a study will take, by the speed of this computer, and what runs of studies took to begin here. */
import { compile, type StudyRun, workPerSample } from "../../engine/index.ts";
import { type MachineSpeed, secondsOfStep } from "../run/machineSpeed.ts";
import type { Plan } from "./studyDraft.ts";

/** Of the work of a step: the forward pass alone. */
const EVALUATION_SHARE = 1 / 3;

/** Compiling all of many would take long, and they are much alike. */
const MOST_COMPILED = 24;

export interface DraftForecast {
  /** null: nothing was trained here yet, or nothing is known of the data. */
  readonly seconds: number | null;
  /** The first run whose net has errors, a sentence. */
  readonly problem: string | null;
}

export const forecast = (
  runs: readonly StudyRun[],
  { trainSamples, testSamples }: Pick<Plan, "trainSamples" | "testSamples">,
  speed: MachineSpeed,
  /** Runs at a time, at most. */
  numCores: number,
): DraftForecast => {
  const stride = Math.max(1, Math.ceil(runs.length / MOST_COMPILED));
  const sampled = runs.filter((_, index) => index % stride === 0);
  let seconds: number | null = 0;
  for (const { id, document } of sampled) {
    const compiled = compile(document, { plan: false });
    const error = compiled.diagnostics.find(({ severity }) => severity === "error");
    if (error !== undefined) return { seconds: null, problem: `${id}: ${error.message}` };
    const perSample = workPerSample(compiled);
    const count = Math.min(
      trainSamples ?? Number.POSITIVE_INFINITY,
      compiled.dataset?.trainCount ?? Number.POSITIVE_INFINITY,
    );
    // The test set is measured after each epoch: a small part of all of MNIST, but more than a study trains on 1,000 samples of it.
    const tested = Math.min(testSamples ?? Number.POSITIVE_INFINITY, compiled.dataset?.testCount ?? 0);
    const { batchSize, epochs } = document.training;
    const step = perSample === null ? null : secondsOfStep(perSample * batchSize, speed);
    seconds =
      seconds === null || step === null || !Number.isFinite(count)
        ? null
        : seconds + step * ((count + EVALUATION_SHARE * tested) / batchSize) * epochs;
  }
  if (seconds === null) return { seconds, problem: null };
  const training = (seconds / Math.max(1, sampled.length)) * runs.length;
  // The speed is that of all cores together; runs begin beside each other.
  const starting = ((speed.runStartSeconds ?? 0) * runs.length) / Math.max(1, Math.min(numCores, runs.length));
  return { seconds: training + starting, problem: null };
};
