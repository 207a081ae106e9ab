/** While a hand pans or drags, its frames come first: what a run measures is drawn less often. */
import { useStoreApi } from "@xyflow/react";
import { useEffect } from "react";
import { paceLive } from "../run/liveRun.ts";
import { canvasView } from "./canvasView.ts";

const INTERVAL_MS = 500;

export const useSparing = (): void => {
  const store = useStoreApi();
  useEffect(() => {
    let sparing = false;
    const update = (): void => {
      const due = store.getState().paneDragging || canvasView.getState().isDragging;
      if (due === sparing) return;
      sparing = due;
      paceLive(sparing ? INTERVAL_MS : 0);
    };
    const stops = [store.subscribe(update), canvasView.subscribe(update)];
    return () => {
      for (const stop of stops) stop();
      paceLive(0);
    };
  }, [store]);
};
