import { describe, expect, it } from "vitest";
import type { NodeStatistics } from "../../../engine/telemetry/statistics.ts";
import { tableCsv } from "../../../renderer/charts/chartTable.ts";
import { paperColors } from "../../../renderer/charts/paperColors.ts";
import { svgPen } from "../../../renderer/charts/pen.ts";
import { stepsTable } from "../../../renderer/run/stepsTable.ts";
import { drawRow } from "../../../renderer/statistics/drawRow.ts";
import { statisticsTable } from "../../../renderer/statistics/exportStatistics.ts";
import { quantities } from "../../../renderer/statistics/quantities.ts";
import { rowLayout } from "../../../renderer/statistics/rowLayout.ts";
import { statisticsAt } from "../run/events.ts";

const row = (nodeId: string, name: string) => ({
  nodeId,
  name,
  kind: "dense",
  title: "Dense",
  family: "linear" as const,
  shape: "8",
  hasWeights: true,
});

const weight = {
  name: "weight",
  count: 64,
  mean: 0.01,
  std: 0.5,
  min: -1,
  max: 1,
  meanMagnitude: 0.4,
  nonFinite: 0,
  histogram: statisticsAt("fc1", 1).histogram,
  gradient: null,
  update: { mean: 0, std: 0.005, meanMagnitude: 0.002 },
};

describe("statistics as CSV", () => {
  it("has a line for each step, layer and tensor, and the ratios that the charts show", () => {
    const frames = [1, 5].map((step) => ({
      step,
      nodes: [{ ...statisticsAt("fc1", step), weights: [weight, { ...weight, name: "bias", update: null }] }],
      samples: null,
    }));
    const lines = tableCsv(statisticsTable({ frames }, [row("fc1", 'first, "wide"')]))
      .trimEnd()
      .split("\n");
    expect(lines).toHaveLength(1 + 2 * 2);
    const names = (lines[0] ?? "").split(",");
    expect(lines[1]).toContain(
      '1,"first, ""wide""",dense,2020,1,1.5,-2.5,3,0.25,,0,0,8,,,weight,0.01,0.5,,0.005,0.002,',
    );
    const cells = (lines[3] ?? "").replace(/"[^,]*, [^,]*"/, "x").split(",");
    expect(cells).toHaveLength(names.length);
    expect(Number(cells[names.indexOf("log10_update_to_weight_std")])).toBeCloseTo(-2, 12);
    expect(Number(cells[names.indexOf("log10_update_to_weight_mean_magnitude")])).toBeCloseTo(Math.log10(0.005), 12);
    expect(lines[2]).toMatch(/,bias,0\.01,0\.5,,,,,$/);
  });

  it("leaves out layers that are not shown", () => {
    const frames = [{ step: 1, nodes: [statisticsAt("fc1", 1), statisticsAt("fc2", 1)], samples: null }];
    const text = tableCsv(statisticsTable({ frames }, [row("fc2", "fc2")]));
    expect(text.trimEnd().split("\n")).toHaveLength(2);
    expect(text).toContain("\n1,fc2,");
  });
});

describe("loss as CSV", () => {
  it("has a line for each step, and what an epoch measured at its last one", () => {
    const epoch = {
      epoch: 1,
      step: 2,
      loss: 2,
      trainScore: 0.2,
      testLoss: 1.5,
      testScore: 0.5,
      validation: null,
      samplesPerSecond: 1000,
    };
    const history = {
      loss: Float32Array.of(2.5, 1.5, 1.25, 9),
      score: Float32Array.of(0.25, 0.5, Number.NaN, 9),
      numSteps: 3,
      epochs: [epoch],
      hasTargets: false,
    };
    const text = tableCsv(stepsTable(history));
    expect(text.split("\n").slice(1)).toEqual(["1,2.5,0.25,,,,,", "2,1.5,0.5,1,1.5,0.5,,", "3,1.25,,,,,,", ""]);
  });
});

describe("charts as SVG", () => {
  it("say of channels without a finite value that there is none, and draw no axis for them", () => {
    const columns = { width: 0, first: new Int32Array(), end: new Int32Array() };
    const rows = {
      frames: [],
      timeColumns: columns,
      ratioColumns: columns,
      levels: [null],
      sharedMean: null,
      sharedValues: null,
    };
    const style = {
      quantity: quantities.activations,
      axis: { from: 1, to: 9, log: false },
      histogramStyle: "heat",
      ratioBy: "std",
    } as const;
    const texts = (shown: NodeStatistics): readonly string[] => {
      const pen = svgPen(1);
      const layout = rowLayout(1100);
      drawRow(pen, {
        nodeId: "fc1",
        row: 0,
        layout,
        rows: { ...rows, levelDomain: [0.1, 10] },
        style,
        shown,
        colors: paperColors,
      });
      return [...pen.finish(1100, 48, "white").matchAll(/>([^<]+)<\/text>/g)].map(([, text]) => text ?? "");
    };
    const measured = statisticsAt("fc1", 1);
    expect(texts(measured)).not.toContain("not finite");
    const none = { ...measured.channelMeans, counts: new Uint32Array(32), underflow: 0, overflow: 0 };
    const written = texts({ ...measured, channelMeans: none, channelStds: none });
    expect(written.filter((text) => text === "not finite")).toHaveLength(2);
    expect(written).toHaveLength(texts(measured).length - 2);
  });

  it("writes shapes where they are moved to, and escapes names", () => {
    const pen = svgPen(1);
    pen.moveTo(100, 10);
    pen.rect(1, 2, 3, 4, "red");
    pen.label(0, 0, "a<b & c", { color: "black", size: 12, weight: 600 });
    pen.label(0, 20, "over lines", { color: "black", size: 10, weight: 400, halo: "white" });
    const text = pen.finish(200, 50, "white");
    // The outline lies under the letters.
    expect(text).toMatch(/stroke="white" stroke-width="4" [^>]*paint-order="stroke"[^>]*>over lines</);
    expect(text).toContain('<rect x="101" y="12" width="3" height="4" fill="red"/>');
    expect(text).toContain("a&lt;b &amp; c");
    expect(new DOMParser().parseFromString(text, "image/svg+xml").querySelector("parsererror")).toBeNull();
  });
});
