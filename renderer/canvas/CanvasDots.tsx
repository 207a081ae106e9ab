/** The dots behind the graph, every 16 px of it. One picture that the compositor moves; only another zoom paints it anew. */
import { useStoreApi } from "@xyflow/react";
import { useCallback, useEffect, useRef } from "react";
import { usePannedAlone } from "./movesAlone.ts";

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
    return store.subscribe((state, before) => {
      if (state.transform !== before.transform) place();
    });
  }, [store]);
  return <div ref={element} className="CanvasDots" />;
};
