/** Tells whether a dataset is the one that a run began with: 64 bits of all its samples and labels. */
import type { Dataset, Split } from "./dataset.ts";
import { bytesOfLabels } from "./labels.ts";

/** Odd, with bits well spread (from the golden ratio and √3). */
const FACTORS = [0x9e3779b1, 0xbb67ae85] as const;

const addBytes = (lanes: [number, number], values: Uint8Array | Float64Array): void => {
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  const wordsEnd = values.byteLength - (values.byteLength % 4);
  let [a, b] = lanes;
  a ^= values.byteLength;
  for (let at = 0; at < wordsEnd; at += 4) {
    const word = view.getInt32(at, true);
    a = Math.imul(a ^ word, FACTORS[0]);
    a ^= a >>> 15;
    b = Math.imul(b + word, FACTORS[1]);
    b ^= b >>> 13;
  }
  for (let at = wordsEnd; at < values.byteLength; at++) {
    a = Math.imul(a ^ view.getUint8(at), FACTORS[0]);
    b = Math.imul(b + a, FACTORS[1]);
  }
  lanes[0] = a;
  lanes[1] = b;
};

export const datasetFingerprint = ({ train, validation, test }: Dataset): string => {
  const lanes: [number, number] = [1, 2];
  const add = ({ images, labels }: Split): void => {
    addBytes(lanes, images);
    addBytes(lanes, bytesOfLabels(labels));
  };
  for (const split of [train, validation, test]) if (split !== undefined) add(split);
  return lanes.map((lane) => (lane >>> 0).toString(16).padStart(8, "0")).join("");
};
