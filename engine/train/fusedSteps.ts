import type { Program } from "../compile/compiled.ts";
import { lower, UnsupportedProgram } from "../compile/lower.ts";
import type { TrainingSettings } from "../document/schema.ts";
import type { DatasetFacts } from "../layer.ts";
import type { Network } from "./network.ts";

/**
 * The kernel operations of one training step in order, as the network would run them; null when it cannot lay the program out. Samples that
 * nothing is known of are bytes.
 */
export const fusedSteps = (
  program: Program,
  training: TrainingSettings,
  dataset: Pick<DatasetFacts, "sampleShape" | "stores"> | null = null,
): Network["steps"] | null => {
  try {
    // The seed changes numbers in the operations, not which there are.
    const { training: operations } = lower(program, {
      optimizer: training.optimizer.name,
      clips: training.clipNorm !== null,
      seed: training.seed,
      sampleShape: dataset?.sampleShape ?? program.inputShape,
      floats: dataset?.stores === "numbers",
    });
    return operations.flatMap(({ nodes, kernel, pass }) => (pass === "statistics" ? [] : [{ nodes, kernel, pass }]));
  } catch (error) {
    if (error instanceof UnsupportedProgram) return null;
    throw error;
  }
};
