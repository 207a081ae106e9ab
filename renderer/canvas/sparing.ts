/**
 * While a hand pans or drags, its frames come first: what a run measures is drawn less often, and while the hand moves hardly ever. A single text
 * that changes on the page costs the browser some milliseconds with 200 nodes, and each picture that it copies 0.2 ms.
 */
import { useStoreApi } from "@xyflow/react";
import { useEffect } from "react";
import { paceLive } from "../run/liveRun.ts";
import { atRest } from "./atRest.ts";
import { canvasView } from "./canvasView.ts";

const MOVING_MS = 4000;
const RESTING_MS = 500;
/** A hand that has not moved for so long rests. */
const REST_AFTER_MS = 300;

export const useSparing = (): void => {
  const store = useStoreApi();
  useEffect(() => {
    let [sparing, pressed] = [false, false];
    const resting = atRest(REST_AFTER_MS, () => paceLive(RESTING_MS));
    const moved = (event: PointerEvent): void => {
      paceLive(MOVING_MS);
      resting.note();
      // Nobody else goes by the way of a hand that drags; React would look for whom to tell.
      if (canvasView.getState().isDragging) event.stopPropagation();
    };
    const end = (): void => {
      resting.cancel();
      window.removeEventListener("pointermove", moved, true);
      paceLive(0);
    };
    const update = (): void => {
      const due = pressed || store.getState().paneDragging || canvasView.getState().isDragging;
      if (due === sparing) return;
      sparing = due;
      if (!due) end();
      else {
        window.addEventListener("pointermove", moved, true);
        paceLive(MOVING_MS);
        resting.note();
      }
    };
    // From the press of the button on: the first frames of a gesture have the most to do.
    const press = ({ target }: PointerEvent): void => {
      pressed = target instanceof Node && store.getState().domNode?.contains(target) === true;
      update();
    };
    const release = (): void => {
      pressed = false;
      update();
    };
    window.addEventListener("pointerdown", press, true);
    window.addEventListener("pointerup", release, true);
    window.addEventListener("pointercancel", release, true);
    const stops = [store.subscribe(update), canvasView.subscribe(update)];
    return () => {
      window.removeEventListener("pointerdown", press, true);
      window.removeEventListener("pointerup", release, true);
      window.removeEventListener("pointercancel", release, true);
      for (const stop of stops) stop();
      end();
    };
  }, [store]);
};
