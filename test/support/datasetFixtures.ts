/** Datasets in files, written by the tests that read them. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { createStream } from "../../engine/train/rng.ts";

const crcOf = (bytes: Uint8Array): number => {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
};

const chunk = (type: string, content: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), content]);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(content.length);
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(crcOf(body));
  return Buffer.concat([head, body, tail]);
};

/** A PNG of given scanlines, each with its filter byte first. */
export const pngFile = (call: {
  readonly width: number;
  readonly height: number;
  readonly depth?: number;
  readonly colorType: number;
  readonly interlaced?: boolean;
  readonly lines: readonly number[];
  readonly palette?: readonly number[];
}): Uint8Array => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(call.width, 0);
  header.writeUInt32BE(call.height, 4);
  header.set([call.depth ?? 8, call.colorType, 0, 0, call.interlaced ? 1 : 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    ...(call.palette === undefined ? [] : [chunk("PLTE", Uint8Array.from(call.palette))]),
    chunk("IDAT", deflateSync(Uint8Array.from(call.lines))),
    chunk("IEND", new Uint8Array()),
  ]);
};

/** A grey picture of one value. */
export const greyPng = (width: number, height: number, value: number): Uint8Array =>
  pngFile({
    ...{ width, height, colorType: 0 },
    lines: Array.from({ length: height }, () => [0, ...new Array<number>(width).fill(value)]).flat(),
  });

/** Records of CIFAR-10's binary version whose class lights up one of ten squares of one of the colours, with noise. */
export const cifarBatch = (count: number, name: string): Uint8Array => {
  const random = createStream(1, `cifar:${name}`);
  const bytes = new Uint8Array(count * 3073);
  for (let record = 0; record < count; record++) {
    const label = Math.floor(10 * random());
    const at = record * 3073;
    bytes[at] = label;
    for (let pixel = 0; pixel < 3072; pixel++) {
      const c = Math.floor(pixel / 1024);
      const row = Math.floor((pixel % 1024) / 32);
      const column = pixel % 32;
      const isLit = c === label % 3 && Math.floor(row / 16) * 2 + Math.floor(column / 16) === Math.floor(label / 3);
      bytes[at + 1 + pixel] = Math.floor((isLit ? 110 : 10) + 120 * random());
    }
  }
  return bytes;
};

/** A folder in the layout of CIFAR-10's binary version. */
export const writeCifar = (directory: string, perBatch: number, numTests: number): string => {
  mkdirSync(directory, { recursive: true });
  for (const batch of [1, 2, 3, 4, 5]) {
    writeFileSync(join(directory, `data_batch_${batch}.bin`), cifarBatch(perBatch, `train ${batch}`));
  }
  writeFileSync(join(directory, "test_batch.bin"), cifarBatch(numTests, "test"));
  return directory;
};
