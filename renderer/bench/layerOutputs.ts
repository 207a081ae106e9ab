/** The outputs of one answer, layer by layer. */
import type { InspectedSample } from "../../engine/protocol.ts";

export type LayerOutput = InspectedSample["layers"][number];

/** Pixels of a channel; 1 of a vector. */
export const areaOf = ({ shape }: LayerOutput): number =>
  shape.slice(1).reduce((product, extent) => product * extent, 1);

/** The values that came with the answer, channels first. */
export const outputOf = (sample: InspectedSample, layer: LayerOutput): Float32Array =>
  new Float32Array(sample.values, layer.offset * Float32Array.BYTES_PER_ELEMENT, layer.channels * areaOf(layer));

/** The layer that is shown: the chosen one, or the first after the input that has maps, or else the first after it. */
export const shownLayer = (sample: InspectedSample, nodeId: string | null): LayerOutput | null =>
  sample.layers.find((layer) => layer.nodeId === nodeId) ??
  sample.layers.slice(1).find(({ shape }) => shape.length === 3) ??
  sample.layers[1] ??
  sample.layers[0] ??
  null;

/** Of the finite ones. */
export const largestMagnitude = (values: Float32Array): number =>
  values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);

/** The first of the largest. */
export const largestAt = (values: readonly number[]): number =>
  values.reduce((best, value, at) => (value > (values[best] ?? Number.NEGATIVE_INFINITY) ? at : best), 0);

/** Shannon entropy in bits: 0 where one class has all, log₂ of the number of classes where all have the same. */
export const entropyOf = (probabilities: readonly number[]): number =>
  probabilities.reduce((sum, share) => (share > 0 ? sum - share * Math.log2(share) : sum), 0);
