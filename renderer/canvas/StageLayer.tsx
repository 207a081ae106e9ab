import { useStoreApi } from "@xyflow/react";
import { useCallback } from "react";
import { subscribeTheme } from "../charts/colors.ts";
import { InView } from "./InView.tsx";
import { subscribeView } from "./panning.ts";
import type { Stage } from "./viewCanvas.ts";

/** The picture of a stage, inside the moving view: behind the nodes with the edges, or above them and below labels and callouts. */
export const StageLayer = ({ stage, behind = false }: { readonly stage: Stage; readonly behind?: boolean }) => {
  const store = useStoreApi();

  // A ref and not an effect: the portal comes to the page later than this component.
  const attach = useCallback(
    (element: HTMLElement | null) => {
      if (element === null) return;
      const detach = stage.attach(element, store);
      const stopNodes = store.subscribe((state, before) => {
        if (state.nodes !== before.nodes) stage.nodesChanged?.();
      });
      const stopView = subscribeView(store, () => stage.viewMoved());
      const redraw = (): void => stage.redraw();
      const stopTheme = subscribeTheme(redraw);
      // Texts that were drawn before their font was there.
      document.fonts?.addEventListener("loadingdone", redraw);
      return () => {
        document.fonts?.removeEventListener("loadingdone", redraw);
        stopTheme();
        stopView();
        stopNodes();
        detach();
      };
    },
    [stage, store],
  );

  return (
    <InView place={behind ? ".react-flow__edges" : ".react-flow__viewport-portal"}>
      <div ref={attach} className="StageLayer" />
    </InView>
  );
};
