/** A node of the canvas: 240 × 102 px at every zoom; what is drawn in the box depends on the zoom level. */
import type { Node, NodeProps } from "@xyflow/react";
import { memo, useEffect, useLayoutEffect, useRef } from "react";
import { familyClass } from "../palette/KindGlyph.tsx";
import { NodeBadge } from "./NodeBadge.tsx";
import { NodeStrips } from "./NodeStrips.tsx";
import { glyphOf } from "./nodeGlyph.ts";
import { showHeader } from "./nodeParts.ts";
import type { NodeView } from "./nodeViews.ts";
import { Ports } from "./Ports.tsx";
import { useStripStage } from "./stripStage.ts";
import { useTextRoom } from "./textRoom.ts";
import { useNodeSurfaceScale, useZoomLevel, type ZoomLevel } from "./zoomLevel.ts";
import "./LayerNode.css";

export type LayerFlowNode = Node<{ readonly view: NodeView } & Record<string, unknown>, "layer">;

/** What is found about the signal of a run the badge marks itself, as `data-health`. */
const stateClass = ({ divergence, diagnostics }: NodeView): string => {
  if (divergence !== null || diagnostics.some(({ severity }) => severity === "error")) return " is-invalid";
  return diagnostics.length > 0 ? " is-warned" : "";
};

// What a node consists of goes by what it shows: a node that is dragged renders none of it.
const Header = memo(({ view, level }: { readonly view: NodeView; readonly level: Exclude<ZoomLevel, "glyph"> }) => {
  const root = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (root.current !== null) showHeader(root.current, view, level);
  }, [view, level]);
  return <div ref={root} className="LayerNode-header" />;
});
Header.displayName = "Header";

const useGlyphOnStage = (view: NodeView, level: ZoomLevel): void => {
  const stage = useStripStage();
  const { nodeId, kind, family, compact, bypassed } = view;
  useEffect(() => {
    const glyph = glyphOf({ kind, family, compact, bypassed }, level);
    return glyph === null ? undefined : stage?.addGlyph(nodeId, glyph);
  }, [stage, nodeId, kind, family, compact, bypassed, level]);
};

const Layer = ({ data: { view }, dragging }: NodeProps<LayerFlowNode>) => {
  const level = useZoomLevel();
  const scale = useNodeSurfaceScale();
  const roomy = useTextRoom(view, level);
  useGlyphOnStage(view, level);
  const classes = `LayerNode LayerNode-${level} ${familyClass(view.family)}${view.compact ? " is-compact" : ""}${view.bypassed ? " is-bypassed" : ""}${dragging ? " is-dragged" : ""}${stateClass(view)}${view.measured === "stale" ? " is-stale" : ""}${roomy ? " is-roomy" : ""}`;
  return (
    <div className={classes}>
      {level !== "glyph" && (
        <>
          <Header view={view} level={level} />
          {!view.compact && <NodeStrips view={view} level={level} scale={scale} />}
        </>
      )}
      <NodeBadge view={view} level={level} />
      <Ports
        nodeId={view.nodeId}
        inputs={view.inputs}
        outputs={view.outputs}
        inputTexts={view.inputTexts}
        outputTexts={view.outputTexts}
      />
    </div>
  );
};

/** React Flow says where a node stands, too, and with it would render each node that moves. */
export const LayerNode = memo(
  Layer,
  (before, now) => before.data.view === now.data.view && before.dragging === now.dragging,
);
LayerNode.displayName = "LayerNode";
