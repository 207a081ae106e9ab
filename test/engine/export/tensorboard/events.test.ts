import { describe, expect, test } from "vitest";
import { crc32c } from "../../../../engine/export/tensorboard/crc32c.ts";
import {
  encodeEvent,
  encodeFileHead,
  readEvents,
  type SummaryEvent,
} from "../../../../engine/export/tensorboard/events.ts";

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.trim().split(/\s+/), (byte) => Number.parseInt(byte, 16));
const joined = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const messageOf = (record: Uint8Array): Uint8Array => record.subarray(12, -4);

describe("CRC-32C", () => {
  // RFC 3720, B.4, and the check value of the catalogue of CRCs.
  test.each([
    ["32 zeros", new Uint8Array(32), 0x8a9136aa],
    ["32 bytes of ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ["0 to 31", Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
    ["31 to 0", Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x113fdb5c],
    ["123456789", ascii("123456789"), 0xe3069283],
    ["nothing", new Uint8Array(), 0],
  ])("of %s", (_, bytes, crc) => expect(crc32c(bytes)).toBe(crc));
});

describe("the bytes of an event file", () => {
  test("begin with the record that every event file begins with", () => {
    const head = encodeFileHead(1.5);
    // 24 bytes follow; a3 7f 4b 22 is the masked CRC of that length in each of TensorFlow's own files.
    expect([...head.subarray(0, 12)]).toEqual([...bytesOf("18 00 00 00 00 00 00 00 a3 7f 4b 22")]);
    // Field 1, eight bytes: 1.5; field 3, thirteen bytes.
    expect([...messageOf(head)]).toEqual([
      ...joined(bytesOf("09 00 00 00 00 00 00 f8 3f 1a 0d"), ascii("brain.Event:2")),
    ]);
  });

  test("of a scalar are those of the protobuf definition", () => {
    const record = encodeEvent({ wallTime: 2, step: 300, values: [{ tag: "loss", scalar: 0.5 }] });
    expect([...messageOf(record)]).toEqual([
      // wall_time 2, step 300 = 2·128 + 44, summary of 13 bytes, value of 11, tag, simple_value 0.5
      ...bytesOf("09 00 00 00 00 00 00 00 40 10 ac 02 2a 0d 0a 0b 0a 04 6c 6f 73 73 15 00 00 00 3f"),
    ]);
  });

  test("of a histogram are those of the protobuf definition", () => {
    const histogram = { min: -1, max: 1, num: 3, sum: 0.5, sumSquares: 2, bucketLimits: [0, 1], buckets: [1, 2] };
    const record = encodeEvent({ wallTime: 2, step: 0, values: [{ tag: "w", histogram }] });
    const message = bytesOf(`
      09 00 00 00 00 00 00 f0 bf   11 00 00 00 00 00 00 f0 3f   19 00 00 00 00 00 00 08 40
      21 00 00 00 00 00 00 e0 3f   29 00 00 00 00 00 00 00 40
      32 10 00 00 00 00 00 00 00 00 00 00 00 00 00 00 f0 3f   3a 10 00 00 00 00 00 00 f0 3f 00 00 00 00 00 00 00 40`);
    expect(message.length).toBe(81);
    expect([...messageOf(record)]).toEqual([
      ...joined(bytesOf("09 00 00 00 00 00 00 00 40 2a 58 0a 56 0a 01 77 2a 51"), message),
    ]);
  });
});

describe("an event file", () => {
  const events: readonly SummaryEvent[] = [
    {
      wallTime: 1_700_000_000.25,
      step: 1,
      values: [
        { tag: "loss/batch", scalar: 2.5 },
        { tag: "R²", scalar: -0.25 },
      ],
    },
    {
      ...{ wallTime: 1_700_000_001, step: 5_000_000_000 },
      values: [
        {
          tag: "output/conv1",
          histogram: { min: 0, max: 0, num: 4, sum: 0, sumSquares: 0, bucketLimits: [0.5], buckets: [4] },
        },
        { tag: "nothing", scalar: 0 },
      ],
    },
    { wallTime: 1_700_000_002, step: 7, values: [] },
  ];
  const file = joined(encodeFileHead(1_700_000_000), ...events.map(encodeEvent));

  test("is read as it was written", () => {
    expect(readEvents(file)).toEqual({ ok: true, value: events });
    const odd = encodeEvent({ wallTime: 1, step: 1, values: [{ tag: "loss", scalar: Number.NaN }] });
    expect(readEvents(joined(encodeFileHead(1), odd))).toMatchObject({ value: [{ values: [{ scalar: Number.NaN }] }] });
  });

  test("with any byte changed is refused", () => {
    for (let at = 0; at < file.length; at += 7) {
      const damaged = file.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      expect(readEvents(damaged)).toMatchObject({ ok: false, error: expect.stringContaining("damaged") });
    }
  });

  test("that ends too early is refused with the place, and so is what is no event file", () => {
    expect(readEvents(file.subarray(0, file.length - 1))).toMatchObject({
      error: expect.stringMatching(/^The record at byte \d+ has \d+ bytes, but the file ends at \d+\.$/),
    });
    expect(readEvents(file.subarray(0, 5))).toMatchObject({
      error: expect.stringContaining("in the head of a record"),
    });
    expect(readEvents(new Uint8Array())).toMatchObject({ ok: false, error: "The file is empty." });
    expect(readEvents(encodeEvent({ wallTime: 1, step: 1, values: [] }))).toMatchObject({
      error: expect.stringContaining("has the version none"),
    });
  });
});
