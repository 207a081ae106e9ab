/** What new nodes and documents start with. */
import { layerOf } from "../registry.ts";
import {
  DOCUMENT_FORMAT,
  DOCUMENT_VERSION,
  type DocumentNode,
  type LayerscopeDocument,
  type TrainingSettings,
} from "./schema.ts";

export const defaultTraining: TrainingSettings = {
  optimizer: { name: "sgd" },
  learningRate: 0.05,
  schedule: { name: "constant" },
  warmupEpochs: 0,
  weightDecay: 0,
  clipNorm: null,
  batchSize: 64,
  epochs: 1,
  seed: 1,
  initializer: { name: "heNormal" },
  earlyStopping: null,
  validation: null,
  augmentation: null,
};

/** A document without nodes that trains on MNIST. */
export const newDocument = (): LayerscopeDocument => ({
  format: DOCUMENT_FORMAT,
  version: DOCUMENT_VERSION,
  nodes: [],
  edges: [],
  groups: [],
  canvasNotes: [],
  dataset: { source: "mnist" },
  training: defaultTraining,
  notes: "",
});

/** Every param of a kind at its default, in the order of the kind's schema; empty for an unknown kind. */
export const defaultParams = (kind: string): DocumentNode["params"] => layerOf(kind)?.params.parse({}) ?? {};
