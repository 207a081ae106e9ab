/** The random numbers of dropout and Gaussian noise: a function of the node's key, the step and the element's number alone, the same as in the kernel. */
import type { RandomStream } from "../layer.ts";

/** The finalizer of MurmurHash3. */
const mix = (value: number): number => {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};

/** 32 bits from the seed and the node's id. */
export const dropoutKey = (seed: number, nodeId: string): number => {
  let hash = 0x811c9dc5;
  for (let at = 0; at < nodeId.length; at++) hash = Math.imul(hash ^ nodeId.charCodeAt(at), 0x01000193);
  return mix(mix(hash) ^ mix(seed + 0x9e3779b9));
};

/** The numbers of one step in the order of the elements (N, C, H, W), uniform in [0, 1) with 24 bits. */
export const dropoutStream = (key: number, step: number): RandomStream => {
  const stepKey = mix((key + Math.imul(step, 0x9e3779b9)) | 0);
  let element = 0;
  return () => {
    const hash = mix(stepKey ^ mix((element + 0x6a09e667) | 0));
    element += 1;
    return (hash >>> 8) / 0x100_0000;
  };
};
