/** An estimate of the memory of one training step, before the kernels plan it. */
import type { TrainingSettings } from "../document/schema.ts";
import { elementsOf } from "../layer.ts";
import type { ProgramLayer } from "./compiled.ts";

/** What WebAssembly can address with 32-bit pointers. */
export const MEMORY_LIMIT_BYTES = 4 * 1024 ** 3;

/** Values an optimizer keeps for each weight. */
const OPTIMIZER_SLOTS: Readonly<Record<TrainingSettings["optimizer"]["name"], number>> = { sgd: 0, adam: 2 };

const BYTES_PER_VALUE = 4;

export interface MemoryEstimate {
  /** Independent of the batch: weights, their gradients, the optimizer's values, running statistics. */
  readonly fixedBytes: number;
  /** Output and its gradient of every layer, for one sample. */
  readonly bytesPerSample: number;
}

type Sized = Pick<ProgramLayer, "outputShape" | "weights" | "state">;

export const estimateMemory = (layers: readonly Sized[], training: TrainingSettings): MemoryEstimate => {
  let fixed = 0;
  let perSample = 0;
  for (const { outputShape, weights, state } of layers) {
    for (const weight of weights) fixed += elementsOf(weight.shape) * (2 + OPTIMIZER_SLOTS[training.optimizer.name]);
    for (const tensor of state) fixed += elementsOf(tensor.shape);
    perSample += 2 * elementsOf(outputShape);
  }
  return { fixedBytes: fixed * BYTES_PER_VALUE, bytesPerSample: perSample * BYTES_PER_VALUE };
};

export const memoryBytes = ({ fixedBytes, bytesPerSample }: MemoryEstimate, batchSize: number): number =>
  fixedBytes + bytesPerSample * batchSize;

/** The largest batch that stays within the limit, 0 when not even one sample does. */
export const largestBatch = ({ fixedBytes, bytesPerSample }: MemoryEstimate): number =>
  Math.max(0, Math.floor((MEMORY_LIMIT_BYTES - fixedBytes) / Math.max(1, bytesPerSample)));
