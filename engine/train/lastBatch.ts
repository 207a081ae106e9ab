/** The batch that a session trained last, taken apart by normalizing nodes: one pass answers all questions about the same step. */
import type { Program } from "../compile/compiled.ts";
import type { Dataset } from "../data/dataset.ts";
import { err, type Result } from "../result.ts";
import {
  type ExplainedNormalization,
  type ExplainedPass,
  explainedPass,
  explainedSamples,
  explainNormalization,
} from "./explainNormalization.ts";
import { gatherSamples } from "./gatherSamples.ts";
import type { NamedTensor } from "./network.ts";

interface Trained {
  readonly program: Program;
  readonly dataset: Dataset;
  /** What learnt from it, as it is now. */
  readonly tensors: () => readonly NamedTensor[];
  readonly indices: Uint32Array;
  readonly augmentations: Int32Array | null;
  readonly step: number;
  readonly seed: number;
}

export class LastBatch {
  #explained: ExplainedPass | null = null;

  /** A normalizing node, step by step; the error is a sentence. */
  explain(nodeId: string, set: number, trained: Trained): Result<ExplainedNormalization, string> {
    const { program, dataset, tensors, indices, augmentations, step, seed } = trained;
    if (indices.length === 0) return err("There are no values yet: no batch has been trained.");
    if (this.#explained?.step !== step) {
      const count = explainedSamples(program, indices.length);
      this.#explained = explainedPass({
        ...gatherSamples(dataset, { indices, augmentations }, { count, inputShape: program.inputShape }),
        ...{ program, tensors: tensors(), batchSize: indices.length, step, seed },
      });
    }
    return explainNormalization(program, this.#explained, { nodeId, set });
  }
}
