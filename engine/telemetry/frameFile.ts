/**
 * The frames of a run one after the other, as its folder keeps them. Little-endian:
 *
 *   header   "LSFRAMES", u32 version, u32 stride, u32 length of what follows: JSON in UTF-8 with `nodeIds` in program order
 *   record   u32 length, then a frame as `frameLayout.ts` lays it out
 *
 * Every `stride`-th frame of the run is there, and the newest. A file may end in the middle of a record: its writer was killed.
 */
import { z } from "zod";
import { counted } from "../layer.ts";
import { err, messageOf, ok, type Result } from "../result.ts";
import { decodeFrame } from "./frameLayout.ts";
import type { Frame } from "./statistics.ts";

const MAGIC = "LSFRAMES";
const FRAME_FILE_VERSION = 1;
const FIXED_BYTES = 20;
/** More cannot be a frame: the longest texts and the most channels of a thousand nodes stay far below. */
const MAX_FRAME_BYTES = 256 * 1024 * 1024;
export const RECORD_HEAD_BYTES = 4;

const headSchema = z.strictObject({ nodeIds: z.array(z.string()) });

export const encodeFrameFileHead = (nodeIds: readonly string[], stride: number): Uint8Array => {
  const json = new TextEncoder().encode(JSON.stringify({ nodeIds }));
  const bytes = new Uint8Array(FIXED_BYTES + json.length);
  bytes.set(new TextEncoder().encode(MAGIC));
  const view = new DataView(bytes.buffer);
  view.setUint32(8, FRAME_FILE_VERSION, true);
  view.setUint32(12, stride, true);
  view.setUint32(16, json.length, true);
  bytes.set(json, FIXED_BYTES);
  return bytes;
};

/** Where a record lies, its head left out. */
export interface FramePlace {
  readonly step: number;
  readonly offset: number;
  readonly length: number;
}

export interface FrameFileIndex {
  readonly nodeIds: readonly string[];
  readonly stride: number;
  /** Ascending by step. */
  readonly places: readonly FramePlace[];
  /** Bytes up to the end of the last whole record. */
  readonly wholeBytes: number;
}

const readHead = (bytes: Uint8Array): Result<FrameFileIndex, string> => {
  const magic = new TextDecoder().decode(bytes.subarray(0, 8));
  if (magic !== MAGIC) return err(`The file holds no frames: it does not begin with ${MAGIC}.`);
  if (bytes.length < FIXED_BYTES)
    return err(`The file ends after ${counted(bytes.length, "byte")}, in the middle of its head.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(8, true);
  if (version !== FRAME_FILE_VERSION) {
    return err(`The file of frames has version ${version}; this build reads ${FRAME_FILE_VERSION}.`);
  }
  const stride = view.getUint32(12, true);
  const end = FIXED_BYTES + view.getUint32(16, true);
  if (end > bytes.length)
    return err(`The file ends after ${counted(bytes.length, "byte")}, in the middle of its head.`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes.subarray(FIXED_BYTES, end)));
  } catch (error) {
    return err(`The head of the file of frames is not JSON: ${messageOf(error)}`);
  }
  const head = headSchema.safeParse(json);
  if (!head.success || stride < 1) return err("The head of the file of frames does not say what frames are of.");
  return ok({ nodeIds: head.data.nodeIds, stride, places: [], wholeBytes: end });
};

/** Finds the records, up to one that is not whole or no frame. Reads nothing of a frame but its beginning. */
export const indexFrameFile = (bytes: Uint8Array): Result<FrameFileIndex, string> => {
  const head = readHead(bytes);
  if (!head.ok) return head;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const places: FramePlace[] = [];
  let at = head.value.wholeBytes;
  let lastStep = 0;
  while (at + RECORD_HEAD_BYTES <= bytes.length) {
    const length = view.getUint32(at, true);
    const offset = at + RECORD_HEAD_BYTES;
    if (length < 12 || length > MAX_FRAME_BYTES || offset + length > bytes.length) break;
    const step = view.getUint32(offset + 8, true);
    // A disk that lost power may hold zeros at the end.
    if (view.getUint32(offset, true) === 0 || step <= lastStep) break;
    places.push({ step, offset, length });
    lastStep = step;
    at = offset + length;
  }
  return ok({ ...head.value, places, wholeBytes: at });
};

/** The frames of a run, ascending by step. */
export interface RecordedFrames {
  /** In program order. */
  readonly nodeIds: readonly string[];
  /** Every so many-th frame of the run is there, and the newest. */
  readonly stride: number;
  readonly frames: readonly Frame[];
  /** Bytes at the end that are no whole frame; 0 unless the writer was killed. */
  readonly cutBytes: number;
}

/** All whole frames of a file, each read by `decodeFrame` or `openFrame`; an error is a sentence. */
export const decodeFrameFile = (bytes: Uint8Array, read = decodeFrame): Result<RecordedFrames, string> => {
  const index = indexFrameFile(bytes);
  if (!index.ok) return index;
  const { nodeIds, stride, places } = index.value;
  const frames: Frame[] = [];
  let end = index.value.wholeBytes;
  for (const { offset, length } of places) {
    // A copy of its own, also where the bytes are Node's, whose slices are views.
    const frame = read(new Uint8Array(bytes.subarray(offset, offset + length)).buffer, nodeIds);
    // Of another version: all are.
    if (!frame.ok && frame.error.type === "otherVersion") return err(frame.error.message);
    if (!frame.ok) {
      end = offset - RECORD_HEAD_BYTES;
      break;
    }
    frames.push(frame.value);
  }
  return ok({ nodeIds, stride, frames, cutBytes: bytes.length - end });
};

/** A run of any length has at most so many frames … */
export const MAX_RECORDED_FRAMES = 2048;
/** … of so many bytes. */
export const MAX_FRAME_FILE_BYTES = 64 * 1024 * 1024;
