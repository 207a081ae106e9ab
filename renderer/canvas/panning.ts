/**
 * The view while a hand pans it. React Flow tells each node, port and edge of every move, though none of them depends on where the view is: with 200
 * nodes 2 to 3 ms a frame. While a hand pans, whoever asks its store learns the new place, but only those are told that move with the
 * view; all others are when the hand lets go.
 */
import { type ReactFlowState, useStoreApi, type Viewport } from "@xyflow/react";
import { useCallback, useEffect, useRef } from "react";
import { exceedsView } from "./canvasMap.ts";

type FlowStore = ReturnType<typeof useStoreApi>;

const listeners = new Set<() => void>();

/** Calls the listener whenever the view has moved, was zoomed or has another size; returns how to stop. */
export const subscribeView = (store: FlowStore, listener: () => void): (() => void) => {
  const stop = store.subscribe((state, before) => {
    const { transform, width, height } = before;
    if (state.transform !== transform || state.width !== width || state.height !== height) listener();
  });
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    stop();
  };
};

/** Callouts stand in the window and not in the view, and ask React for another place with each move. */
const hasCallout = ({ domNode }: ReactFlowState): boolean =>
  (domNode?.getElementsByClassName("react-flow__node-toolbar").length ?? 0) > 0;

/** React Flow leaves to us what a moved view means. This only has to be there: who sets the view tells React Flow itself. */
const NO_VIEWPORT: Viewport = { x: 0, y: 0, zoom: 1 };

/** Props of React Flow. */
export const usePanning = () => {
  const store = useStoreApi();
  const exceeds = useRef(false);

  useEffect(
    () =>
      store.subscribe((state, before) => {
        if (!before.paneDragging || state.paneDragging) return;
        // A new list of its three numbers tells everybody where the view has come to; not from within, or some would be told twice.
        queueMicrotask(() => store.setState({ transform: [...store.getState().transform] }));
      }),
    [store],
  );

  const onViewportChange = useCallback(
    ({ x, y, zoom }: Viewport) => {
      const state = store.getState();
      const transform: ReactFlowState["transform"] = [x, y, zoom];
      const before = exceeds.current;
      // While a hand pans, the map comes, and goes when the hand lets go: along the edge of the graph it would come and go with each turn.
      exceeds.current = (state.paneDragging && before) || exceedsView({ ...state, transform });
      const view = state.domNode?.querySelector<HTMLElement>(".react-flow__viewport");
      if (
        !state.paneDragging ||
        zoom !== state.transform[2] ||
        exceeds.current !== before ||
        hasCallout(state) ||
        !view
      ) {
        store.setState({ transform });
        return;
      }
      // As React Flow writes it.
      view.style.transform = `translate(${x}px,${y}px) scale(${zoom})`;
      state.transform = transform;
      for (const listener of listeners) listener();
    },
    [store],
  );

  return { viewport: NO_VIEWPORT, onViewportChange };
};
