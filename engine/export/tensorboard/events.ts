/**
 * TensorBoard's event files: records one after the other, each
 *
 *   u64 length, u32 masked CRC-32C of these 8 bytes, the message, u32 masked CRC-32C of the message      (little-endian)
 *
 * The messages are `Event`s (tensorflow/core/util/event.proto and framework/summary.proto); the first says the version of the file.
 *
 *   Event:          1 double wall_time (seconds since 1970), 2 int64 step, 3 string file_version, 5 Summary summary
 *   Summary:        1 repeated Value
 *   Value:          1 string tag, and 2 float simple_value or 5 HistogramProto histo
 *   HistogramProto: 1 double min, 2 max, 3 num, 4 sum, 5 sum_squares, 6 packed double bucket_limit, 7 packed double bucket
 *
 * Bucket i counts what is above limit i − 1 (the first: from min on) and at most limit i.
 */
import { err, ok, type Result } from "../../result.ts";
import { doublesOf, type Field, floatOf, MessageWriter, readMessage, textOf } from "../protobuf.ts";
import { maskedCrc32c } from "./crc32c.ts";

const FILE_VERSION = "brain.Event:2";
const HEAD_BYTES = 12;
const FOOT_BYTES = 4;

export interface HistogramSummary {
  readonly min: number;
  readonly max: number;
  /** Number of values. */
  readonly num: number;
  readonly sum: number;
  readonly sumSquares: number;
  readonly bucketLimits: readonly number[];
  readonly buckets: readonly number[];
}

export type SummaryValue =
  /** Kept as float32. */
  { readonly tag: string; readonly scalar: number } | { readonly tag: string; readonly histogram: HistogramSummary };

export interface SummaryEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  readonly values: readonly SummaryValue[];
}

/** A message as a record of the file. */
const recordOf = (message: Uint8Array): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(HEAD_BYTES + message.length + FOOT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(message.length), true);
  view.setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true);
  bytes.set(message, HEAD_BYTES);
  view.setUint32(HEAD_BYTES + message.length, maskedCrc32c(message), true);
  return bytes;
};

/** With what a file begins. */
export const encodeFileHead = (wallTime: number): Uint8Array<ArrayBuffer> =>
  recordOf(new MessageWriter().double(1, wallTime).text(3, FILE_VERSION).finish());

const histogramBytes = ({ min, max, num, sum, sumSquares, bucketLimits, buckets }: HistogramSummary): Uint8Array =>
  new MessageWriter()
    .double(1, min)
    .double(2, max)
    .double(3, num)
    .double(4, sum)
    .double(5, sumSquares)
    .doubles(6, bucketLimits)
    .doubles(7, buckets)
    .finish();

const valueBytes = (value: SummaryValue): Uint8Array => {
  const message = new MessageWriter().text(1, value.tag);
  return "scalar" in value
    ? message.float(2, value.scalar).finish()
    : message.bytes(5, histogramBytes(value.histogram)).finish();
};

export const encodeEvent = ({ wallTime, step, values }: SummaryEvent): Uint8Array<ArrayBuffer> => {
  const summary = new MessageWriter();
  for (const value of values) summary.bytes(1, valueBytes(value));
  return recordOf(new MessageWriter().double(1, wallTime).integer(2, step).bytes(5, summary.finish()).finish());
};

const fieldsOf = (value: Field["value"]): Result<readonly Field[], string> =>
  typeof value === "number" ? err(`A message is the number ${value}.`) : readMessage(value);

const first = (fields: readonly Field[], number: number): Field["value"] | undefined =>
  fields.find(({ field }) => field === number)?.value;

const doubleIn = (fields: readonly Field[], number: number): number => {
  const value = first(fields, number);
  return value === undefined ? 0 : floatOf(value);
};

const listIn = (fields: readonly Field[], number: number): readonly number[] => {
  const value = first(fields, number);
  return value === undefined ? [] : doublesOf(value);
};

const histogramFrom = (fields: readonly Field[]): HistogramSummary => ({
  ...{ min: doubleIn(fields, 1), max: doubleIn(fields, 2), num: doubleIn(fields, 3) },
  ...{ sum: doubleIn(fields, 4), sumSquares: doubleIn(fields, 5) },
  ...{ bucketLimits: listIn(fields, 6), buckets: listIn(fields, 7) },
});

/** null: neither a scalar nor a histogram, as other programs write them. */
const valueFrom = (bytes: Field["value"]): Result<SummaryValue | null, string> => {
  const fields = fieldsOf(bytes);
  if (!fields.ok) return fields;
  const tag = textOf(first(fields.value, 1) ?? new Uint8Array());
  const scalar = first(fields.value, 2);
  if (scalar !== undefined) return ok({ tag, scalar: floatOf(scalar) });
  const histogram = first(fields.value, 5);
  if (histogram === undefined) return ok(null);
  const read = fieldsOf(histogram);
  return read.ok ? ok({ tag, histogram: histogramFrom(read.value) }) : read;
};

const eventFrom = (message: Uint8Array): Result<SummaryEvent & { readonly fileVersion: string | null }, string> => {
  const fields = readMessage(message);
  if (!fields.ok) return fields;
  const step = first(fields.value, 2);
  const version = first(fields.value, 3);
  const summary = first(fields.value, 5);
  const values: SummaryValue[] = [];
  if (summary !== undefined) {
    const parts = fieldsOf(summary);
    if (!parts.ok) return parts;
    for (const { field, value } of parts.value) {
      if (field !== 1) continue;
      const read = valueFrom(value);
      if (!read.ok) return read;
      if (read.value !== null) values.push(read.value);
    }
  }
  return ok({
    ...{ wallTime: doubleIn(fields.value, 1), step: typeof step === "number" ? step : 0, values },
    fileVersion: version === undefined ? null : textOf(version),
  });
};

/** The events of a file after its head, each checked by its CRCs. The error says at which byte. */
export const readEvents = (bytes: Uint8Array): Result<readonly SummaryEvent[], string> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const events: SummaryEvent[] = [];
  let fileVersion: string | null = null;
  let at = 0;
  while (at < bytes.length) {
    if (at + HEAD_BYTES > bytes.length) return err(`The file ends at byte ${bytes.length}, in the head of a record.`);
    if (view.getUint32(at + 8, true) !== maskedCrc32c(bytes.subarray(at, at + 8))) {
      return err(`The length of the record at byte ${at} is damaged: its CRC differs.`);
    }
    const length = Number(view.getBigUint64(at, true));
    const start = at + HEAD_BYTES;
    if (start + length + FOOT_BYTES > bytes.length) {
      return err(`The record at byte ${at} has ${length} bytes, but the file ends at ${bytes.length}.`);
    }
    const message = bytes.subarray(start, start + length);
    if (view.getUint32(start + length, true) !== maskedCrc32c(message)) {
      return err(`The record at byte ${at} is damaged: its CRC differs.`);
    }
    const event = eventFrom(message);
    if (!event.ok) return err(`The record at byte ${at}: ${event.error}`);
    const { fileVersion: version, ...rest } = event.value;
    if (at === 0 && version !== FILE_VERSION) {
      return err(`The file has the version ${version ?? "none"}; this build reads ${FILE_VERSION}.`);
    }
    fileVersion ??= version;
    if (version === null) events.push(rest);
    at = start + length + FOOT_BYTES;
  }
  return fileVersion === null ? err("The file is empty.") : ok(events);
};
