import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeFrame, encodeFrame, openFrame } from "../../../engine/telemetry/frameLayout.ts";
import {
  type BatchNormStatistics,
  CHANNEL_BINS,
  type Frame,
  type Histogram,
  type NodeStatistics,
  VALUE_BINS,
  type WeightStatistics,
} from "../../../engine/telemetry/statistics.ts";

const u32 = fc.nat({ max: 0xffff_ffff });
const number = fc.double();

const histogram = (numBins: number): fc.Arbitrary<Histogram> =>
  fc.record({
    low: number,
    high: number,
    // Small, medium and large counts take one, two and four bytes each.
    counts: fc
      .constantFrom(0xff, 0xffff, 0xffff_ffff)
      .chain((max) => fc.array(fc.nat({ max }), { minLength: numBins, maxLength: numBins }))
      .map((counts) => Uint32Array.from(counts)),
    underflow: u32,
    overflow: u32,
  });

const floats = (length: number): fc.Arbitrary<Float32Array> =>
  fc.array(fc.float(), { minLength: length, maxLength: length }).map((values) => Float32Array.from(values));

const moments = { mean: number, std: number };

const weights: fc.Arbitrary<WeightStatistics> = fc
  .record({
    name: fc.constantFrom("weight", "bias", "γ"),
    count: u32,
    ...moments,
    min: number,
    max: number,
    meanMagnitude: number,
    nonFinite: u32,
    histogram: histogram(VALUE_BINS),
    trained: fc.option(
      fc.record({
        gradient: fc.record({ ...moments, zeros: number, nonFinite: u32, magnitudes: histogram(VALUE_BINS) }),
        update: fc.record({ ...moments, meanMagnitude: number }),
      }),
    ),
  })
  .map(({ trained, ...rest }) => ({ ...rest, gradient: trained?.gradient ?? null, update: trained?.update ?? null }));

const batchNorm: fc.Arbitrary<BatchNormStatistics> = fc
  .record({ length: fc.integer({ min: 0, max: 9 }), hasBatch: fc.boolean() })
  .chain(({ length, hasBatch }) =>
    fc.record({
      batchMean: hasBatch ? floats(length) : fc.constant(null),
      batchVariance: hasBatch ? floats(length) : fc.constant(null),
      runningMean: floats(length),
      runningVariance: floats(length),
      gamma: floats(length),
      beta: floats(length),
    }),
  );

const node = (nodeId: string): fc.Arbitrary<NodeStatistics> =>
  fc.record({
    nodeId: fc.constant(nodeId),
    count: u32,
    mean: number,
    std: number,
    min: number,
    max: number,
    zeros: number,
    nonFinite: u32,
    histogram: histogram(VALUE_BINS),
    channelMeans: histogram(CHANNEL_BINS),
    channelStds: histogram(CHANNEL_BINS),
    deadChannels: u32,
    numChannels: u32,
    saturated: fc.option(number),
    gradient: fc.option(fc.record({ ...moments, nonFinite: u32 })),
    weights: fc.array(weights, { maxLength: 3 }),
    batchNorm: fc.option(batchNorm),
  });

const samples: fc.Arbitrary<Frame["samples"]> = fc.option(
  fc
    .record({ count: fc.integer({ min: 1, max: 6 }), height: fc.integer({ min: 1, max: 9 }) })
    .chain(({ count, height }) =>
      fc.record({
        shape: fc.constant([1, height, 5]),
        count: fc.constant(count),
        bytes: fc.uint8Array({ minLength: count * height * 5, maxLength: count * height * 5 }),
        labels: fc.uint8Array({ minLength: count, maxLength: count }),
      }),
    ),
);

const nodeIds = ["input", "conv1", "relu 1"];
const frame: fc.Arbitrary<Frame> = fc.record({
  step: u32,
  nodes: fc.tuple(...nodeIds.map(node)),
  samples,
});

const frameOf = (seed: number): Frame => fc.sample(frame, { seed, numRuns: 1 })[0] as Frame;

