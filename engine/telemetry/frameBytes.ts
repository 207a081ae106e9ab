/** Writes and reads the pieces that a frame is made of: little-endian numbers without padding, short texts, histograms, vectors. */
import type { Histogram } from "./statistics.ts";

const MAX_BINS = 4096;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const FIRST_BYTES = 16_384;

/** Why bytes are not a frame. */
export interface FrameProblem {
  readonly type: "notAFrame" | "otherVersion" | "otherNodes" | "truncated" | "invalid";
  readonly message: string;
}

/** Thrown while a frame is read, where it becomes a Result. */
export class FrameError extends Error {
  readonly type: FrameProblem["type"];
  constructor(type: FrameProblem["type"], message: string) {
    super(message);
    this.type = type;
  }
}

const countWidth = (counts: Uint32Array): 1 | 2 | 4 => {
  let largest = 0;
  for (const count of counts) if (count > largest) largest = count;
  return largest < 0x100 ? 1 : largest < 0x1_0000 ? 2 : 4;
};

export class FrameWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  /** Room for more bytes; where they begin. */
  #reserve(size: number): number {
    const begin = this.#at;
    this.#at += size;
    if (this.#at > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#at, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return begin;
  }

  u8(value: number): void {
    const at = this.#reserve(1);
    this.#view.setUint8(at, value);
  }

  u16(value: number): void {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value, true);
  }

  u32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
  }

  f64(...values: readonly number[]): void {
    for (const value of values) {
      const at = this.#reserve(8);
      this.#view.setFloat64(at, value, true);
    }
  }

  bytes(values: Uint8Array): void {
    const at = this.#reserve(values.length);
    this.#bytes.set(values, at);
  }

  /** u8 length, then UTF-8. */
  text(value: string): void {
    const bytes = encoder.encode(value);
    if (bytes.length > 0xff) throw new RangeError(`"${value}" is longer than 255 bytes.`);
    this.u8(bytes.length);
    this.bytes(bytes);
  }

  floats(values: Float32Array): void {
    const at = this.#reserve(values.length * 4);
    for (let i = 0; i < values.length; i++) this.#view.setFloat32(at + i * 4, values[i] as number, true);
  }

  histogram({ low, high, underflow, overflow, counts }: Histogram): void {
    const width = countWidth(counts);
    this.f64(low, high);
    this.u32(underflow);
    this.u32(overflow);
    this.u16(counts.length);
    this.u16(width);
    const at = this.#reserve(counts.length * width);
    for (let bin = 0; bin < counts.length; bin++) {
      const count = counts[bin] as number;
      if (width === 1) this.#view.setUint8(at + bin, count);
      else if (width === 2) this.#view.setUint16(at + bin * 2, count, true);
      else this.#view.setUint32(at + bin * 4, count, true);
    }
  }

  /** A buffer of exactly what was written. */
  finish(): ArrayBuffer {
    return this.#bytes.buffer.slice(0, this.#at);
  }
}

const POOL_BYTES = 8192;

/**
 * Memory for arrays of words of 4 bytes. A frame of 200 layers has some 1,500 of them: memory of its own for each would take longer than reading
 * them, and have the collector of garbage come more often.
 */
class WordPool {
  #memory = new ArrayBuffer(0);
  #used = 0;

  counts(length: number): Uint32Array {
    const at = this.#take(4 * length);
    return at === null ? new Uint32Array(length) : new Uint32Array(this.#memory, at, length);
  }

  floats(length: number): Float32Array {
    const at = this.#take(4 * length);
    return at === null ? new Float32Array(length) : new Float32Array(this.#memory, at, length);
  }

  /** Where so many bytes, all 0, may be put; null for many. */
  #take(size: number): number | null {
    if (size > POOL_BYTES / 4) return null;
    if (this.#used + size > this.#memory.byteLength) {
      this.#memory = new ArrayBuffer(POOL_BYTES);
      this.#used = 0;
    }
    this.#used += size;
    return this.#used - size;
  }
}

/** `what` names in errors what is being read. */
export class FrameParser {
  readonly #buffer: ArrayBuffer;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #pool: WordPool | null;
  #at: number;

