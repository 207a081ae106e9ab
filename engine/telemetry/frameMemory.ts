/**
 * The frames of a run in memory as a file of frames keeps them: all, until they are too many or take too much; then every second one goes and
 * from there on every second one is kept (then every fourth …). The newest is always the last.
 */
import { encodeFrameFileHead, MAX_FRAME_FILE_BYTES, MAX_RECORDED_FRAMES, RECORD_HEAD_BYTES } from "./frameFile.ts";

/** Frames that are kept, and all that decides which of the next ones will be. */
export interface KeptFrames {
  readonly stride: number;
  /** Frames so far, kept or not. */
  readonly received: number;
  readonly records: readonly FrameRecord[];
}

export interface FrameRecord {
  /** How many frames came before it. */
  readonly ordinal: number;
  /** As it stands in a file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const LIMITS = { frames: MAX_RECORDED_FRAMES, bytes: MAX_FRAME_FILE_BYTES };

export class FrameMemory {
  readonly #nodeIds: readonly string[];
  readonly #limits: { readonly frames: number; readonly bytes: number };
  readonly #headBytes: number;
  #records: FrameRecord[] = [];
  #bytes = 0;
  #stride = 1;
  #received = 0;

  constructor(nodeIds: readonly string[], limits = LIMITS) {
    this.#nodeIds = nodeIds;
    this.#headBytes = encodeFrameFileHead(nodeIds, 1).length;
    this.#limits = limits;
  }

  /** Goes on where `kept` was taken. */
  static from(nodeIds: readonly string[], { stride, received, records }: KeptFrames, limits = LIMITS): FrameMemory {
    const memory = new FrameMemory(nodeIds, limits);
    memory.#stride = stride;
    memory.#received = received;
    memory.#records = [...records];
    memory.#count();
    return memory;
  }

  kept(): KeptFrames {
    return { stride: this.#stride, received: this.#received, records: [...this.#records] };
  }

  /** A frame that has nodes, as it was sent. */
  add(frame: ArrayBuffer): void {
    const previousStays = (this.#received - 1) % this.#stride === 0;
    if (this.#records.length > 0 && !previousStays) this.#bytes -= this.#records.pop()?.bytes.length ?? 0;
    const bytes = new Uint8Array(RECORD_HEAD_BYTES + frame.byteLength);
    new DataView(bytes.buffer).setUint32(0, frame.byteLength, true);
    bytes.set(new Uint8Array(frame), RECORD_HEAD_BYTES);
    this.#records.push({ ordinal: this.#received, bytes });
    this.#bytes += bytes.length;
    this.#received += 1;
    if (this.#records.length > this.#limits.frames || this.#headBytes + this.#bytes > this.#limits.bytes) this.#thin();
  }

  #thin(): void {
    if (this.#records.length < 3) return;
    this.#stride *= 2;
    const newest = this.#records.length - 1;
    this.#records = this.#records.filter((_, index) => index % 2 === 0 || index === newest);
    this.#count();
  }

  #count(): void {
    this.#bytes = this.#records.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** The whole file. */
  file(): Uint8Array<ArrayBuffer> {
    const head = encodeFrameFileHead(this.#nodeIds, this.#stride);
    const whole = new Uint8Array(head.length + this.#bytes);
    whole.set(head);
    let at = head.length;
    for (const { bytes } of this.#records) {
      whole.set(bytes, at);
      at += bytes.length;
    }
    return whole;
  }
}
