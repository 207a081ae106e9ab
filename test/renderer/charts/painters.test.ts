import { describe, expect, it } from "vitest";
import type { Frame, Histogram, NodeStatistics } from "../../../engine/index.ts";
import { FrameReader } from "../../../renderer/charts/frameReader.ts";
import { describeBin, describeHistogram } from "../../../renderer/charts/HistogramPlot.tsx";
import { heatDomain } from "../../../renderer/charts/heatPainter.ts";
import { accuracyHeight, curveColumns, lossHeight } from "../../../renderer/charts/lossPainter.ts";
import { samplePixels } from "../../../renderer/charts/samplePainter.ts";
import type { RunHistory } from "../../../renderer/run/runHistory.ts";

const histogram = (counts: readonly number[], low = -1, high = 1): Histogram => ({
  low,
  high,
  counts: Uint32Array.from(counts),
  underflow: 0,
  overflow: 3,
});

const statistics = (nodeId: string, mean: number): NodeStatistics => ({
  nodeId,
  count: 10,
  mean,
  std: 1,
  min: -1,
  max: 1,
  zeros: 0,
  nonFinite: 0,
  histogram: histogram([5, 5]),
  channelMeans: histogram([1, 1]),
  channelStds: histogram([1, 1]),
  deadChannels: 0,
  numChannels: 2,
  saturated: null,
  gradient: null,
  weights: [],
  batchNorm: null,
});

const frame = (step: number, nodeIds: readonly string[]): Frame => ({
  step,
  nodes: nodeIds.map((nodeId) => statistics(nodeId, step)),
  samples: null,
});

const historyOf = (frames: Frame[]): RunHistory => ({
  frames,
  loss: new Float32Array(),
  hasTargets: false,
  score: new Float32Array(),
  numSteps: frames.at(-1)?.step ?? 0,
  epochs: [],
  changes: [],
  progress: null,
  frameAt: () => null,
  statisticsAt: () => null,
  subscribe: () => () => undefined,
  revision: 1,
});

describe("reading a run", () => {
  it("visits each frame once, also when the history has dropped old ones", () => {
    const frames = [frame(1, ["a", "b"]), frame(3, ["a", "b"])];
    const reader = new FrameReader(historyOf(frames), "b");
    const seen: number[] = [];
    const read = (): void => reader.forEachNew((step, { mean }) => seen.push(step, mean));
    read();
    frames.splice(1, 1);
    frames.push(frame(7, ["a", "b"]));
    read();
    read();
    expect(seen).toEqual([1, 1, 3, 3, 7, 7]);
    reader.rewind();
    read();
    expect(seen.slice(6)).toEqual([1, 1, 7, 7]);
  });

  it("passes frames that only report steps", () => {
    const reader = new FrameReader(historyOf([frame(1, []), frame(2, ["a"])]), "a");
    const seen: number[] = [];
    reader.forEachNew((step) => seen.push(step));
    expect(seen).toEqual([2]);
  });
});

describe("curves", () => {
  it("keep the range of a column's steps and its last smoothed value", () => {
    const values = Float32Array.from([1, 0.1, 0.01, Number.NaN, 10]);
    const columns = curveColumns(values, 5, 4, 1e-9, lossHeight);
    expect([...columns.low].slice(0, 3)).toEqual([-1, -2, 1].map((value) => expect.closeTo(value, 6)));
    expect([...columns.high].slice(0, 3)).toEqual([0, -2, 1].map((value) => expect.closeTo(value, 6)));
    // A window of nearly nothing smooths nothing.
    expect(columns.smoothed[0]).toBeCloseTo(-1, 6);
    expect(columns.end).toBe(3);
  });

  it("put 90 and 99 % equally far apart and end where all are right", () => {
    expect(accuracyHeight(0.9) - accuracyHeight(0)).toBeCloseTo(1, 9);
    expect(accuracyHeight(0.99) - accuracyHeight(0.9)).toBeCloseTo(1, 9);
    expect(Number.isFinite(accuracyHeight(1))).toBe(true);
  });
});

describe("value axes", () => {
  it("are round and hold every range", () => {
    expect(heatDomain(-4.7, 3.6)).toEqual([-5, 4]);
    expect(heatDomain(0, 0)).toEqual([-1, 1]);
  });
});

describe("words for histograms", () => {
  it("name a bin with its share of all values, those outside included", () => {
    expect(describeBin(histogram([3, 4]), 1).replaceAll("\u00a0", "_")).toBe("0.00 to 1.00: 4 of 10, 40.00_%");
  });

  it("summarize the picture for those who do not see it", () => {
    expect(describeHistogram("Values", histogram([3, 4])).replaceAll("\u00a0", "_")).toBe(
      "Values: 2 bins from −1.00 to 1.00, 3 values outside. Fullest bin 0.00 to 1.00: 4 of 10, 40.00_%",
    );
    expect(describeHistogram("Values", null)).toBe("Values: not measured yet");
  });
});

describe("samples", () => {
  const ink = { red: 1, green: 2, blue: 3 };

  it("of one channel are ink with the value as opacity", () => {
    const samples = { shape: [1, 1, 2], count: 2, bytes: Uint8Array.of(0, 255, 7, 8), labels: Uint8Array.of(0, 0) };
    const sample = samplePixels(samples, 1, ink);
    expect([...(sample?.pixels ?? [])]).toEqual([1, 2, 3, 7, 1, 2, 3, 8]);
    expect([sample?.width, sample?.height]).toEqual([2, 1]);
  });

  it("of three channels keep their colours", () => {
    const samples = { shape: [3, 1, 1], count: 1, bytes: Uint8Array.of(10, 20, 30), labels: Uint8Array.of(0) };
    expect([...(samplePixels(samples, 0, ink)?.pixels ?? [])]).toEqual([10, 20, 30, 255]);
  });

  it("that are no images are left out", () => {
    const samples = { shape: [784], count: 1, bytes: new Uint8Array(784), labels: Uint8Array.of(0) };
    expect(samplePixels(samples, 0, ink)).toBeNull();
  });
});
