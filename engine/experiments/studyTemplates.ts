/** Studies that can be made of any document. */
import { optimizerNames, optimizers } from "../document/optimizers.ts";
import type { LayerscopeDocument } from "../document/schema.ts";
import { serialize } from "../document/serialize.ts";
import { STUDY_FORMAT, STUDY_VERSION, type Study } from "./study.ts";
import { normalizes } from "./studyAxes.ts";

export interface StudyTemplate {
  readonly id: string;
  readonly title: string;
  /** What it shows, a sentence. */
  readonly summary: string;
  /** With the document inside. `trainCount`: how many training samples it has, where that is known. */
  readonly studyOf: (document: LayerscopeDocument, trainCount: number | null) => Study;
}

type Made = Omit<Study, "format" | "version" | "document">;

const around = (document: LayerscopeDocument, { title, notes, ...rest }: Made & { readonly notes: string }): Study => ({
  ...{ format: STUDY_FORMAT, version: STUDY_VERSION, title, notes },
  document: JSON.parse(serialize(document)),
  ...rest,
});

/** Rates that the optimizers are customarily begun with: those that divide by the size of the gradient need smaller ones. */
const customaryRate = (name: string): number => (name === "rmsprop" || name === "adam" ? 0.001 : 0.01);

const SEED_ONLY = (document: LayerscopeDocument): Study["axes"] => [{ vary: "seed", values: [document.training.seed] }];

/** Of the range test: from 10⁻⁵ to 10, by so many steps at least. */
const HIGHEST_RATE = 10;
const LOWEST_SHARE = 1e-6;
const LEAST_STEPS = 200;

const racers = optimizerNames.filter((name) => name !== "adamw");

export const studyTemplates: readonly StudyTemplate[] = [
  {
    id: "normalization",
    title: "With and without normalization",
    summary: "The same start and the same batches with the normalizing nodes of a kind, and with none.",
    studyOf: (document) =>
      around(document, {
        title: "With and without normalization",
        notes:
          "Does normalization make this net train faster, or at all? The dense and convolutional layers start with the same bits.",
        search: { by: "grid" },
        axes: document.nodes.some(normalizes)
          ? [
              {
                ...{ vary: "normalization", values: ["batch", "layer", "none"] },
                names: ["BatchNorm", "LayerNorm", "no normalization"],
              },
            ]
          : SEED_ONLY(document),
      }),
  },
  {
    id: "initialScales",
    title: "Initial scales",
    summary: "The std that all weights start from, from 1 down to 0.0001 by equal factors.",
    studyOf: (document) =>
      around(document, {
        title: "16 initial scales",
        notes: "From which initial weights does this net train?",
        search: { by: "grid" },
        axes: [
          { vary: "initializerScale", values: { from: 1, to: 0.0001, count: 16, scale: "log" } },
          ...(document.nodes.some(normalizes)
            ? [
                {
                  ...{ vary: "normalization" as const, values: ["batch" as const, "none" as const] },
                  names: ["BatchNorm", "no BatchNorm"],
                },
              ]
            : []),
        ],
      }),
  },
  {
    id: "optimizerRace",
    title: "Optimizer race",
    summary: "SGD, Momentum, Nesterov, AdaGrad, RMSprop and Adam from the same start over the same batches.",
    studyOf: (document) =>
      around(document, {
        title: "Optimizer race",
        notes:
          "Which optimizer brings the loss down first? Each runs at the rate it is customarily begun with; all start from the same weights and see the same batches.",
        search: { by: "list" },
        axes: [
          {
            ...{ vary: "optimizer", values: racers.map((name) => optimizers[name].start) },
            names: racers.map((name) => optimizers[name].title),
          },
          { vary: "learningRate", values: racers.map(customaryRate) },
        ],
      }),
  },
  {
    id: "learningRateRange",
    title: "Learning-rate range test",
    summary:
      "One run whose rate grows from 10⁻⁵ to 10: the loss against the rate says where it learns and where it diverges.",
    studyOf: (document, trainCount) => {
      const stepsPerEpoch = trainCount === null ? LEAST_STEPS : Math.ceil(trainCount / document.training.batchSize);
      return around(document, {
        title: "Learning-rate range",
        notes:
          "Which learning rate suits this net? The rate grows by the same factor each step. Take one where the loss falls fastest, or a tenth of the rate with the lowest loss.",
        measure: "learningRateRange",
        // What the net would do on other samples says nothing here.
        testSamples: 0,
        training: {
          learningRate: HIGHEST_RATE,
          schedule: { name: "exponential", initialFactor: LOWEST_SHARE, finalFactor: 1 },
          warmupEpochs: 0,
          earlyStopping: null,
          epochs: Math.max(1, Math.ceil(LEAST_STEPS / stepsPerEpoch)),
        },
        search: { by: "grid" },
        axes: SEED_ONLY(document),
      });
    },
  },
  {
    id: "gradientCheck",
    title: "Gradient check",
    summary:
      "Nothing trains: the backward pass of every layer against difference quotients in float64, for each normalization.",
    studyOf: (document) =>
      around(document, {
        title: "Gradient check",
        notes:
          "Is every backward pass right? Each layer is taken by itself, with random inputs and weights near those it starts with.",
        measure: "gradients",
        search: { by: "grid" },
        axes: document.nodes.some(normalizes)
          ? [
              {
                ...{ vary: "normalization", values: ["batch", "layer", "group", "none"] },
                names: ["BatchNorm", "LayerNorm", "GroupNorm", "none"],
              },
            ]
          : SEED_ONLY(document),
      }),
  },
];
