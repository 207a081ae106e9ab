import type { OptimizerSettings } from "../../document/optimizers.ts";
import { createAdagrad } from "./adagrad.ts";
import { createAdam } from "./adam.ts";
import { createAdamw } from "./adamw.ts";
import { createMomentum } from "./momentum.ts";
import { createNesterov } from "./nesterov.ts";
import type { Optimizer } from "./optimizer.ts";
import { createRmsprop } from "./rmsprop.ts";
import { createSgd } from "./sgd.ts";

/** The optimizer of a document's training settings. */
export const createOptimizer = (settings: OptimizerSettings): Optimizer => {
  switch (settings.name) {
    case "sgd":
      return createSgd();
    case "momentum":
      return createMomentum(settings);
    case "nesterov":
      return createNesterov(settings);
    case "adagrad":
      return createAdagrad(settings);
    case "rmsprop":
      return createRmsprop(settings);
    case "adam":
      return createAdam(settings);
    case "adamw":
      return createAdamw(settings);
  }
};
