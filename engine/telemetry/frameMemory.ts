/**
 * The frames of a run in memory as a file of frames keeps them: all, until they are too many or take too much; then every second one goes and
 * from there on every second one is kept (then every fourth …). The newest is always the last.
 */
import { encodeFrameFileHead, MAX_FRAME_FILE_BYTES, MAX_RECORDED_FRAMES, RECORD_HEAD_BYTES } from "./frameFile.ts";

export class FrameMemory {
  readonly #nodeIds: readonly string[];
  readonly #limits: { readonly frames: number; readonly bytes: number };
  readonly #headBytes: number;
  #records: Uint8Array[] = [];
  #bytes = 0;
  #stride = 1;
  #received = 0;

  constructor(nodeIds: readonly string[], limits = { frames: MAX_RECORDED_FRAMES, bytes: MAX_FRAME_FILE_BYTES }) {
    this.#nodeIds = nodeIds;
    this.#headBytes = encodeFrameFileHead(nodeIds, 1).length;
    this.#limits = limits;
  }

  /** A frame that has nodes, as it was sent. */
  add(frame: ArrayBuffer): void {
    const previousStays = (this.#received - 1) % this.#stride === 0;
    if (this.#records.length > 0 && !previousStays) this.#bytes -= this.#records.pop()?.length ?? 0;
    const record = new Uint8Array(RECORD_HEAD_BYTES + frame.byteLength);
    new DataView(record.buffer).setUint32(0, frame.byteLength, true);
    record.set(new Uint8Array(frame), RECORD_HEAD_BYTES);
    this.#records.push(record);
    this.#bytes += record.length;
    this.#received += 1;
    if (this.#records.length > this.#limits.frames || this.#headBytes + this.#bytes > this.#limits.bytes) this.#thin();
  }

  #thin(): void {
    if (this.#records.length < 3) return;
    this.#stride *= 2;
    const newest = this.#records.length - 1;
    this.#records = this.#records.filter((_, index) => index % 2 === 0 || index === newest);
    this.#bytes = this.#records.reduce((sum, { length }) => sum + length, 0);
  }

  /** The whole file. */
  file(): Uint8Array<ArrayBuffer> {
    const head = encodeFrameFileHead(this.#nodeIds, this.#stride);
    const whole = new Uint8Array(head.length + this.#bytes);
    whole.set(head);
    let at = head.length;
    for (const record of this.#records) {
      whole.set(record, at);
      at += record.length;
    }
    return whole;
  }
}
