import { describe, expect, it } from "vitest";
import type { Histogram, NodeStatistics } from "../../../engine/index.ts";
import { lossReadouts, NO_READOUTS, readoutsOf } from "../../../renderer/canvas/readouts.ts";

const histogram: Histogram = { low: -5, high: 4, counts: new Uint32Array(64), underflow: 0, overflow: 0 };

const measured = (changes: Partial<NodeStatistics>): NodeStatistics => ({
  nodeId: "conv2",
  count: 518_400,
  mean: -0.228,
  std: 1.374,
  min: -6.16,
  max: 5.28,
  zeros: 0,
  nonFinite: 0,
  histogram,
  channelMeans: histogram,
  channelStds: histogram,
  deadChannels: 0,
  numChannels: 50,
  saturated: null,
  gradient: null,
  weights: [],
  batchNorm: null,
  ...changes,
});

const plain = (texts: object): object => JSON.parse(JSON.stringify(texts).replaceAll("\u00a0", " "));

describe("the readouts of a node", () => {
  it("are mean, std and the range of the strip", () => {
    expect(plain(readoutsOf(measured({}), [-5, 4]))).toEqual({ first: "−0.23", second: "± 1.37", third: "−5 … 4" });
  });

  it("name the share of zeros where there are some", () => {
    expect(plain(readoutsOf(measured({ zeros: 0.513 }), [0, 4]))).toMatchObject({ third: "51 % zero" });
    expect(plain(readoutsOf(measured({ zeros: 1 }), [0, 4]))).toMatchObject({ third: "all zero" });
  });

  it("say that values are not finite before anything else, and no number where none is", () => {
    expect(plain(readoutsOf(measured({ nonFinite: 3, zeros: 0.5 }), [0, 4]))).toEqual({
      first: "−0.23",
      second: "± 1.37",
      third: "not finite",
    });
    const none = measured({ mean: Number.NaN, std: Number.NaN, nonFinite: 518_400, zeros: 0 });
    expect(plain(readoutsOf(none, [0, 4]))).toEqual({ first: "", second: "– ± –", third: "not finite" });
    expect(plain(readoutsOf(measured({ std: Number.POSITIVE_INFINITY, nonFinite: 3 }), [0, 4]))).toMatchObject({
      second: "± –",
    });
  });

  it("say how far tiny values reach, which fits, and not from where to where", () => {
    const tiny = measured({ mean: 2e-13, std: 4e-12 });
    expect(plain(readoutsOf(tiny, [-4e-12, 2e-11]))).toMatchObject({ third: "≤ 2e−11" });
    expect(plain(readoutsOf(measured({}), [-0.25, 0.5]))).toMatchObject({ third: "−0.25 … 0.5" });
  });

  it("are dashes before the first measurement", () => {
    expect(readoutsOf(null, null)).toBe(NO_READOUTS);
    expect(plain(NO_READOUTS)).toMatchObject({ second: "– ± –" });
  });

  it("of the output are loss and accuracy of the step", () => {
    expect(plain(lossReadouts(0.02931, 0.9921, false))).toEqual({ first: "0.029", second: "loss", third: "99.2 %" });
    expect(plain(lossReadouts(undefined, undefined, false))).toMatchObject({ first: "–", third: "–" });
  });
});
