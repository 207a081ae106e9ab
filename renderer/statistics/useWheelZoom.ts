import { type RefObject, useEffect, useRef } from "react";
import { lastStepOf } from "../charts/timeAxis.ts";
import type { RunHistory } from "../run/runHistory.ts";
import { LAYER_WIDTH, type RowLayout, timeColumns } from "./rowLayout.ts";
import { shownAxis } from "./shownAxis.ts";
import { panned, type StepAxis, zoomed } from "./stepAxis.ts";

/** Ctrl and wheel zooms in on the step below the pointer, Shift and wheel moves along; the plain wheel scrolls the rows. */
export const useWheelZoom = (
  body: RefObject<HTMLDivElement | null>,
  layout: RowLayout,
  history: RunHistory,
  setZoom: (axis: StepAxis) => void,
): void => {
  const latest = useRef(setZoom);
  latest.current = setZoom;
  useEffect(() => {
    const element = body.current;
    if (element === null) return;
    const turn = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey && !event.shiftKey) return;
      event.preventDefault();
      const x = event.clientX - element.getBoundingClientRect().left - LAYER_WIDTH;
      const column = timeColumns
        .map((id) => layout[id])
        .find(({ plotLeft, plotWidth }) => x >= plotLeft && x <= plotLeft + plotWidth);
      const share = column === undefined ? 0.5 : (x - column.plotLeft) / column.plotWidth;
      const axis = shownAxis(history);
      const last = Math.max(2, lastStepOf(history));
      const amount = event.deltaY === 0 ? event.deltaX : event.deltaY;
      latest.current(
        event.shiftKey ? panned(axis, amount / 800, last) : zoomed(axis, share, 2 ** (amount / 240), last),
      );
    };
    element.addEventListener("wheel", turn, { passive: false });
    return () => element.removeEventListener("wheel", turn);
  }, [body, layout, history]);
};
