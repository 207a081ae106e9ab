/**
 * The live part of a node: strips, readouts and the accent line at the step shown. React renders it when the run or the zoom level
 * changes; what a streaming run changes is written past React, on animation frames.
 */
import { memo, useEffect, useLayoutEffect, useRef } from "react";
import { type ChartColors, chartColors, withGreyRamp } from "../charts/colors.ts";
import { keepDrawn } from "../charts/drawQueue.ts";
import { HeatPainter } from "../charts/heatPainter.ts";
import { LossPainter } from "../charts/lossPainter.ts";
import { MeanPainter } from "../charts/meanPainter.ts";
import { drawSamples } from "../charts/samplePainter.ts";
import { openSurface, type Surface } from "../charts/surface.ts";
import { columnOf, columnsPerStep, lastStepOf, stepsPerColumn } from "../charts/timeAxis.ts";
import { shownStepOf, writeText } from "../run/liveRun.ts";
import type { RunHistory } from "../run/runHistory.ts";
import { runOf } from "../run/runState.ts";
import { runStore, useRun } from "../run/runStore.ts";
import { showEmptyStrips } from "./nodeParts.ts";
import type { NodeView } from "./nodeViews.ts";
import { readoutLines } from "./readoutDrawing.ts";
import { lossReadouts, type Readouts, readoutsOf } from "./readouts.ts";
import { type NodeDrawing, type StripPart, type StripStage, useStripStage } from "./stripStage.ts";
import type { ZoomLevel } from "./zoomLevel.ts";
import "./NodeStrips.css";

/** Columns of every strip on a node, whatever its width, so that all strips share their time axis. */
export const NUM_COLUMNS = 168;
/** Of a column: a step that is trained alone is 8 columns wide, or it would be a line under the accent line. */
export const LEAST_STEPS = 1 / 8;

const MEAN_HEIGHT = 28;
const GAP = 2;

/** Width and height of the histogram strip at a zoom level. */
const HEAT_SIZE: Readonly<Record<Exclude<ZoomLevel, "glyph">, readonly [number, number]>> = {
  full: [168, 22],
  reduced: [220, 46],
  small: [220, 40],
};

/** Where the strips stand in the box of the node. */
const LEFT = 10;
const TOP: Readonly<Record<Exclude<ZoomLevel, "glyph">, number>> = { full: 42, reduced: 46, small: 52 };

const totalStepsOf = (history: RunHistory): number => {
  return runOf(runStore.getState().state)?.started.totalSteps ?? history.numSteps;
};

const stepsOf = (history: RunHistory): number => stepsPerColumn(lastStepOf(history), NUM_COLUMNS, LEAST_STEPS);

/** How far from the left the column of a step ends, as a share of the strip. */
const shareOfStep = (history: RunHistory, step: number): number => {
  const steps = stepsOf(history);
  return (columnOf(Math.max(1, step), steps) + columnsPerStep(steps)) / NUM_COLUMNS;
};

/** What the pictures and texts of a layer go by: losses come more often than measurements, and change neither. */
const measuredKey = (history: RunHistory, shownStep: number | null, { revision }: ChartColors): string => {
  const { frames } = history;
  const steps = stepsOf(history);
  return `${frames.length} ${frames.at(-1)?.step} ${history.frameAt(shownStep)?.step} ${steps} ${revision}`;
};

interface Subject {
  readonly history: RunHistory;
  readonly view: NodeView;
  readonly level: Exclude<ZoomLevel, "glyph">;
  readonly scale: number;
}

/** A strip: its picture on the stage and how to bring it up to date. */
interface Strip {
  readonly part: StripPart;
  readonly update: (colors: ChartColors, shownStep: number | null) => void;
}

/** The strips of a node at a zoom level, and the value axis of its histograms. */
const createStrips = ({ history, view, level, scale }: Subject) => {
  const { nodeId, isLoss, showsSamples } = view;
  const [heatWidth, heatHeight] = HEAT_SIZE[level];
  const strips: Strip[] = [];
  let heat: HeatPainter | null = null;
  const add = (top: number, width: number, height: number, make: (surface: Surface) => Strip["update"]): void => {
    const image = document.createElement("canvas");
    const surface = openSurface(image, width, height, scale);
    if (surface !== null) strips.push({ part: { image, left: LEFT, top, width, height }, update: make(surface) });
  };
  const top = TOP[level];
  if (isLoss) {
    const heights = level === "full" ? ([MEAN_HEIGHT, GAP, heatHeight] as const) : ([heatHeight, 0, 0] as const);
    add(top, heatWidth, heights[0] + heights[1] + heights[2], (surface) => {
      const painter = new LossPainter({ surface, history, numColumns: NUM_COLUMNS, leastSteps: LEAST_STEPS, heights });
      return (colors) => painter.update(colors, totalStepsOf(history));
    });
    return { strips, domain: () => null };
  }
  if (level === "full" && showsSamples) {
    add(top, heatWidth, MEAN_HEIGHT, (surface) => {
      let drawn: unknown;
      let revision = -1;
      return (colors, shownStep) => {
        const samples = history.frameAt(shownStep)?.samples ?? null;
        if (samples !== drawn || colors.revision !== revision) drawSamples(surface, samples, colors);
        [drawn, revision] = [samples, colors.revision];
      };
    });
  } else if (level === "full") {
    add(top, heatWidth, MEAN_HEIGHT, (surface) => {
      const painter = new MeanPainter({ surface, history, nodeId, numColumns: NUM_COLUMNS, leastSteps: LEAST_STEPS });
      return (colors) => painter.update(colors);
    });
  }
  add(level === "full" ? top + MEAN_HEIGHT + GAP : top, heatWidth, heatHeight, (surface) => {
    const axis = { numColumns: NUM_COLUMNS, leastSteps: LEAST_STEPS };
    const painter = new HeatPainter({ surface, history, nodeId, ...axis, large: false });
    heat = painter;
    return (colors) => painter.update(colors);
  });
  return { strips, domain: (): readonly [number, number] | null => heat?.domain ?? null };
};

