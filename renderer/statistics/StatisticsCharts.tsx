/** The rows of charts, their common axes, and the accent line at the step shown. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { chartColors } from "../charts/colors.ts";
import { keepDrawn } from "../charts/drawQueue.ts";
import { formatCount, NONE } from "../charts/format.ts";
import { canvasPen } from "../charts/pen.ts";
import { openSurface, type Surface } from "../charts/surface.ts";
import { lastStepOf } from "../charts/timeAxis.ts";
import { usePixelRatio } from "../charts/useChartSurface.ts";
import { shownStepOf } from "../run/liveRun.ts";
import { measuredStep } from "../run/playback.ts";
import type { RunHistory } from "../run/runHistory.ts";
import { runStore } from "../run/runStore.ts";
import { drawHead } from "./drawHead.ts";
import { drawRow } from "./drawRow.ts";
import { LayerCell } from "./LayerCell.tsx";
import { quantities } from "./quantities.ts";
import { describeAt, type Readout } from "./readout.ts";
import { LAYER_WIDTH, LEAST_WIDTH, rowHeightIn, rowLayout, timeColumns } from "./rowLayout.ts";
import { createRowsData } from "./rowsData.ts";
import { StatisticsHead } from "./StatisticsHead.tsx";
import { shownAxis } from "./shownAxis.ts";
import type { StatisticsRow } from "./statisticsRows.ts";
import { statisticsStore, useStatistics } from "./statisticsStore.ts";
import { type StepAxis, shareOfStep, stepAtShare, zoomed } from "./stepAxis.ts";
import { useWheelZoom } from "./useWheelZoom.ts";

const useSize = () => {
  const [size, setSize] = useState({ width: 0, height: 0 });
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (element.current === null) return;
    const observer = new ResizeObserver(([entry]) => {
      const { width = 0, height = 0 } = entry?.contentRect ?? {};
      setSize({ width: Math.floor(width), height: Math.floor(height) });
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return [element, size] as const;
};

/** What is drawn, with the row that each canvas belongs to. */
interface Stage {
  readonly head: Surface | null;
  readonly rows: readonly {
    readonly element: HTMLElement;
    readonly surface: Surface | null;
    readonly summary: Element | null;
  }[];
}

