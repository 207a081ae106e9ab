/** What the timeline is drawn from, on screen and in a picture. */
import type { MenuSection } from "../app/Menu.tsx";
import { chartColors } from "../charts/colors.ts";
import { csvItem, pictureItems } from "../charts/exportChart.ts";
import { documentStore } from "../document/documentStore.ts";
import { drawTimeline, RULER_HEIGHT, type TimelineColors, type TimelineModel } from "./drawTimeline.ts";
import { shownStepOf } from "./liveRun.ts";
import { runOf } from "./runState.ts";
import { runStore } from "./runStore.ts";
import { stepsTable } from "./stepsTable.ts";
import { timelineNotes } from "./timelineNotes.ts";

let colors: TimelineColors | null = null;

const timelineColors = (): TimelineColors => {
  const base = chartColors();
  if (colors?.revision !== base.revision) {
    const style = getComputedStyle(document.documentElement);
    const token = (name: string): string => style.getPropertyValue(name).trim();
    colors = { ...base, panel: token("--panel"), canvas: token("--canvas"), onAccent: token("--on-accent") };
  }
  return colors;
};

export const timelineModel = (width: number, height: number): TimelineModel => {
  const run = runStore.getState();
  const started = runOf(run.state)?.started ?? null;
  const { training } = documentStore.getState().document;
  const epochs = started?.epochs ?? training.epochs;
  return {
    width,
    height,
    // Before a run is accepted only the epochs are known, and they are equally long.
    totalSteps: started?.totalSteps ?? epochs,
    stepsPerEpoch: started?.stepsPerEpoch ?? 1,
    epochs,
    batchSize: started?.batchSize ?? training.batchSize,
    history: run.history,
    notes: timelineNotes(run),
    shownStep: shownStepOf(run),
    colors: timelineColors(),
  };
};

const WIDTH = 1200;
const HEIGHT = 240;
const MARGIN = 16;
const LABELS = 76;

export const timelineSections = (): readonly MenuSection[] => {
  const { history } = runStore.getState();
  if (history === null) return [];
  return [
    {
      heading: "The run",
      items: [
        csvItem("Numbers of every step", "loss", () => stepsTable(history)),
        ...pictureItems("Chart", "loss", () => ({
          width: WIDTH,
          height: HEIGHT + 2 * MARGIN,
          draw: (pen) => {
            const model = timelineModel(WIDTH - MARGIN - LABELS, HEIGHT);
            const lane = (HEIGHT - RULER_HEIGHT) / 2;
            const style = { color: model.colors.text, size: 12, weight: 600 };
            pen.label(MARGIN, MARGIN + RULER_HEIGHT + lane / 2, "Loss", style);
            pen.label(MARGIN, MARGIN + RULER_HEIGHT + 1.5 * lane, history.hasTargets ? "R²" : "Accuracy", style);
            pen.moveTo(LABELS, MARGIN);
            drawTimeline(pen, model);
          },
        })),
      ],
    },
  ];
};
