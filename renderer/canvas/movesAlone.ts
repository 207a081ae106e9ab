/**
 * What a hand moves, moved by the compositor alone. Chromium arranges all layers of the page for each new transform, for 200 nodes some
 * 10 ms a frame, unless the element has an animation of its transform: of such an element it keeps room for all places that it might
 * come to, and only hands the new one on. A paused animation that adds nothing is enough. Since text on a layer of its own is drawn
 * less sharply, it lasts as long as the gesture.
 */
import { useStoreApi } from "@xyflow/react";
import { useEffect } from "react";

const STAYS: Keyframe[] = [{ transform: "none" }, { transform: "none" }];

/** Returns how to end it. */
export const movesAlone = (element: Element): (() => void) => {
  const animation = element.animate(STAYS, { duration: 1e9, composite: "add" });
  animation.pause();
  return () => animation.cancel();
};

/** Lets an element that moves with the graph move alone while the graph is panned. */
export const usePannedAlone = (find: () => Element | null | undefined): void => {
  const store = useStoreApi();
  useEffect(() => {
    let end: (() => void) | null = null;
    const update = (): void => {
      const { paneDragging } = store.getState();
      if (paneDragging === (end !== null)) return;
      end?.();
      const element = paneDragging ? find() : null;
      end = element ? movesAlone(element) : null;
    };
    update();
    const unsubscribe = store.subscribe(update);
    return () => {
      unsubscribe();
      end?.();
    };
  }, [store, find]);
};
