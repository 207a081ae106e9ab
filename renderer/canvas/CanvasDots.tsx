/** The dots behind the graph, every 16 px of it. One picture that the compositor moves; only another zoom paints it anew. */
import { useStoreApi } from "@xyflow/react";
import { useCallback, useEffect, useRef } from "react";
import { usePannedAlone } from "./movesAlone.ts";
import { subscribeView } from "./panning.ts";

const GAP = 16;
/** On screen; farther out only every second, fourth … dot is there. */
const LEAST_GAP = 12;

const modulo = (value: number, by: number): number => ((value % by) + by) % by;

export const CanvasDots = () => {
  const element = useRef<HTMLDivElement>(null);
  const store = useStoreApi();
  usePannedAlone(useCallback(() => element.current, []));
  useEffect(() => {
    let shownZoom = 0;
    const place = (): void => {
      const { style } = element.current ?? {};
      if (style === undefined) return;
      const [x, y, zoom] = store.getState().transform;
      let gap = GAP * zoom;
      while (gap < LEAST_GAP) gap *= 2;
      if (zoom !== shownZoom) {
        shownZoom = zoom;
        style.setProperty("--dot-gap", `${gap}px`);
        style.setProperty("--dot-radius", `${Math.max(0.75, zoom)}px`);
      }
      style.transform = `translate(${modulo(x, gap)}px, ${modulo(y, gap)}px)`;
    };
    place();
    return subscribeView(store, place);
  }, [store]);
  // The element that moves paints nothing itself, or Chromium would paint the page at each move.
  return (
    <div ref={element} className="CanvasDots">
      <div />
    </div>
  );
};
