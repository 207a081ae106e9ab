/**
 * The live part of a node: strips, readouts and the accent line at the step shown. React renders it when the run or the zoom level
 * changes; what a streaming run changes is written past React, on animation frames.
 */
import { useEffect, useRef } from "react";
import { attachDrawable } from "../charts/attachDrawable.ts";
import { chartColors } from "../charts/colors.ts";
import { HeatPainter } from "../charts/heatPainter.ts";
import { LossPainter } from "../charts/lossPainter.ts";
import { MeanPainter } from "../charts/meanPainter.ts";
import { drawSamples } from "../charts/samplePainter.ts";
import { openSurface } from "../charts/surface.ts";
import { columnOf, lastStepOf, stepsPerColumn } from "../charts/timeAxis.ts";
import { shownStepOf } from "../run/liveRun.ts";
import type { RunHistory } from "../run/runHistory.ts";
import { runStore, useRun } from "../run/runStore.ts";
import type { NodeView } from "./nodeViews.ts";
import { lossReadouts, NO_READOUTS, type Readouts, readoutsOf } from "./readouts.ts";
import type { ZoomLevel } from "./zoomLevel.ts";

/** Columns of every strip on a node, whatever its width, so that all strips share their time axis. */
export const NUM_COLUMNS = 168;

const MEAN_HEIGHT = 28;
const GAP = 2;

/** Width and height of the histogram strip at a zoom level. */
const HEAT_SIZE: Readonly<Record<Exclude<ZoomLevel, "glyph">, readonly [number, number]>> = {
  full: [168, 22],
  reduced: [220, 46],
  small: [220, 40],
};

const setText = (element: Element | null, text: string): void => {
  if (element !== null && element.textContent !== text) element.textContent = text;
};

const totalStepsOf = (history: RunHistory): number => {
  const { state } = runStore.getState();
  return "run" in state && state.run !== null ? state.run.started.totalSteps : history.numSteps;
};

/** How far from the left the column of a step ends, as a share of the strip. */
const shareOfStep = (history: RunHistory, step: number): number =>
  (columnOf(Math.max(1, step), stepsPerColumn(lastStepOf(history), NUM_COLUMNS)) + 1) / NUM_COLUMNS;

interface Parts {
  readonly root: HTMLElement;
  readonly history: RunHistory;
  readonly view: NodeView;
  readonly level: Exclude<ZoomLevel, "glyph">;
  readonly scale: number;
}

/** What draws the strips of one node: called on every animation frame in which the run moved. */
const createDrawing = ({ root, history, view, level, scale }: Parts): (() => void) => {
  const part = <E extends Element>(name: string): E | null => root.querySelector<E>(`[data-part="${name}"]`);
  const surfaceOf = (name: string, width: number, height: number) => {
    const canvas = part<HTMLCanvasElement>(name);
    return canvas === null ? null : openSurface(canvas, width, height, scale);
  };
  const { nodeId } = view;
  const cursor = part<HTMLElement>("cursor");
  const [firstLine, secondLine, thirdLine] = [part("first"), part("second"), part("third")];
  const [heatWidth, heatHeight] = HEAT_SIZE[level];
  const heatSurface = view.isLoss ? null : surfaceOf("heat", heatWidth, heatHeight);
  const heat =
    heatSurface && new HeatPainter({ surface: heatSurface, history, nodeId, numColumns: NUM_COLUMNS, large: false });
  const [upperWidth, upperHeight] = view.isLoss && level !== "full" ? [heatWidth, heatHeight] : [168, MEAN_HEIGHT];
  const lossHeights = level === "full" ? ([MEAN_HEIGHT, GAP, 22] as const) : ([heatHeight, 0, 0] as const);
  const lossSurface = view.isLoss
    ? surfaceOf("loss", upperWidth, lossHeights[0] + lossHeights[1] + lossHeights[2])
    : null;
  const loss =
    lossSurface && new LossPainter({ surface: lossSurface, history, numColumns: NUM_COLUMNS, heights: lossHeights });
  const meanSurface = level === "full" && !view.isLoss ? surfaceOf("mean", upperWidth, upperHeight) : null;
  const mean =
    meanSurface && !view.isSource
      ? new MeanPainter({ surface: meanSurface, history, nodeId, numColumns: NUM_COLUMNS })
      : null;
  let drawnSamples: unknown;
  let drawnColors = -1;

  return () => {
    const colors = chartColors();
    heat?.update(colors);
    mean?.update(colors);
    loss?.update(colors, totalStepsOf(history));
    const run = runStore.getState();
    const step = shownStepOf(run);
    if (meanSurface !== null && view.isSource) {
      const samples = history.frameAt(run.shownStep)?.samples ?? null;
      if (samples !== drawnSamples || colors.revision !== drawnColors) drawSamples(meanSurface, samples, colors);
      drawnSamples = samples;
      drawnColors = colors.revision;
    }
    if (cursor !== null) {
      cursor.hidden = step === 0;
      cursor.style.transform = `translateX(${(shareOfStep(history, step) * heatWidth - 1).toFixed(2)}px)`;
    }
    const { first, second, third }: Readouts = view.isLoss
      ? lossReadouts(history.loss[step - 1], history.accuracy[step - 1])
      : readoutsOf(history.statisticsAt(nodeId, run.shownStep), heat?.domain ?? null);
    setText(firstLine, first);
    setText(secondLine, second);
    setText(thirdLine, third);
  };
};

const Readout = ({ texts }: { readonly texts: Readouts }) => (
  <div className="NodeStrips-readouts">
    <span className="NodeStrips-first" data-part="first">
      {texts.first}
    </span>
    <span className="NodeStrips-second" data-part="second">
      {texts.second}
    </span>
    <span className="NodeStrips-third" data-part="third">
      {texts.third}
    </span>
  </div>
);

export const NodeStrips = ({
  view,
  level,
  scale,
}: {
  readonly view: NodeView;
  readonly level: Exclude<ZoomLevel, "glyph">;
  readonly scale: number;
}) => {
  const root = useRef<HTMLDivElement>(null);
  const history = useRun((run) => run.history);
  const measured = view.measured !== "none" && history !== null;

  useEffect(() => {
    if (root.current === null || history === null || !measured) return;
    return attachDrawable(root.current, createDrawing({ root: root.current, history, view, level, scale }));
  }, [history, measured, view, level, scale]);

  if (!measured) {
    return (
      <div ref={root} className={`NodeStrips NodeStrips-${level}`}>
        <div className="NodeStrips-mean NodeStrips-empty">{level === "full" ? "Train to measure" : ""}</div>
        <div className="NodeStrips-heat NodeStrips-empty" />
        {level !== "small" && <Readout key="empty" texts={NO_READOUTS} />}
      </div>
    );
  }
  return (
    <div
      ref={root}
      className={`NodeStrips NodeStrips-${level}${view.isSource ? " NodeStrips-source" : ""}${view.isLoss ? " NodeStrips-loss" : ""}${view.measured === "stale" ? " is-stale" : ""}`}
    >
      {view.isLoss ? (
        <canvas className="NodeStrips-curves" data-part="loss" />
      ) : (
        <>
          {level === "full" && <canvas className="NodeStrips-mean" data-part="mean" />}
          <canvas className="NodeStrips-heat" data-part="heat" />
        </>
      )}
      <div className="NodeStrips-cursor" data-part="cursor" hidden />
      {level !== "small" && <Readout key="live" texts={NO_READOUTS} />}
    </div>
  );
};
