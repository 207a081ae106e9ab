import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodePicture, isPictureName } from "../../../engine/data/decodePicture.ts";
import type { Picture } from "../../../engine/data/image.ts";

/** Each JPEG has beside it what ImageMagick (libjpeg) reads in it, as PNG. */
const folder = join(import.meta.dirname, "../../support/pictures");
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)));

const decode = (bytes: Uint8Array) => decodePicture(bytes, async (packed) => inflateSync(packed));
const picture = async (name: string): Promise<Picture> => {
  const decoded = await decode(read(name));
  if (!decoded.ok) throw new Error(`${name}: ${decoded.error}`);
  return decoded.value;
};
const refusal = async (bytes: Uint8Array): Promise<string> => {
  const decoded = await decode(bytes);
  return decoded.ok ? "accepted" : decoded.error;
};

/** A copy with one header field changed: `offset` counts from the frame's marker, FF C0. */
const withFrame = (name: string, offset: number, ...values: readonly number[]): Uint8Array => {
  const bytes = read(name);
  const frame = bytes.findIndex((byte, at) => byte === 0xff && (bytes[at + 1] === 0xc0 || bytes[at + 1] === 0xc2));
  bytes.set(values, frame + offset);
  return bytes;
};

describe("JPEG", () => {
  test.each(["baseline", "progressive", "subsampled420", "subsampled422", "adobeRgb", "adobeYcc", "grey"])(
    "%s gives libjpeg's pixels",
    async (name) => {
      const [found, expected] = [await picture(`${name}.jpg`), await picture(`${name}.png`)];
      const shapeOf = ({ width, height, channels }: Picture) => ({ width, height, channels });
      expect(shapeOf(found)).toEqual({ width: 37, height: 27, channels: name === "grey" ? 1 : 3 });
      expect(shapeOf(found)).toEqual(shapeOf(expected));
      const differences = [...found.pixels].map((value, at) => Math.abs(value - (expected.pixels[at] ?? 0)));
      expect(Math.max(...differences)).toBeLessThanOrEqual(3);
      expect(differences.reduce((sum, value) => sum + value, 0) / differences.length).toBeLessThanOrEqual(0.5);
    },
  );

  test("what is not read is told with what to do", async () => {
    expect(await refusal(read("cmyk.jpg"))).toBe("it is a CMYK JPEG; save it as RGB");
    expect(await refusal(withFrame("baseline.jpg", 1, 0xc9))).toMatch(/arithmetic-coded JPEG; save it as a baseline/);
    expect(await refusal(withFrame("baseline.jpg", 4, 12))).toBe("it is a JPEG of 12 bits a channel; save it with 8");
    expect(await refusal(withFrame("baseline.jpg", 5, 0xff, 0xff, 0xff, 0xff))).toBe(
      "it has 65,535×65,535 pixels, 4295 megapixels; at most 50 are read, make it smaller",
    );
    expect(await refusal(withFrame("baseline.jpg", 5, 0x0f, 0xff, 0x0f, 0xff))).toMatch(
      /^its [\d,]+ bytes cannot hold the 4095×4095 pixels of its header: it is damaged$/,
    );
    expect(await refusal(new TextEncoder().encode("GIF89a"))).toBe("it is neither a PNG nor a JPEG");
  });

  test("a file that is cut off is refused wherever the cut is", async () => {
    for (const name of ["baseline.jpg", "progressive.jpg", "grey.jpg"]) {
      const bytes = read(name);
      for (const share of [0.02, 0.3, 0.6, 0.8, 0.97]) {
        expect(await refusal(bytes.subarray(0, Math.floor(share * bytes.length)))).toMatch(
          /^it is a JPEG that ends (before its picture|too early) or is damaged/,
        );
      }
    }
  });

  test("damage is told or read as some picture, and never throws", async () => {
    const whole = read("progressive.jpg");
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 3), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        async (changes) => {
          const bytes = whole.slice();
          for (const [at, value] of changes) bytes[at + 2] = value;
          const decoded = await decode(bytes);
          if (decoded.ok) {
            const { width, height, channels, pixels } = decoded.value;
            expect(pixels).toHaveLength(width * height * channels);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test("names with the usual endings are samples", () => {
    expect(["a.jpg", "b.JPEG", "c.Png", ".d.jpg", "e.gif", "jpg"].map(isPictureName)).toEqual([
      ...[true, true, true],
      ...[false, false, false],
    ]);
  });
});
