/**
 * What the user's own last run of each example has measured on this computer: how long it took, what it reached, and the strips
 * that the example's card shows. Kept in the settings; nothing else ever fills a card.
 */

import { z } from "zod";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { type Histogram, type LayerscopeDocument, parse } from "../../engine/index.ts";
import { keepSetting } from "../app/keepSetting.ts";
import { getShell } from "../app/shellAccess.ts";
import { writeProfile } from "../charts/columns.ts";
import { heatDomain, rampIndexOf } from "../charts/heatPainter.ts";
import type { RunHistory } from "../run/runHistory.ts";
import { runStore } from "../run/runStore.ts";
import { sameTraining } from "../run/sameTraining.ts";
import { type Example, examples } from "./examples.ts";

export const STRIP_COLUMNS = 128;
export const STRIP_ROWS = 16;
const MAX_STRIPS = 6;

const measuredRunSchema = z.strictObject({
  elapsedMs: z.number().positive(),
  testAccuracy: z.number().min(0).max(1).nullable(),
  strips: z.array(
    z.strictObject({
      name: z.string(),
      /** Indices into the colour ramp, column by column, as base64. */
      heat: z.string(),
    }),
  ),
});

export type MeasuredRun = z.infer<typeof measuredRunSchema>;

const settingOf = ({ id }: Example): string => `measuredRun.${id}`;

const measuredStore = createStore<{ readonly byExample: Readonly<Record<string, MeasuredRun>> }>(() => ({
  byExample: {},
}));

export const useMeasuredRun = (example: Example): MeasuredRun | null =>
  useStore(measuredStore, (state) => state.byExample[example.id] ?? null);

export const useAnyMeasuredRun = (): boolean =>
  useStore(measuredStore, (state) => Object.keys(state.byExample).length > 0);

const remember = (example: Example, run: MeasuredRun): void =>
  measuredStore.setState(({ byExample }) => ({ byExample: { ...byExample, [example.id]: run } }));

export const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));

const base64Of = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

/** Histograms over time on one value axis, thinned to the columns of a card. */
export const stripOf = (histograms: readonly Histogram[]): Uint8Array => {
  const heat = new Uint8Array(STRIP_COLUMNS * STRIP_ROWS);
  const [low, high] = heatDomain(
    Math.min(...histograms.map((histogram) => histogram.low)),
    Math.max(...histograms.map((histogram) => histogram.high)),
  );
  const profile = new Float32Array(STRIP_ROWS);
  for (let column = 0; column < STRIP_COLUMNS; column += 1) {
    const histogram = histograms[Math.floor((column * histograms.length) / STRIP_COLUMNS)];
    if (!histogram) continue;
    writeProfile(histogram, low, high, profile);
    for (let row = 0; row < STRIP_ROWS; row += 1) heat[column * STRIP_ROWS + row] = rampIndexOf(profile[row] ?? 0);
  }
  return heat;
};

/** The layers with weights say most; a small net shows them all, a deep one is thinned evenly. */
const nodesToShow = (document: LayerscopeDocument, history: RunHistory) => {
  const measured = new Set(history.frames[0]?.nodes.map(({ nodeId }) => nodeId));
  const candidates = document.nodes.filter(({ id, kind }) => measured.has(id) && kind !== "input" && kind !== "output");
  const shown: (typeof candidates)[number][] = [];
  const count = Math.min(MAX_STRIPS, candidates.length);
  for (let index = 0; index < count; index += 1) {
    const node = candidates[Math.round((index * (candidates.length - 1)) / Math.max(1, count - 1))];
    if (node) shown.push(node);
  }
  return shown;
};

export const summarizeRun = (document: LayerscopeDocument, history: RunHistory, elapsedMs: number): MeasuredRun => ({
  elapsedMs,
  testAccuracy: history.hasTargets ? null : (history.epochs.at(-1)?.testScore ?? null),
  strips: nodesToShow(document, history).map(({ id, name }) => {
    const histograms = history.frames.flatMap(
      (frame) => frame.nodes.find(({ nodeId }) => nodeId === id)?.histogram ?? [],
    );
    return { name, heat: base64Of(stripOf(histograms)) };
  }),
});

/** The example that trains exactly like a document. */
const exampleOf = (document: LayerscopeDocument): Example | undefined =>
  examples.find(({ text }) => {
    const parsed = parse(text);
    return parsed.ok && sameTraining(parsed.value, document);
  });

const readSetting = async (example: Example): Promise<void> => {
  const text = await getShell().readSetting(settingOf(example));
  if (text === null) return;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // A damaged record is worth nothing; the next run writes a new one.
    return;
  }
  const parsed = measuredRunSchema.safeParse(value);
  if (parsed.success) remember(example, parsed.data);
};

export const restoreMeasuredRuns = async (): Promise<void> => {
  await Promise.all(examples.map(readSetting));
};

/** Remembers each example's run that ends by itself. Returns how to stop. */
export const watchMeasuredRuns = (): (() => void) =>
  runStore.subscribe(({ state, history, runDocument, reopened }, before) => {
    // A run of before says nothing new.
    if (reopened !== null) return;
    if (state === before.state || state.phase !== "finished" || state.stopped || !history || !runDocument) return;
    const example = exampleOf(runDocument);
    if (!example || history.frames.length === 0) return;
    const run = summarizeRun(runDocument, history, state.elapsedMs);
    remember(example, run);
    void keepSetting(settingOf(example), JSON.stringify(run));
  });