/** Puts a node's strips on the stage and keeps them and the readouts up to date while the run streams. Returns how to stop. */
const showStrips = (root: HTMLElement, stage: StripStage, subject: Subject): (() => void) => {
  const { history, view, level } = subject;
  const text = (name: string): Element | null => root.querySelector(`[data-part="${name}"]`);
  const elements = { first: text("first"), second: text("second"), third: text("third") };
  const lines = readoutLines(level, view.isLoss);
  const meanStrip = root.querySelector(".NodeStrips-mean");
  const { strips, domain } = createStrips(subject);
  const stale = view.measured === "stale";
  const [width, heatHeight] = HEAT_SIZE[level];
  const height = level === "full" ? MEAN_HEIGHT + GAP + heatHeight : heatHeight;
  let drawn = "";
  let hasChanged = false;

  const draw = (): void => {
    hasChanged = false;
    drawing.outdated = !stage.isVisible(view.nodeId);
    if (drawing.outdated) return;
    const themed = chartColors();
    const colors = stale ? withGreyRamp(themed) : themed;
    const run = runStore.getState();
    const step = shownStepOf(run);
    const share = shareOfStep(history, step);
    const measured = measuredKey(history, run.shownStep, colors);
    const key = `${measured} ${share} ${step === 0} ${view.isLoss ? `${history.revision} ${step}` : ""}`;
    if (key === drawn) return;
    drawn = key;
    hasChanged = true;
    for (const { update } of strips) update(colors, run.shownStep);
    const cursorWidth = level === "full" ? 1 : 2;
    const left = LEFT + share * width - cursorWidth;
    drawing.cursor = step === 0 ? null : { left, top: TOP[level], width: cursorWidth, height };
    const texts: Readouts = view.isLoss
      ? lossReadouts(history.loss[step - 1], history.score[step - 1], history.hasTargets)
      : readoutsOf(history.statisticsAt(view.nodeId, run.shownStep), domain());
    // The run has measured others.
    const isSkipped = !view.isLoss && history.frames.length > 0 && domain() === null;
    root.toggleAttribute("data-skipped", isSkipped);
    if (!view.showsSamples) writeText(meanStrip, isSkipped ? "Not measured" : "");
    drawing.readouts = isSkipped ? null : { texts, lines };
    stage.invalidate(view.nodeId);
    for (const { part } of lines) writeText(elements[part], texts[part]);
  };

  const drawing: NodeDrawing = {
    parts: strips.map(({ part }) => part),
    stale,
    cursor: null,
    readouts: null,
    outdated: true,
    draw,
  };
  const queued = {
    place: () => stage.tileOf(view.nodeId),
    tiles: () => (hasChanged ? stage.tilesOf(view.nodeId) : []),
  };
  const stops = [stage.add(view.nodeId, drawing), keepDrawn(draw, queued)];
  return () => {
    root.removeAttribute("data-skipped");
    for (const stop of stops) stop();
  };
};

export const NodeStrips = memo(
  ({
    view,
    level,
    scale,
  }: {
    readonly view: NodeView;
    readonly level: Exclude<ZoomLevel, "glyph">;
    readonly scale: number;
  }) => {
    const root = useRef<HTMLDivElement>(null);
    const stage = useStripStage();
    const history = useRun((run) => run.history);
    const measured = view.measured !== "none" && history !== null;

    useLayoutEffect(() => {
      if (root.current !== null) showEmptyStrips(root.current, view.nodeId, level, measured);
    }, [view.nodeId, level, measured]);
    useEffect(() => {
      if (root.current === null || stage === null || history === null || !measured) return;
      return showStrips(root.current, stage, { history, view, level, scale });
    }, [stage, history, measured, view, level, scale]);

    const state = measured ? (view.measured === "stale" ? " is-stale" : "") : " is-empty";
    const kind = view.showsSamples ? " NodeStrips-source" : view.isLoss ? " NodeStrips-loss" : "";
    return <div ref={root} className={`NodeStrips NodeStrips-${level}${kind}${state}`} />;
  },
);
NodeStrips.displayName = "NodeStrips";