export const StatisticsCharts = ({
  history,
  rows,
}: {
  readonly history: RunHistory;
  readonly rows: readonly StatisticsRow[];
}) => {
  const [body, room] = useSize();
  const root = useRef<HTMLDivElement>(null);
  const tip = useRef<HTMLDivElement>(null);
  const pointer = useRef<{ readonly x: number; readonly y: number } | null>(null);
  const state = useStatistics((all) => all);
  const ratio = usePixelRatio();
  const rowHeight = rowHeightIn(room.height, rows.length);
  const quantity = quantities[state.quantity];
  const layout = useMemo(
    () => rowLayout(Math.max(LEAST_WIDTH, room.width - LAYER_WIDTH), rowHeight, quantity.isOfOutputs),
    [room.width, rowHeight, quantity.isOfOutputs],
  );

  const showReadout = useCallback(() => {
    const [element, at, scroller] = [tip.current, pointer.current, body.current];
    if (element === null || scroller === null) return;
    const hovered = at === null ? undefined : rows[Math.floor((at.y + scroller.scrollTop) / layout.height)];
    const readout: Readout | null =
      at === null || hovered === undefined
        ? null
        : describeAt({
            history,
            row: hovered,
            layout,
            axis: shownAxis(history),
            x: at.x - LAYER_WIDTH,
            y: (at.y + scroller.scrollTop) % layout.height,
          });
    element.hidden = readout === null;
    if (readout === null || at === null) return;
    element.replaceChildren(
      ...readout.lines.map((text, index) => {
        const line = document.createElement(index === 0 ? "strong" : "span");
        line.textContent = text;
        return line;
      }),
    );
    const isRight = at.x > scroller.clientWidth - 240;
    const isLow = at.y > scroller.clientHeight - 90;
    element.style.transform = `translate(${at.x + (isRight ? -14 : 14)}px, ${at.y + (isLow ? -12 : 12)}px) translate(${isRight ? "-100%" : "0"}, ${isLow ? "-100%" : "0"})`;
  }, [history, rows, layout, body]);

  useEffect(() => {
    if (root.current === null || body.current === null || room.width === 0) return;
    const open = (canvas: Element | null, height: number): Surface | null =>
      canvas instanceof HTMLCanvasElement ? openSurface(canvas, layout.width, height, ratio) : null;
    const stage: Stage = {
      head: open(root.current.querySelector(".statistics-head canvas"), 18),
      rows: [...root.current.querySelectorAll<HTMLElement>(".statistics-row")].map((element) => ({
        element,
        surface: null,
        summary: element.querySelector("[data-summary]"),
      })),
    };
    const surfaces = new Map<number, Surface | null>();
    const cursors = [...root.current.querySelectorAll<HTMLElement>(".statistics-cursor")];
    let drawnKey = "";
    let revision = -1;
    let colorsDrawn = -1;
    let [drawnFrom, drawnTo] = [-1, -1];

    const draw = (): void => {
      const scroller = body.current;
      if (scroller === null) return;
      const colors = chartColors();
      const run = runStore.getState();
      const step = shownStepOf(run);
      const axis = shownAxis(history);
      const frame = history.frameAt(run.shownStep);
      const from = Math.max(0, Math.floor(scroller.scrollTop / layout.height));
      const to = Math.min(rows.length, Math.ceil((scroller.scrollTop + scroller.clientHeight) / layout.height));
      const key = `${step} ${axis.from} ${axis.to}`;
      if (
        key === drawnKey &&
        revision === history.revision &&
        colorsDrawn === colors.revision &&
        from >= drawnFrom &&
        to <= drawnTo
      )
        return;
      [drawnKey, revision, colorsDrawn, drawnFrom, drawnTo] = [key, history.revision, colors.revision, from, to];
      const style = { quantity, axis, histogramStyle: state.histogramStyle, ratioBy: state.ratioBy };
      const data = createRowsData({ history, rows, layout, style, shared: state.shared, frame });
      for (let index = from; index < to; index += 1) {
        const row = rows[index];
        const place = stage.rows[index];
        if (row === undefined || place === undefined) continue;
        if (!surfaces.has(index)) surfaces.set(index, open(place.element.querySelector("canvas"), layout.height));
        const surface = surfaces.get(index) ?? null;
        const shown = frame?.nodes.find(({ nodeId }) => nodeId === row.nodeId) ?? null;
        if (surface !== null) {
          drawRow(canvasPen(surface), { nodeId: row.nodeId, row: index, layout, rows: data, style, shown, colors });
        }
        const numbers = shown === null ? null : quantity.readout(shown);
        const mean = place.element.querySelector("[data-mean]");
        const std = place.element.querySelector("[data-std]");
        if (mean) mean.textContent = numbers?.[0] ?? NONE;
        if (std) std.textContent = numbers?.[1] ?? "";
        if (place.summary) {
          place.summary.textContent =
            numbers === null
              ? `${row.name}: ${quantity.missing}`
              : `${row.name}, step ${formatCount(frame?.step ?? 0)}: ${numbers.join(" ")}`;
        }
      }
      if (stage.head !== null)
        drawHead(canvasPen(stage.head), {
          layout,
          axis,
          step,
          levelDomain: data.levelDomain,
          levels: quantity.levels,
          colors,
        });
      const share = shareOfStep(axis, Math.max(axis.from, step));
      timeColumns.forEach((id, index) => {
        const cursor = cursors[index];
        if (cursor === undefined) return;
        const column = layout[id];
        cursor.hidden = step === 0 || share < 0 || share > 1;
        cursor.style.transform = `translateX(${Math.round(LAYER_WIDTH + column.plotLeft + share * (column.plotWidth - 1))}px)`;
      });
      showReadout();
    };

    const stop = keepDrawn(draw);
    const scroller = body.current;
    const scrolled = (): void => draw();
    scroller.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      stop();
      scroller.removeEventListener("scroll", scrolled);
    };
  }, [history, rows, layout, room.width, ratio, state, quantity, showReadout, body]);

  /** The step under a place of the body, if a time axis runs there. */
  const stepAt = (x: number): number | null => {
    for (const id of timeColumns) {
      const share = (x - LAYER_WIDTH - layout[id].plotLeft) / layout[id].plotWidth;
      if (share >= 0 && share <= 1) return Math.round(stepAtShare(shownAxis(history), share));
    }
    return null;
  };
  const place = (event: { readonly clientX: number; readonly clientY: number; readonly currentTarget: Element }) => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const setZoom = (axis: StepAxis): void => {
    const last = Math.max(2, lastStepOf(history));
    statisticsStore.setState({ zoom: axis.from <= 1 && axis.to >= last ? null : { from: axis.from, to: axis.to } });
  };

  useWheelZoom(body, layout, history, setZoom);

  return (
    <div ref={root} className="statistics-charts">
      <StatisticsHead layout={layout} quantity={state.quantity} />
      {/* biome-ignore lint/a11y/useSemanticElements: a scrolling group of charts */}
      <div
        ref={body}
        className="statistics-body"
        style={{ minWidth: LAYER_WIDTH + LEAST_WIDTH }}
        role="group"
        aria-label="Charts of all layers. Arrow keys move the step, plus and minus zoom."
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls and moves the step by keyboard
        tabIndex={0}
        onPointerMove={(event) => {
          pointer.current = place(event);
          if (event.buttons === 1 && !(event.target instanceof HTMLButtonElement)) {
            const step = stepAt(pointer.current.x);
            if (step !== null) runStore.getState().showStep(step);
          }
          showReadout();
        }}
        onPointerLeave={() => {
          pointer.current = null;
          showReadout();
        }}
        onPointerDown={(event) => {
          if (event.button !== 0 || (event.target instanceof Element && event.target.closest("button"))) return;
          const step = stepAt(place(event).x);
          if (step !== null) runStore.getState().showStep(step);
        }}
        onDoubleClick={() => statisticsStore.setState({ zoom: null })}
        onKeyDown={(event) => {
          const axis = shownAxis(history);
          const last = Math.max(2, lastStepOf(history));
          const run = runStore.getState();
          const shown = shownStepOf(run);
          const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
          if (move !== undefined) {
            run.showStep(measuredStep(history, shown, move));
          } else if (event.key === "+" || event.key === "=") setZoom(zoomed(axis, shareOfStep(axis, shown), 0.5, last));
          else if (event.key === "-") setZoom(zoomed(axis, 0.5, 2, last));
          else return;
          event.preventDefault();
        }}
      >
        <div className="statistics-rows" style={{ height: rows.length * layout.height }}>
          {rows.map((row) => (
            <div key={row.nodeId} className="statistics-row" style={{ height: layout.height }}>
              <LayerCell row={row} />
              <canvas style={{ width: layout.width, height: layout.height }} />
              <span className="visually-hidden" data-summary />
            </div>
          ))}
          {timeColumns.map((id) => (
            <div key={id} className="statistics-cursor" hidden />
          ))}
        </div>
      </div>
      <div ref={tip} className="statistics-tip" hidden />
    </div>
  );
};
