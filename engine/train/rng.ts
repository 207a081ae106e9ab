/**
 * Random numbers. Every use has a stream of its own, named after its purpose and node (`weights:conv1.weight`, `shuffle:3`,
 * `dropout:drop1`), so that adding or bypassing a node changes no other node's start, and an epoch can be entered directly.
 */
import type { RandomSource } from "../data/datasetFiles.ts";
import type { RandomStream } from "../layer.ts";

/** The finalizer of MurmurHash3: every input bit reaches every output bit. */
const mix = (value: number): number => {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};

/**
 * 128 bits from a seed and a name: four FNV-1a hashes of the UTF-16 units with different starts, each finalized together with
 * the seed and its neighbour.
 */
export const streamState = (seed: number, name: string): readonly [number, number, number, number] => {
  const lanes: [number, number, number, number] = [0x811c9dc5, 0x9e3779b9, 0x7f4a7c15, 0xf39cc060];
  for (let at = 0; at < name.length; at++) {
    const unit = name.charCodeAt(at);
    lanes[0] = Math.imul(lanes[0] ^ unit, 0x01000193);
    lanes[1] = Math.imul(lanes[1] ^ unit, 0x85ebca6b);
    lanes[2] = Math.imul(lanes[2] ^ unit, 0xc2b2ae35);
    lanes[3] = Math.imul(lanes[3] ^ unit, 0x27d4eb2f);
  }
  const a = mix(lanes[0] ^ seed);
  const b = mix((lanes[1] + a) ^ seed);
  const c = mix((lanes[2] + b) ^ Math.imul(seed, 0x9e3779b1));
  const d = mix((lanes[3] + c) ^ seed);
  return [a, b, c, d];
};

/** sfc32 (Doty-Humphrey, PractRand): uniform in [0, 1) with 53 random bits. */
export const createStream = (seed: number, name: string): RandomStream => {
  // Variables of a closure would be numbers on the heap, a new one for each that is drawn.
  const state = Int32Array.from(streamState(seed >>> 0, name));
  /** Two rounds of sfc32. */
  const next = (): number => {
    let a = state[0] as number;
    let b = state[1] as number;
    let c = state[2] as number;
    const counter = state[3] as number;
    const high = (((a + b) | 0) + counter) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + high) | 0;
    const low = (((a + b) | 0) + counter + 1) | 0;
    state[0] = b ^ (b >>> 9);
    state[1] = (c + (c << 3)) | 0;
    state[2] = (((c << 21) | (c >>> 11)) + low) | 0;
    state[3] = (counter + 2) | 0;
    return ((high >>> 5) * 0x400_0000 + (low >>> 6)) / 0x20_0000_0000_0000;
  };
  for (let round = 0; round < 8; round++) next();
  return next;
};

/**
 * Standard normal numbers by Marsaglia's polar method: u, v uniform in the unit disc, s = u² + v², u·√(−2 ln s / s).
 * It needs no sine or cosine, whose last bits differ between versions of V8.
 */
export const createNormal = (uniform: RandomStream): RandomStream => {
  const spare = new Float64Array(1);
  let hasSpare = false;
  return () => {
    if (hasSpare) {
      hasSpare = false;
      return spare[0] as number;
    }
    for (;;) {
      const u = 2 * uniform() - 1;
      const v = 2 * uniform() - 1;
      const s = u * u + v * v;
      if (s >= 1 || s === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(s)) / s);
      spare[0] = v * factor;
      hasSpare = true;
      return u * factor;
    }
  };
};

/** For datasets that are made or split by chance. */
export const randomSource: RandomSource = {
  uniform: createStream,
  normal: (seed, name) => createNormal(createStream(seed, name)),
};