  /** Begins at a byte. `isWhole`: much is going to be read, and kept together. */
  constructor(buffer: ArrayBuffer, at = 0, isWhole = true) {
    this.#buffer = buffer;
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
    this.#pool = isWhole ? new WordPool() : null;
    this.#at = at;
  }

  /** The byte that is read next. */
  get at(): number {
    return this.#at;
  }

  /** Passes over bytes; where they begin. */
  take(size: number, what: string): number {
    const { byteLength } = this.#buffer;
    const begin = this.#at;
    if (begin + size > byteLength) {
      throw new FrameError(
        "truncated",
        `The frame ends after ${byteLength} bytes, in the middle of ${what}, which needs bytes ${begin} to ${begin + size}.`,
      );
    }
    this.#at += size;
    return begin;
  }

  u8(what: string): number {
    return this.#view.getUint8(this.take(1, what));
  }

  u16(what: string): number {
    return this.#view.getUint16(this.take(2, what), true);
  }

  u32(what: string): number {
    return this.#view.getUint32(this.take(4, what), true);
  }

  f64(what: string): number {
    return this.#view.getFloat64(this.take(8, what), true);
  }

  /** Copies: a view would keep the whole message alive. */
  bytes(length: number, what: string): Uint8Array {
    const at = this.take(length, what);
    return new Uint8Array(this.#buffer.slice(at, at + length));
  }

  text(what: string): string {
    const length = this.u8(what);
    const at = this.take(length, what);
    let text = "";
    for (let i = at; i < at + length; i++) {
      const byte = this.#bytes[i] as number;
      // Names of weights are ASCII, for which the decoder takes longer than for all else of a tensor.
      if (byte >= 0x80) return decoder.decode(this.#bytes.subarray(at, at + length));
      text += String.fromCharCode(byte);
    }
    return text;
  }

  floats(length: number, what: string): Float32Array {
    const at = this.take(length * 4, what);
    const values = this.#pool?.floats(length) ?? new Float32Array(length);
    for (let i = 0; i < length; i++) values[i] = this.#view.getFloat32(at + i * 4, true);
    return values;
  }

  histogram(what: string): Histogram {
    const low = this.f64(what);
    const high = this.f64(what);
    const underflow = this.u32(what);
    const overflow = this.u32(what);
    const numBins = this.u16(what);
    const width = this.u16(what);
    if (numBins === 0 || numBins > MAX_BINS) {
      throw new FrameError("invalid", `A histogram has ${numBins} bins in ${what}; 1 to ${MAX_BINS} are allowed.`);
    }
    if (width !== 1 && width !== 2 && width !== 4) {
      throw new FrameError("invalid", `Counts are ${width} bytes wide in ${what}; 1, 2 or 4 are allowed.`);
    }
    const counts = this.counts(this.take(numBins * width, what), numBins, width);
    return { low, high, counts, underflow, overflow };
  }

  protected counts(start: number, numBins: number, width: 1 | 2 | 4): Uint32Array {
    const counts = this.#pool?.counts(numBins) ?? new Uint32Array(numBins);
    const [bytes, view] = [this.#bytes, this.#view];
    if (width === 1) for (let bin = 0; bin < numBins; bin++) counts[bin] = bytes[start + bin] as number;
    else if (width === 2) for (let bin = 0; bin < numBins; bin++) counts[bin] = view.getUint16(start + 2 * bin, true);
    else for (let bin = 0; bin < numBins; bin++) counts[bin] = view.getUint32(start + 4 * bin, true);
    return counts;
  }

  expectEnd(): void {
    const more = this.#buffer.byteLength - this.#at;
    if (more !== 0) {
      throw new FrameError("invalid", `The frame has ${more} bytes more than its ${this.#at} bytes of content.`);
    }
  }
}

const NO_COUNTS = new Uint32Array();
const NO_FLOATS = new Float32Array();

/** Checks what is there as a parser does, and copies none of its texts, vectors and counts. */
export class FrameWalker extends FrameParser {
  override text(what: string): string {
    this.take(this.u8(what), what);
    return "";
  }

  override floats(length: number, what: string): Float32Array {
    this.take(length * 4, what);
    return NO_FLOATS;
  }

  protected override counts(): Uint32Array {
    return NO_COUNTS;
  }
}
