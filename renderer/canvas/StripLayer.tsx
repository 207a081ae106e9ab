import { useStoreApi } from "@xyflow/react";
import { useCallback } from "react";
import { InView } from "./InView.tsx";
import { useStripStage } from "./stripStage.ts";

/** The canvas element of the stage, inside the moving view, above the nodes and below labels and callouts. */
export const StripLayer = () => {
  const stage = useStripStage();
  const store = useStoreApi();

  // A ref and not an effect: the portal comes to the page later than this component.
  const attach = useCallback(
    (canvas: HTMLCanvasElement | null) => {
      if (stage === null || canvas === null) return;
      const detach = stage.attach(canvas, store);
      const unsubscribe = store.subscribe((state, before) => {
        const { transform, width, height, nodes } = state;
        const moved = transform !== before.transform || width !== before.width || height !== before.height;
        if (nodes !== before.nodes) stage.nodesChanged();
        if (moved) stage.viewMoved();
      });
      return () => {
        unsubscribe();
        detach();
      };
    },
    [stage, store],
  );

  return (
    <InView>
      <canvas ref={attach} className="StripLayer" />
    </InView>
  );
};