describe("the layout of a frame", () => {
  test("decoding what was encoded gives the same frame", () => {
    fc.assert(
      fc.property(frame, (original) => {
        expect(decodeFrame(encodeFrame(original), nodeIds)).toEqual({ ok: true, value: original });
      }),
      { numRuns: 60 },
    );
  });

  test("a frame that is opened says the same as one that is decoded, each time it is asked", () => {
    const plainWeights = (weight: WeightStatistics): WeightStatistics => {
      const { name, count, mean, std, min, max, meanMagnitude, nonFinite, gradient, update } = weight;
      return {
        ...{ name, count, mean, std, min, max, meanMagnitude, nonFinite, gradient, update },
        histogram: weight.histogram,
      };
    };
    const plainNode = (statistics: NodeStatistics): NodeStatistics => {
      const { nodeId, count, mean, std, min, max, zeros, nonFinite, deadChannels, numChannels } = statistics;
      const { histogram: values, channelMeans, channelStds, saturated, gradient, batchNorm: norm } = statistics;
      return {
        ...{ nodeId, count, mean, std, min, max, zeros, nonFinite, deadChannels, numChannels },
        ...{ histogram: values, channelMeans, channelStds, saturated, gradient, batchNorm: norm },
        weights: statistics.weights.map(plainWeights),
      };
    };
    fc.assert(
      fc.property(frame, (original) => {
        const opened = openFrame(encodeFrame(original), nodeIds);
        if (!opened.ok) throw new Error(opened.error.message);
        const { step, nodes, samples: images } = opened.value;
        for (let time = 0; time < 2; time++) {
          expect({ step, nodes: nodes.map(plainNode), samples: images }).toEqual(original);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("what is asked of an opened frame is the same object each time: who shows it sees that it has not changed", () => {
    const opened = openFrame(encodeFrame(frameOf(3)), nodeIds);
    for (const statistics of opened.ok ? opened.value.nodes : []) {
      expect(statistics.histogram).toBe(statistics.histogram);
      expect(statistics.channelMeans).toBe(statistics.channelMeans);
      expect(statistics.channelStds).toBe(statistics.channelStds);
      expect(statistics.batchNorm).toBe(statistics.batchNorm);
      expect(statistics.weights).toBe(statistics.weights);
    }
    expect(opened.ok).toBe(true);
  });

  test("opening refuses what decoding refuses, with the same words", () => {
    const buffer = encodeFrame(frameOf(4));
    const isRefused = (bytes: ArrayBuffer, ids: readonly string[] = nodeIds): void => {
      const decoded = decodeFrame(bytes, ids);
      expect(decoded.ok).toBe(false);
      expect(openFrame(bytes, ids)).toEqual(decoded);
    };
    for (let length = 0; length < buffer.byteLength; length += 5) isRefused(buffer.slice(0, length));
    isRefused(buffer, ["input"]);
    const longer = new Uint8Array(buffer.byteLength + 1);
    longer.set(new Uint8Array(buffer));
    isRefused(longer.buffer);
    // Any byte that decoding refuses.
    for (let at = 0; at < buffer.byteLength; at += 3) {
      const changed = buffer.slice(0);
      new Uint8Array(changed)[at] = 0xff;
      const [decoded, opened] = [decodeFrame(changed, nodeIds), openFrame(changed, nodeIds)];
      expect(opened.ok).toBe(decoded.ok);
      if (!decoded.ok) expect(opened).toEqual(decoded);
    }
  });

  test("a frame without nodes only reports steps", () => {
    const empty: Frame = { step: 12, nodes: [], samples: null };
    expect(decodeFrame(encodeFrame(empty), nodeIds)).toEqual({ ok: true, value: empty });
  });

  test("nodes that were not measured are left out, and the others keep their places", () => {
    const whole = frameOf(5);
    const part: Frame = { ...whole, nodes: whole.nodes.filter(({ nodeId }) => nodeId !== "conv1") };
    const decoded = decodeFrame(encodeFrame(part, nodeIds), nodeIds);
    expect(decoded).toEqual({ ok: true, value: part });
    expect(() => encodeFrame(part, ["input", "conv1", "other"])).toThrow("relu 1 is not one of the run");
  });

  test("a layer of 64 channels takes 462 bytes, however many values it has", () => {
    const [statistics] = frameOf(1).nodes;
    const counts = (numBins: number, max: number): Histogram => ({
      low: -1,
      high: 1,
      counts: new Uint32Array(numBins).fill(max),
      underflow: 0,
      overflow: 0,
    });
    const layer: NodeStatistics = {
      ...(statistics as NodeStatistics),
      histogram: counts(VALUE_BINS, 5_000_000),
      channelMeans: counts(CHANNEL_BINS, 64),
      channelStds: counts(CHANNEL_BINS, 64),
      ...{ saturated: null, gradient: null, weights: [], batchNorm: null },
    };
    const one = encodeFrame({ step: 1, nodes: [layer], samples: null }).byteLength;
    const two = encodeFrame({ step: 1, nodes: [layer, layer], samples: null }).byteLength;
    expect(two - one).toBe(462);
  });

  test("every truncation is refused, never read beyond the end", () => {
    const buffer = encodeFrame(frameOf(2));
    for (let length = 0; length < buffer.byteLength; length += 7) {
      expect(decodeFrame(buffer.slice(0, length), nodeIds)).toMatchObject({ ok: false, error: { type: "truncated" } });
    }
  });

  test("random bytes never throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.boolean(), (bytes, keepHeader) => {
        const buffer = keepHeader ? encodeFrame(frameOf(3)) : new ArrayBuffer(bytes.length);
        new Uint8Array(buffer).set(bytes.subarray(0, Math.max(0, buffer.byteLength - 20)), keepHeader ? 20 : 0);
        decodeFrame(buffer, nodeIds);
      }),
    );
  });

  test("says why other bytes are not a frame of this run", () => {
    const buffer = encodeFrame(frameOf(4));
    expect(decodeFrame(buffer, ["input"])).toMatchObject({
      error: { type: "otherNodes", message: "The frame holds 3 nodes, the run has 1." },
    });
    const other = buffer.slice(0);
    new DataView(other).setUint16(4, 9, true);
    expect(decodeFrame(other, nodeIds)).toMatchObject({
      error: { type: "otherVersion", message: "The frame has layout version 9; this build reads 2." },
    });
    expect(decodeFrame(new ArrayBuffer(64), nodeIds)).toMatchObject({ error: { type: "notAFrame" } });
    const longer = new Uint8Array(buffer.byteLength + 3);
    longer.set(new Uint8Array(buffer));
    expect(decodeFrame(longer.buffer, nodeIds)).toMatchObject({
      error: { type: "invalid", message: expect.stringContaining("3 bytes more") },
    });
  });
});
