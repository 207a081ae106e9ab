import type { TrainingSettings } from "../../document/schema.ts";
import { createAdam } from "./adam.ts";
import type { Optimizer } from "./optimizer.ts";
import { createSgd } from "./sgd.ts";

/** The optimizer of a document's training settings. */
export const createOptimizer = (settings: TrainingSettings["optimizer"]): Optimizer => {
  switch (settings.name) {
    case "sgd":
      return createSgd();
    case "adam":
      return createAdam(settings);
  }
};
