import type { OptimizerSettings } from "../document/optimizers.ts";

/** What the kernels of updates read from the header. */
export interface UpdateNumbers {
  /** Share that is kept of the velocity or of the mean of gradients. */
  readonly beta1: number;
  /** Share that is kept of the mean of squared gradients. */
  readonly beta2: number;
  readonly epsilon: number;
}

/** An optimizer's numbers under the names of the kernels; 0 where it has none. */
export const updateNumbers = (optimizer: OptimizerSettings): UpdateNumbers => {
  const none = { beta1: 0, beta2: 0, epsilon: 0 };
  switch (optimizer.name) {
    case "sgd":
      return none;
    case "momentum":
    case "nesterov":
      return { ...none, beta1: optimizer.momentum };
    case "adagrad":
      return { ...none, epsilon: optimizer.epsilon };
    case "rmsprop":
      return { ...none, beta2: optimizer.decay, epsilon: optimizer.epsilon };
    case "adam":
    case "adamw":
      return { beta1: optimizer.beta1, beta2: optimizer.beta2, epsilon: optimizer.epsilon };
  }
};
