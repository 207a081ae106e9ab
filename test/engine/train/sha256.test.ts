import { createHash } from "node:crypto";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Host } from "../../../engine/host/host.ts";
import { createWebHost } from "../../../engine/host/web.ts";
import { hashTensors, Sha256 } from "../../../engine/train/sha256.ts";
import { nodeHost } from "./runHarness.ts";

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
});

const webHost = (own?: object): Host => {
  vi.stubGlobal("navigator", { hardwareConcurrency: 2 });
  if (own !== undefined) vi.stubGlobal("crypto", own);
  return createWebHost();
};

describe.each([
  ["Node", () => nodeHost],
  ["a browser", () => webHost()],
  // Of a page that came by http from another machine.
  ["a browser that keeps its own from the page", () => webHost({})],
])("hashTensors with what %s has", (_name, createHost) => {
  afterEach(() => vi.unstubAllGlobals());

  test("hashes float32, little-endian, one tensor after the other", async () => {
    const bytes = new Uint8Array(20);
    const view = new DataView(bytes.buffer);
    [1.5, -0, Number.NaN, 3e-40, 7].forEach((value, index) => {
      view.setFloat32(4 * index, value, true);
    });
    const tensors = [{ data: Float32Array.of(1.5, -0, Number.NaN) }, { data: Float32Array.of(3e-40, 7) }];
    expect(await hashTensors(tensors, createHost())).toBe(expected(bytes));
  });

  test("hashes a tensor that is a part of a larger memory", async () => {
    const memory = Float32Array.from({ length: 200_003 }, (_, index) => index / 7);
    const bytes = new Uint8Array(memory.buffer).subarray(400, 400_000);
    expect(await hashTensors([{ data: memory.subarray(100, 100_000) }], createHost())).toBe(expected(bytes));
  });
});
