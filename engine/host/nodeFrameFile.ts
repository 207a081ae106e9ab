/**
 * Writes the frames of a run into one file while it goes. The page's history and this keep the same ones: all, until there are
 * `MAX_RECORDED_FRAMES` (or the file is `MAX_FRAME_FILE_BYTES` long); then every second one goes and from there on every second one is kept
 * (then every fourth …). The newest is always the last.
 */
import { closeSync, ftruncateSync, openSync, readFileSync, readSync, renameSync, writeSync } from "node:fs";
import { err, messageOf, type Result } from "../result.ts";
import {
  decodeFrameFile,
  encodeFrameFileHead,
  indexFrameFile,
  MAX_FRAME_FILE_BYTES,
  MAX_RECORDED_FRAMES,
  RECORD_HEAD_BYTES,
  type RecordedFrames,
} from "../telemetry/frameFile.ts";

/** Where a record lies, its head included. */
interface Place {
  readonly offset: number;
  readonly bytes: number;
}

export interface FrameFileLimits {
  readonly frames: number;
  readonly bytes: number;
}

const LIMITS: FrameFileLimits = { frames: MAX_RECORDED_FRAMES, bytes: MAX_FRAME_FILE_BYTES };

const writeAll = (file: number, bytes: Uint8Array, position: number): void => {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, position + at);
};

export class FrameFileWriter {
  readonly #path: string;
  readonly #nodeIds: readonly string[];
  readonly #limits: FrameFileLimits;
  #file: number;
  #stride: number;
  #received: number;
  #places: Place[];
  #end: number;

  private constructor(call: {
    readonly path: string;
    readonly nodeIds: readonly string[];
    readonly limits: FrameFileLimits;
    readonly file: number;
    readonly stride: number;
    readonly places: Place[];
    readonly end: number;
  }) {
    this.#path = call.path;
    this.#nodeIds = call.nodeIds;
    this.#limits = call.limits;
    this.#file = call.file;
    this.#stride = call.stride;
    this.#places = call.places;
    this.#received = call.places.length === 0 ? 0 : (call.places.length - 1) * call.stride + 1;
    this.#end = call.end;
  }

  static create(path: string, nodeIds: readonly string[], limits = LIMITS): FrameFileWriter {
    const head = encodeFrameFileHead(nodeIds, 1);
    const file = openSync(path, "w+");
    writeAll(file, head, 0);
    return new FrameFileWriter({ path, nodeIds, limits, file, stride: 1, places: [], end: head.length });
  }

  /** Goes on after a step: frames of later ones are dropped, they will come again. A file that is not there, or of another net, begins anew. */
  static resume(path: string, nodeIds: readonly string[], lastStep: number, limits = LIMITS): FrameFileWriter {
    const bytes = readIfThere(path);
    const index = bytes === null ? null : indexFrameFile(bytes);
    if (index === null || !index.ok || index.value.nodeIds.join("\n") !== nodeIds.join("\n")) {
      return FrameFileWriter.create(path, nodeIds, limits);
    }
    const { stride, places } = index.value;
    const kept = places
      .filter(({ step }) => step <= lastStep)
      .map(({ offset, length }) => ({ offset: offset - RECORD_HEAD_BYTES, bytes: RECORD_HEAD_BYTES + length }));
    const last = kept.at(-1);
    const end =
      last === undefined
        ? (places[0]?.offset ?? index.value.wholeBytes + RECORD_HEAD_BYTES) - RECORD_HEAD_BYTES
        : last.offset + last.bytes;
    const file = openSync(path, "r+");
    ftruncateSync(file, end);
    return new FrameFileWriter({ path, nodeIds, limits, file, stride, places: kept, end });
  }

  /** A frame that has nodes, as it was sent. */
  add(frame: ArrayBuffer): void {
    const previous = this.#places.at(-1);
    const previousStays = (this.#received - 1) % this.#stride === 0;
    if (previous !== undefined && !previousStays) {
      this.#places.pop();
      this.#end = previous.offset;
    }
    const record = new Uint8Array(RECORD_HEAD_BYTES + frame.byteLength);
    new DataView(record.buffer).setUint32(0, frame.byteLength, true);
    record.set(new Uint8Array(frame), RECORD_HEAD_BYTES);
    writeAll(this.#file, record, this.#end);
    this.#places.push({ offset: this.#end, bytes: record.length });
    this.#end += record.length;
    // A longer frame may have been here.
    ftruncateSync(this.#file, this.#end);
    this.#received += 1;
    if (this.#places.length > this.#limits.frames || this.#end > this.#limits.bytes) this.#thin();
  }

  /** Every second frame goes, into a file that takes the place of this one. */
  #thin(): void {
    if (this.#places.length < 3) return;
    this.#stride *= 2;
    const newest = this.#places.length - 1;
    const kept = this.#places.filter((_, index) => index % 2 === 0 || index === newest);
    const temporary = `${this.#path}.tmp`;
    const file = openSync(temporary, "w+");
    const head = encodeFrameFileHead(this.#nodeIds, this.#stride);
    writeAll(file, head, 0);
    let end = head.length;
    this.#places = kept.map(({ offset, bytes }) => {
      const record = new Uint8Array(bytes);
      for (let at = 0; at < bytes; ) at += readSync(this.#file, record, at, bytes - at, offset + at);
      writeAll(file, record, end);
      end += bytes;
      return { offset: end - bytes, bytes };
    });
    // Windows renames no file over one that is open.
    closeSync(this.#file);
    closeSync(file);
    renameSync(temporary, this.#path);
    this.#file = openSync(this.#path, "r+");
    this.#end = end;
  }

  close(): void {
    closeSync(this.#file);
  }
}

const readIfThere = (path: string): Uint8Array | null => {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
};

/** The whole frames of a file; an error is a sentence. null: there is no file. */
export const readFrameFile = (path: string): Result<RecordedFrames, string> | null => {
  try {
    const bytes = readIfThere(path);
    return bytes === null ? null : decodeFrameFile(bytes);
  } catch (error) {
    return err(messageOf(error));
  }
};
