import { inflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodePng } from "../../../engine/data/png.ts";
import { pngFile } from "../../support/datasetFixtures.ts";

const inflate = async (bytes: Uint8Array): Promise<Uint8Array> => inflateSync(bytes);

const pixels = async (file: Uint8Array): Promise<number[]> => {
  const picture = await decodePng(file, inflate);
  if (!picture.ok) throw new Error(picture.error);
  return [...picture.value.pixels];
};

describe("PNG", () => {
  test("every filter undoes to the same pixels", async () => {
    const plain = [10, 20, 30, 15, 40, 35, 90, 5, 80];
    const rows = [plain.slice(0, 3), plain.slice(3, 6), plain.slice(6)];
    const byte = (value: number): number => value & 255;
    const predict = (filter: number, r: number, c: number): number => {
      const at = (row: number, column: number): number => rows[row]?.[column] ?? 0;
      const [left, up, corner] = [at(r, c - 1), at(r - 1, c), at(r - 1, c - 1)];
      if (filter === 4) {
        const nearest = [left, up, corner].map((value) => Math.abs(left + up - corner - value));
        const [byLeft = 0, byUp = 0, byCorner = 0] = nearest;
        if (byLeft <= byUp && byLeft <= byCorner) return left;
        return byUp <= byCorner ? up : corner;
      }
      return [0, left, up, (left + up) >> 1][filter] ?? 0;
    };
    for (const filter of [0, 1, 2, 3, 4]) {
      const lines = rows.flatMap((row, r) => [filter, ...row.map((value, c) => byte(value - predict(filter, r, c)))]);
      expect(await pixels(pngFile({ width: 3, height: 3, colorType: 0, lines }))).toEqual(plain);
    }
  });

  test("palettes, few bits, 16 bits and transparency", async () => {
    const palette = [1, 2, 3, 40, 50, 60];
    expect(
      await pixels(pngFile({ width: 3, height: 1, depth: 1, colorType: 3, palette, lines: [0, 0b01000000] })),
    ).toEqual([1, 2, 3, 40, 50, 60, 1, 2, 3]);
    expect(await pixels(pngFile({ width: 4, height: 1, depth: 2, colorType: 0, lines: [0, 0b00011011] }))).toEqual([
      0, 85, 170, 255,
    ]);
    expect(
      await pixels(pngFile({ width: 1, height: 1, depth: 16, colorType: 2, lines: [0, 7, 99, 8, 99, 9, 99] })),
    ).toEqual([7, 8, 9]);
    expect(await pixels(pngFile({ width: 1, height: 1, colorType: 6, lines: [0, 7, 8, 9, 0] }))).toEqual([7, 8, 9]);
    expect(await pixels(pngFile({ width: 1, height: 1, colorType: 4, lines: [0, 7, 0] }))).toEqual([7]);
  });

  test("interlaced pixels land where they belong", async () => {
    // Adam7 of 3×3: (0,0) | | | (2,0) in pass 4 order … passes with rows: 1: (0,0); 4: (0,2); 5: (2,0) (2,2); 6: (0,1) (2,1); 7: row 1.
    const lines = [...[0, 1], ...[0, 3], ...[0, 7, 9], ...[0, 2], ...[0, 8], ...[0, 4, 5, 6]];
    expect(await pixels(pngFile({ width: 3, height: 3, colorType: 0, interlaced: true, lines }))).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
  });

  test("damage is told and never throws", async () => {
    const whole = pngFile({ width: 3, height: 2, colorType: 0, lines: [0, 1, 2, 3, 0, 4, 5, 6] });
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), async (at, value, length) => {
        const bytes = Uint8Array.from(whole);
        bytes[at] = value;
        const picture = await decodePng(bytes.subarray(0, length), inflate);
        return picture.ok ? picture.value.pixels.length > 0 : picture.error.length > 5;
      }),
      { numRuns: 500 },
    );
  });
});
