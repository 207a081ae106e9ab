import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { hashTensors, Sha256 } from "../../../engine/train/sha256.ts";

const expected = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const sample = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => (index * 151 + 7) % 256);

describe("Sha256", () => {
  test("gives the examples of FIPS 180-4", () => {
    expect(new Sha256().digest()).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(new Sha256().update(new TextEncoder().encode("abc")).digest()).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });

  test("agrees with Node's for every length around the borders of blocks", () => {
    for (let length = 0; length <= 200; length++) {
      expect(new Sha256().update(sample(length)).digest(), `${length} bytes`).toBe(expected(sample(length)));
    }
  });

  test("gives the same in pieces, after a digest, and from a state that was written down", () => {
    const bytes = sample(1000);
    let hash = new Sha256();
    for (let at = 0; at < bytes.length; at += 37) {
      hash.update(bytes.subarray(at, at + 37));
      hash.digest();
      hash = new Sha256(JSON.parse(JSON.stringify(hash.state())));
    }
    expect(hash.digest()).toBe(expected(bytes));
  });

  test("hashes tensors as float32, little-endian, one after the other", () => {
    const bytes = new Uint8Array(20);
    const view = new DataView(bytes.buffer);
    [1.5, -0, Number.NaN, 3e-40, 7].forEach((value, index) => {
      view.setFloat32(4 * index, value, true);
    });
    expect(hashTensors([{ data: Float32Array.of(1.5, -0, Number.NaN) }, { data: Float32Array.of(3e-40, 7) }])).toBe(
      expected(bytes),
    );
  });

  test("hashes tensors that are larger than what is hashed at a time", () => {
    const data = Float32Array.from({ length: 2 * 65_536 + 3 }, (_, index) => index / 7);
    expect(hashTensors([{ data }])).toBe(expected(new Uint8Array(data.buffer)));
  });
});
