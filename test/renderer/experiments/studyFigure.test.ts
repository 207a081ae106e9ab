// @vitest-environment node
/** The figure of a study where there is no page, as the command line draws it. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { optimizers, rateRange } from "../../../engine/index.ts";
import { paperColors } from "../../../renderer/charts/paperColors.ts";
import { studyFigure } from "../../../renderer/experiments/studyFigure.ts";
import { colorOf, lineStyle } from "../../../renderer/library/runStyle.ts";
import { epochOf, studyOf } from "./studyOf.ts";

const scales = { vary: "initializerScale" as const, values: [1, 0.1, 0.01, 0.001] };
const norms = { vary: "normalization" as const, values: ["batch" as const, "none" as const] };
const texts = (svg: string): readonly string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text ?? "");

const figureOf = (study: ReturnType<typeof studyOf>, ranges = new Map()): string => {
  const figure = studyFigure({ text: study.detail.text, runs: study.detail.runs, ranges });
  if (!figure.ok) throw new Error(figure.error);
  return figure.value;
};

it("has no page to draw on", () => expect(typeof document).toBe("undefined"));

it("draws small multiples and the best scores, with a legend, a deleted run left out", () => {
  const study = studyOf({ title: "Scales", axes: [scales, norms] }, (params, id) => {
    if (id === "run-008") return { state: "deleted", epochs: [] };
    const score = params.normalization === "batch" ? 0.9 : 0.4;
    return { epochs: [1, 2, 3, 4].map((epoch) => epochOf(epoch, score - 0.1 / epoch, score, 1)) };
  });
  const svg = figureOf(study);
  const written = texts(svg);
  expect(written).toContain("Scales: accuracy against epoch, %");
  expect(written).toContain("Scales: best accuracy against initial std, %");
  for (const cell of ["1", "0.1", "0.01", "0.001"]) expect(written).toContain(cell);
  // Of what, once.
  expect(written.filter((text) => text === "Initial std")).toHaveLength(1);
  expect(written.filter((text) => text === "BatchNorm").length).toBeGreaterThanOrEqual(2);
  // The ends of eight lines but one.
  expect(written.filter((text) => text === "87.5")).toHaveLength(4);
  expect(written.filter((text) => text === "37.5")).toHaveLength(3);
});

it("writes the names of lines that are close together beside each other", () => {
  const study = studyOf({ axes: [scales, norms] }, () => ({ epochs: [epochOf(1, 0.5, 0.5, 1)] }));
  const places = [
    ...figureOf(study).matchAll(
      /<text x="([\d.]+)" y="([\d.]+)" font-size="11" font-weight="550"[^>]*>(?:no )?BatchNorm/g,
    ),
  ].map(([, x, y]) => [Number(x), Number(y)] as const);
  expect(places).toHaveLength(2);
  const [[ax = 0, ay = 0] = [], [bx = 0, by = 0] = []] = places;
  expect(Math.abs(ay - by) >= 14 || Math.abs(ax - bx) > 60).toBe(true);
});

it.each([2, 3, 4, 8])("names each of %i lines at its end, none over another", (count) => {
  const norm = {
    vary: "normalization" as const,
    values: (["batch", "layer", "group", "none"] as const).slice(0, count),
  };
  const optimizer = { vary: "optimizer" as const, values: [optimizers.sgd.start, optimizers.adam.start] };
  const rates = { vary: "learningRate" as const, values: [1, 0.3, 0.1, 0.03, 0.01] };
  const axes = count <= 4 ? [rates, norm] : [rates, norm, optimizer];
  // All end at the same value, and the first diverges at the highest rate.
  const study = studyOf({ axes }, (_, id) =>
    id === "run-001" ? { state: "diverged", epochs: [] } : { epochs: [epochOf(1, 0.5, 0.5, 1)] },
  );
  const titles = study.model.variants.map(({ title }) => title);
  const names = [
    ...figureOf(study).matchAll(/<text x="([\d.]+)" y="([\d.]+)" font-size="11" font-weight="550"[^>]*>([^<]*)</g),
  ]
    .map(([, x, y, text]) => ({ x: Number(x), y: Number(y), text: text ?? "" }))
    .filter(({ text }) => titles.includes(text));
  expect(names.map(({ text }) => text).sort()).toEqual([...titles].sort());
  const heights = names.map(({ y }) => y).sort((a, b) => a - b);
  for (const [index, y] of heights.slice(1).entries()) expect(y - (heights[index] ?? 0)).toBeGreaterThanOrEqual(13.9);
  for (const { x, text } of names) expect(x + 5 * text.length).toBeLessThan(960);
});

it("writes a long title in as many lines as it needs, whole, and the legend where it fits", () => {
  const title = "A long question about initial scales ".repeat(5).trim();
  const drawn = (words: string) =>
    figureOf(studyOf({ title: words, axes: [scales, norms] }, () => ({ epochs: [epochOf(1, 0.5, 0.5, 1)] })));
  const heads = (svg: string) =>
    [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)" font-size="13" font-weight="600"[^>]*>([^<]*)</g)].map(
      ([, x, y, text]) => ({ x: Number(x), y: Number(y), text: text ?? "" }),
    );
  const long = heads(drawn(title)).filter(({ text }) => text !== "");
  const first = long.slice(
    0,
    long.findIndex(({ text }) => text.includes("best accuracy")),
  );
  expect(first.map(({ text }) => text).join(" ")).toContain(`${title}: accuracy against epoch, %`);
  expect(first.length).toBeGreaterThan(1);
  for (const { x, text } of first) expect(x + text.length * 4).toBeLessThan(960);
  // What is drawn begins below the head: the figure is higher by the lines that were added.
  const height = (svg: string) => Number(/height="(\d+)"/.exec(svg)?.[1]);
  expect(height(drawn(title))).toBeGreaterThanOrEqual(height(drawn("Scales")) + 40);
});

it("names every line of many, each with a colour and dash of its own", () => {
  const six = Object.values(optimizers).slice(0, 6);
  const optimizer = { vary: "optimizer" as const, values: six.map(({ start }) => start) };
  const axes = [
    optimizer,
    { vary: "normalization" as const, values: ["batch" as const, "layer" as const, "none" as const, "group" as const] },
    { vary: "learningRate" as const, values: [1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001] },
  ];
  const study = studyOf({ axes: axes }, () => ({
    epochs: [epochOf(1, 0.5, 0.5, 1), epochOf(2, 0.6, 0.6, 1)],
  }));
  const { variants } = study.model;
  expect(variants).toHaveLength(24);
  expect(new Set(variants.map(({ style }) => style)).size).toBe(24);
  // One colour for each optimizer.
  const colors = new Map(variants.map(({ title, style }) => [title, colorOf(paperColors, style)]));
  expect(colors.get("Adam, BatchNorm")).toBe(colors.get("Adam, no normalization"));
  expect(new Set(colors.values()).size).toBe(6);
  const looks = variants.map(({ style }) => JSON.stringify(lineStyle(paperColors, style, 1)));
  expect(new Set(looks).size).toBe(24);
  const svg = figureOf(study);
  const places = [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)" font-size="11" font-weight="450"[^>]*>([^<]*)</g)]
    .map(([, x, y, text]) => ({ x: Number(x), y: Number(y), text: text ?? "" }))
    .filter(({ text }) => colors.has(text));
  // In both charts, in columns: few places to the right, no two at the same place, none beyond the page.
  for (const { title } of variants) expect(places.filter(({ text }) => text === title)).toHaveLength(2);
  expect(new Set(places.map(({ x, y }) => `${x} ${y}`)).size).toBe(48);
  expect(new Set(places.map(({ x }) => x)).size).toBeLessThanOrEqual(8);
  for (const { x, text } of places) expect(x + 5 * text.length).toBeLessThan(960);
});

it("breaks a word that is wider than the page", () => {
  const title = "layer".repeat(40);
  const study = studyOf({ title, axes: [scales] }, () => ({ epochs: [epochOf(1, 0.5, 0.5, 1)] }));
  const written = texts(figureOf(study));
  expect(written.join("")).toContain(`${title}:`);
  expect(written[0]?.length).toBeLessThan(title.length);
});

it("draws the losses of a range test with the rate that it finds, and refuses a gradient check", () => {
  const rate = { vary: "learningRate" as const, values: [1] };
  const range = rateRange(
    Array.from({ length: 200 }, (_, step) => ({ rate: 1e-4 * 1.05 ** step, loss: 2 / (1 + (step / 50) ** 4) })),
  );
  expect(range.steepestRate).not.toBeNull();
  const study = studyOf({ title: "Range", measure: "learningRateRange", axes: [rate] });
  const written = texts(figureOf(study, new Map([["run-001", range]])));
  expect(written).toContain("Range: loss against learning rate");
  expect(written.some((text) => text.startsWith("steepest at "))).toBe(true);
  // What is written stands before the lines of all runs.
  const pair = studyOf({ measure: "learningRateRange", axes: [norms] });
  const both = figureOf(
    pair,
    new Map([
      ["run-001", range],
      ["run-002", range],
    ]),
  );
  expect(both.indexOf("steepest at")).toBeGreaterThan(both.lastIndexOf("<polyline"));
  const { detail } = studyOf({ measure: "gradients", axes: [rate] });
  expect(studyFigure({ text: detail.text, runs: detail.runs, ranges: new Map() })).toEqual({
    ok: false,
    error: "A gradient check has no curves to draw; results.jsonl has the error of each layer.",
  });
});

it("has the colours of the light theme", () => {
  const [light = ""] = readFileSync("renderer/tokens.css", "utf8").split("@media");
  const token = (name: string): string => new RegExp(`--${name}: ([^;]+);`).exec(light)?.[1] ?? name;
  const {
    runs,
    runBands,
    sequence: _sequence,
    ramp: _ramp,
    std: _std,
    revision: _revision,
    dark: _dark,
    ...single
  } = paperColors;
  for (const [key, value] of Object.entries(single)) {
    const name = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replace(/text(\d)/, "text-$1");
    expect(value, key).toBe(token(name));
  }
  expect(runs).toEqual(["a", "b", "c", "d", "e", "f"].map((letter) => token(`run-${letter}`)));
  expect(runBands).toEqual(["a", "b", "c", "d", "e", "f"].map((letter) => token(`run-${letter}-band`)));
});
