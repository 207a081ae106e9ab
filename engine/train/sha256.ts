/**
 * SHA-256 (FIPS 180-4) of bytes that come a few at a time. Its state can be kept and taken up again, so that the hash of a run's losses
 * goes on in a resumed run; no platform's own can. What is hashed at once is hashed by the platform (`Host.sha256`).
 */
import { bytesOfFloats } from "../export/floatBytes.ts";
import type { Host } from "../host/host.ts";

const BLOCK_BYTES = 64;

const primes = (count: number): readonly number[] => {
  const found: number[] = [];
  for (let candidate = 2; found.length < count; candidate++) {
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate);
  }
  return found;
};

/** The first 32 bits of the fraction of a root, from integers only: ⌊root · 2³²⌋ mod 2³². */
const rootBits = (prime: number, power: 2n | 3n): number => {
  const scaled = BigInt(prime) << (32n * power);
  let low = 0n;
  let high = 1n << 40n;
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** power <= scaled) low = middle;
    else high = middle - 1n;
  }
  return Number(low & 0xffff_ffffn);
};

/** Square roots of the first 8 primes, cube roots of the first 64 (4.2.2 and 5.3.3). */
const START = Uint32Array.from(primes(8), (prime) => rootBits(prime, 2n));
const ROUNDS = Int32Array.from(primes(64), (prime) => rootBits(prime, 3n) | 0);

export interface Sha256State {
  /** The eight words so far. */
  readonly words: number[];
  /** Bytes that do not fill a block yet. */
  readonly rest: number[];
  readonly numBytes: number;
}

export class Sha256 {
  readonly #words: Int32Array;
  readonly #block = new Uint8Array(BLOCK_BYTES);
  readonly #blockView = new DataView(this.#block.buffer);
  readonly #schedule = new Int32Array(64);
  #numRest: number;
  #numBytes: number;

  constructor(state?: Sha256State) {
    this.#words = Int32Array.from(state?.words ?? START);
    this.#block.set(state?.rest ?? []);
    this.#numRest = state?.rest.length ?? 0;
    this.#numBytes = state?.numBytes ?? 0;
  }

  /** What `new Sha256(state)` goes on from. */
  state(): Sha256State {
    return {
      words: [...this.#words],
      rest: [...this.#block.subarray(0, this.#numRest)],
      numBytes: this.#numBytes,
    };
  }

  update(bytes: Uint8Array): this {
    this.#numBytes += bytes.length;
    let at = 0;
    while (at < bytes.length) {
      const count = Math.min(BLOCK_BYTES - this.#numRest, bytes.length - at);
      this.#block.set(bytes.subarray(at, at + count), this.#numRest);
      this.#numRest += count;
      at += count;
      if (this.#numRest === BLOCK_BYTES) this.#compress();
    }
    return this;
  }

  /** 64 hexadecimal digits. More bytes may follow: the digest is that of those so far. */
  digest(): string {
    const last = new Sha256(this.state());
    const numBits = 8 * this.#numBytes;
    const padding = new Uint8Array(((119 - (this.#numBytes % BLOCK_BYTES)) % BLOCK_BYTES) + 1 + 8);
    padding[0] = 0x80;
    const view = new DataView(padding.buffer);
    view.setUint32(padding.length - 8, Math.floor(numBits / 2 ** 32));
    view.setUint32(padding.length - 4, numBits % 2 ** 32);
    last.update(padding);
    return Array.from(last.#words, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  #compress(): void {
    const schedule = this.#schedule;
    for (let t = 0; t < 16; t++) schedule[t] = this.#blockView.getInt32(4 * t);
    for (let t = 16; t < 64; t++) {
      const near = schedule[t - 2] as number;
      const far = schedule[t - 15] as number;
      const s1 = ((near >>> 17) | (near << 15)) ^ ((near >>> 19) | (near << 13)) ^ (near >>> 10);
      const s0 = ((far >>> 7) | (far << 25)) ^ ((far >>> 18) | (far << 14)) ^ (far >>> 3);
      schedule[t] = (s1 + (schedule[t - 7] as number) + s0 + (schedule[t - 16] as number)) | 0;
    }
    const words = this.#words;
    let a = words[0] as number;
    let b = words[1] as number;
    let c = words[2] as number;
    let d = words[3] as number;
    let e = words[4] as number;
    let f = words[5] as number;
    let g = words[6] as number;
    let h = words[7] as number;
    for (let t = 0; t < 64; t++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const chosen = (e & f) ^ (~e & g);
      const t1 = (h + s1 + chosen + (ROUNDS[t] as number) + (schedule[t] as number)) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const majority = (a & b) ^ (a & c) ^ (b & c);
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + s0 + majority) | 0;
    }
    words[0] = (words[0] as number) + a;
    words[1] = (words[1] as number) + b;
    words[2] = (words[2] as number) + c;
    words[3] = (words[3] as number) + d;
    words[4] = (words[4] as number) + e;
    words[5] = (words[5] as number) + f;
    words[6] = (words[6] as number) + g;
    words[7] = (words[7] as number) + h;
    this.#numRest = 0;
  }
}

/** SHA-256 of the values of tensors, one after the other, each row-major as float32 little-endian. */
export const hashTensors = (
  tensors: readonly { readonly data: Float32Array }[],
  host: Pick<Host, "sha256">,
): Promise<string> => host.sha256(tensors.map(({ data }) => bytesOfFloats(data)));
