/**
 * What lets the browser arrange the graph fast. Chromium puts together what it paints piece by piece, and compares a piece that lies apart with
 * all before it: for 200 nodes on bare ground some 5 ms whenever anything on the page changes its size. An element below all of them, which
 * paints nothing, makes them one. And nodes that are far out of view are not painted.
 */
import { useStoreApi } from "@xyflow/react";
import { useEffect, useMemo, useRef } from "react";
import type { CanvasFlowNode } from "./canvasItems.ts";
import { type Box, overlaps, unionOf } from "./geometry.ts";
import { InView } from "./InView.tsx";
import { nodeElements } from "./nodeElements.ts";
import { subscribeView } from "./panning.ts";

/** In px of the graph: badges, ports and the ways of edges reach beyond nodes. */
const MARGIN = 100;
/** Nodes are painted so far around the view, as a share of it, and hidden or shown when it has moved by half of that. */
const REACH = 0.5;

const boxOf = ({ position: { x, y }, width = 0, height = 0 }: CanvasFlowNode): Box => ({
  left: x,
  top: y,
  right: x + width,
  bottom: y + height,
});

const useFarNodes = (nodes: readonly CanvasFlowNode[]): void => {
  const store = useStoreApi();
  const look = useRef<() => void>(() => undefined);
  useEffect(() => {
    let [shownX, shownY, shownZoom, shownWidth, shownHeight] = [0, 0, 0, 0, 0];
    const far = new Map<string, Element>();
    const update = (): void => {
      const { transform, width, height, nodeLookup, domNode } = store.getState();
      const [x, y, zoom] = transform;
      [shownX, shownY, shownZoom, shownWidth, shownHeight] = [x, y, zoom, width, height];
      const near: Box = {
        left: (-REACH * width - x) / zoom,
        top: (-REACH * height - y) / zoom,
        right: ((1 + REACH) * width - x) / zoom,
        bottom: ((1 + REACH) * height - y) / zoom,
      };
      for (const id of far.keys()) if (!nodeLookup.has(id)) far.delete(id);
      const leaving: string[] = [];
      for (const [id, { internals, measured }] of nodeLookup) {
        const { x: left, y: top } = internals.positionAbsolute;
        const box = { left, top, right: left + (measured.width ?? 0), bottom: top + (measured.height ?? 0) };
        const isFar = width > 0 && !overlaps(box, near, 0);
        if (!isFar) {
          far.get(id)?.removeAttribute("data-far");
          far.delete(id);
        } else if (!far.has(id)) leaving.push(id);
      }
      for (const [id, element] of nodeElements(domNode, leaving)) {
        element.setAttribute("data-far", "");
        far.set(id, element);
      }
    };
    look.current = update;
    const stopView = subscribeView(store, () => {
      const { transform, width, height } = store.getState();
      const [x, y, zoom] = transform;
      const isElsewhere =
        zoom !== shownZoom ||
        width !== shownWidth ||
        height !== shownHeight ||
        Math.abs(x - shownX) > (REACH / 2) * shownWidth ||
        Math.abs(y - shownY) > (REACH / 2) * shownHeight;
      if (isElsewhere) update();
    });
    return () => {
      look.current = () => undefined;
      stopView();
    };
  }, [store]);
  // What glides is shown on its way, and nobody is told of it yet.
  // biome-ignore lint/correctness/useExhaustiveDependencies: they have been handed over to React Flow by now
  useEffect(() => look.current(), [nodes]);
};

export const Ground = ({ nodes }: { readonly nodes: readonly CanvasFlowNode[] }) => {
  useFarNodes(nodes);
  const { left, top, right, bottom } = useMemo(() => unionOf(nodes.map(boxOf)), [nodes]);
  if (nodes.length === 0) return null;
  return (
    <InView place=".react-flow__edges">
      <div
        className="Ground"
        style={{
          left: left - MARGIN,
          top: top - MARGIN,
          width: right - left + 2 * MARGIN,
          height: bottom - top + 2 * MARGIN,
        }}
      />
    </InView>
  );
};
