/**
 * The optimizers as documents name them: their numbers, and what they compute. Schema, settings panel, command line and docs/optimizers.md
 * read this file. The formulas run in `engine/train/optimizers/` (float64) and `engine/kernels/assembly/optimizer.ts` (float32).
 *
 * In the formulas g is the gradient, after clipping and with λ·w added where weight decay applies, w a weight, η the learning rate of the step times the
 * node's factor, t the number of the step from 1.
 */
import { z } from "zod";

const share = (title: string, description: string) => z.number().min(0).lt(1).meta({ title, description });

const epsilon = z.number().positive().meta({ title: "Epsilon", description: "Keeps the division from zero." });

const momentum = share("Momentum", "Share of the velocity that each step keeps.");
const beta1 = share("Beta1", "Share of the mean of gradients that each step keeps.");
const beta2 = share("Beta2", "Share of the mean of squared gradients that each step keeps.");

export const optimizerSchema = z.discriminatedUnion("name", [
  z.strictObject({ name: z.literal("sgd") }),
  z.strictObject({ name: z.literal("momentum"), momentum }),
  z.strictObject({ name: z.literal("nesterov"), momentum }),
  z.strictObject({ name: z.literal("adagrad"), epsilon }),
  z.strictObject({
    name: z.literal("rmsprop"),
    decay: share("Decay", "Share of the mean of squared gradients that each step keeps."),
    epsilon,
  }),
  z.strictObject({ name: z.literal("adam"), beta1, beta2, epsilon }),
  z.strictObject({ name: z.literal("adamw"), beta1, beta2, epsilon }),
]);

export type OptimizerSettings = z.infer<typeof optimizerSchema>;
export type OptimizerName = OptimizerSettings["name"];

export interface OptimizerFacts {
  /** The name on screen. */
  readonly title: string;
  readonly formula: string;
  /** What it does, and its source. Markdown without headings. */
  readonly doc: string;
  /** What it keeps for each weight, zero at first. */
  readonly slots: readonly string[];
  /** Values of its numbers that are proposed when it is chosen. */
  readonly start: OptimizerSettings;
  /** The learning rate that it is customarily begun with. */
  readonly usualRate: number;
  /** Its steps are about as long as the rate, however small the gradient: it divides by the gradient's own size. */
  readonly stepsAtRate: boolean;
}

export const optimizers: { readonly [Name in OptimizerName]: OptimizerFacts } = {
  sgd: {
    title: "SGD",
    formula: "w ← w − η·g",
    doc: "Steps against the gradient of the batch. Robbins & Monro, *A stochastic approximation method* (1951).",
    slots: [],
    start: { name: "sgd" },
    usualRate: 0.01,
    stepsAtRate: false,
  },
  momentum: {
    title: "Momentum",
    formula: "v ← μ·v + g,  w ← w − η·v",
    doc: [
      "Adds up gradients to a velocity, so that what they agree on grows. The learning rate multiplies the velocity, as in PyTorch: a change of",
      "the rate acts at once. Polyak, *Some methods of speeding up the convergence of iteration methods* (1964).",
    ].join("\n"),
    slots: ["velocity"],
    start: { name: "momentum", momentum: 0.9 },
    usualRate: 0.01,
    stepsAtRate: false,
  },
  nesterov: {
    title: "Nesterov",
    formula: "v ← μ·v + g,  w ← w − η·(g + μ·v)",
    doc: [
      "Momentum that steps as if the gradient were taken ahead, where the velocity leads; v is the velocity after its update.",
      "Nesterov (1983), in the form of Sutskever et al., *On the importance of initialization and momentum in deep learning* (2013), as PyTorch writes it.",
    ].join("\n"),
    slots: ["velocity"],
    start: { name: "nesterov", momentum: 0.9 },
    usualRate: 0.01,
    stepsAtRate: false,
  },
  adagrad: {
    title: "AdaGrad",
    formula: "s ← s + g²,  w ← w − η·g / (√s + ε)",
    doc: "Divides by the root of the sum of all squared gradients, so that steps shrink where gradients were large. Duchi, Hazan & Singer, *Adaptive subgradient methods* (2011).",
    slots: ["sum of squares"],
    start: { name: "adagrad", epsilon: 1e-7 },
    usualRate: 0.01,
    stepsAtRate: true,
  },
  rmsprop: {
    title: "RMSprop",
    formula: "s ← ρ·s + (1 − ρ)·g²,  w ← w − η·g / (√s + ε)",
    doc: "AdaGrad that forgets: a running mean of squared gradients instead of their sum. Tieleman & Hinton, *Lecture 6.5* (2012).",
    slots: ["mean of squares"],
    start: { name: "rmsprop", decay: 0.99, epsilon: 1e-7 },
    usualRate: 0.001,
    stepsAtRate: true,
  },
  adam: {
    title: "Adam",
    formula: "m ← β₁·m + (1 − β₁)·g,  v ← β₂·v + (1 − β₂)·g²,  w ← w − η·(m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)",
    doc: [
      "Running means of the gradient and of its square, both corrected for their start at zero.",
      "Weight decay goes through both means, as in PyTorch's Adam. Kingma & Ba, *Adam: a method for stochastic optimization* (2015), algorithm 1.",
    ].join("\n"),
    slots: ["first moment", "second moment"],
    start: { name: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    usualRate: 0.001,
    stepsAtRate: true,
  },
  adamw: {
    title: "AdamW",
    formula:
      "w ← w − η·λ·w, then Adam with the bare gradient:  m ← β₁·m + (1 − β₁)·g,  v ← β₂·v + (1 − β₂)·g²,  w ← w − η·(m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)",
    doc: [
      "Adam whose weight decay λ shrinks the weights themselves and never enters the means.",
      "Loshchilov & Hutter, *Decoupled weight decay regularization* (2019), algorithm 2, with the decay multiplied by the learning rate as in PyTorch.",
    ].join("\n"),
    slots: ["first moment", "second moment"],
    start: { name: "adamw", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    usualRate: 0.001,
    stepsAtRate: true,
  },
};

/** In the order in which they are offered. */
export const optimizerNames = optimizerSchema.options.map((option) => option.shape.name.value);

/** A rate is too large for an optimizer that steps at the rate from here on: so many times its usual one. */
const FAR_ABOVE = 10;

/**
 * The usual rate of an optimizer for which `rate` is far too large, more than ten times that; null: it may do. Of optimizers whose steps grow with the
 * gradient nothing is said: what they bear depends on the net.
 */
export const rateInPlaceOf = (rate: number, optimizer: OptimizerName): number | null => {
  const { usualRate, stepsAtRate } = optimizers[optimizer];
  return stepsAtRate && rate > FAR_ABOVE * usualRate ? usualRate : null;
};
