import { expect, it } from "vitest";
import { paperColors } from "../../../renderer/charts/paperColors.ts";
import { svgPen } from "../../../renderer/charts/pen.ts";
import { channelColumns } from "../../../renderer/norm/channelColumns.ts";
import { drawBars, drawScatter, GUTTER, type Plot } from "../../../renderer/norm/drawChannels.ts";

const plot: Plot = {
  columns: channelColumns(20, 300),
  width: 300 + GUTTER,
  height: 56,
  marked: null,
  colors: paperColors,
};
/** Of the widest digit of 10 px. */
const DIGIT_PX = 6.3;

const labelsOf = (draw: (pen: ReturnType<typeof svgPen>) => void) => {
  const pen = svgPen(1);
  draw(pen);
  const svg = pen.finish(plot.width, plot.height, "#fff");
  return [...svg.matchAll(/<text x="([\d.-]+)" y="([\d.-]+)"[^>]*>([^<]*)<\/text>/g)].map(([, x, y, text = ""]) => ({
    left: Number(x) - [...text].filter((each) => ![".", ","].includes(each)).length * DIGIT_PX - 3,
    y: Number(y),
    text,
  }));
};

it.each([0.0012, 0.0046, 0.12, 8.5, 1400])(
  "has room for the numbers of bars up to %f, their signs included",
  (most) => {
    const values = Array.from({ length: 20 }, (_, c) => (c % 2 === 0 ? most : -most / 3));
    const labels = labelsOf((pen) => drawBars(pen, plot, { values, base: 0, ticks: true }));
    expect(labels.map(({ text }) => text)).toContain("0");
    expect(labels.some(({ text }) => text.startsWith("−"))).toBe(true);
    for (const { left, text } of labels) expect(left, text).toBeGreaterThanOrEqual(0);
  },
);

it("writes no number of a log axis over another", () => {
  const running = Float32Array.from({ length: 20 }, (_, c) => 0.3 + c * 0.3);
  const labels = labelsOf((pen) => drawScatter(pen, plot, { batch: null, running, isLog: true }));
  expect(labels.length).toBeGreaterThan(1);
  const places = labels.map(({ y }) => y).sort((a, b) => a - b);
  for (let index = 1; index < places.length; index += 1)
    expect((places[index] ?? 0) - (places[index - 1] ?? 0)).toBeGreaterThanOrEqual(10);
});
