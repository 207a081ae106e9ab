/** A node of the canvas: 240 × 102 px at every zoom; what is drawn in the box depends on the zoom level. */
import type { Node, NodeProps } from "@xyflow/react";
import { memo, useEffect } from "react";
import { familyClass } from "../palette/KindGlyph.tsx";
import { portShare } from "./geometry.ts";
import { NodeBadge, useNodeHealth } from "./NodeBadge.tsx";
import { NodeStrips } from "./NodeStrips.tsx";
import { glyphOf } from "./nodeGlyph.ts";
import type { NodeView } from "./nodeViews.ts";
import { Port } from "./Port.tsx";
import { useStripStage } from "./stripStage.ts";
import { useTextRoom } from "./textRoom.ts";
import { useNodeSurfaceScale, useZoomLevel, type ZoomLevel } from "./zoomLevel.ts";
import "./LayerNode.css";

export type LayerFlowNode = Node<{ readonly view: NodeView } & Record<string, unknown>, "layer">;

// What a node consists of goes by what it shows: a node that is dragged renders none of it.
const Ports = memo(({ view: { nodeId, inputs, outputs, inputTexts, outputTexts } }: { readonly view: NodeView }) => {
  const port = (type: "target" | "source", names: readonly string[], texts: Readonly<Record<string, string>>) =>
    names.map((name, index) => (
      <Port
        key={`${type} ${name}`}
        nodeId={nodeId}
        port={name}
        type={type}
        tooltip={texts[name]}
        left={`${100 * portShare(index, names.length)}%`}
      />
    ));
  return (
    <>
      {port("target", inputs, inputTexts)}
      {port("source", outputs, outputTexts)}
    </>
  );
});

Ports.displayName = "Ports";

const stateClass = (view: NodeView, health: "error" | "warning" | null): string => {
  if (view.divergence !== null) return " is-invalid";
  if (view.diagnostics.some(({ severity }) => severity === "error")) return " is-invalid";
  if (view.diagnostics.length > 0 || health !== null) return health === "error" ? " is-exploding" : " is-warned";
  return "";
};

const Header = memo(({ view, level }: { readonly view: NodeView; readonly level: ZoomLevel }) => (
  <>
    {/* The stage draws the glyph. */}
    {level !== "small" && <span className={`KindTile KindTile-${level === "full" ? 28 : 34}`} />}
    <div className="LayerNode-title">
      <span className="LayerNode-name" title={view.name}>
        {view.name}
      </span>
      {level === "full" && <span className="LayerNode-kind">{view.title}</span>}
    </div>
    {level === "full" && (
      <>
        <span className="LayerNode-shape">{view.shape}</span>
        <span className="LayerNode-facts" title={view.facts}>
          {view.facts}
        </span>
      </>
    )}
  </>
));

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
  const health = useNodeHealth(view);
  const roomy = useTextRoom(view, level);
  useGlyphOnStage(view, level);
  const classes = `LayerNode LayerNode-${level} ${familyClass(view.family)}${view.compact ? " is-compact" : ""}${view.bypassed ? " is-bypassed" : ""}${dragging ? " is-dragged" : ""}${stateClass(view, health)}${view.measured === "stale" ? " is-stale" : ""}${roomy ? " is-roomy" : ""}`;
  return (
    <div className={classes}>
      {level !== "glyph" && (
        <>
          <div className="LayerNode-header">
            <Header view={view} level={level} />
          </div>
          {!view.compact && <NodeStrips view={view} level={level} scale={scale} />}
        </>
      )}
      <NodeBadge view={view} level={level} />
      <Ports view={view} />
    </div>
  );
};

/** React Flow says where a node stands, too, and with it would render each node that moves. */
export const LayerNode = memo(
  Layer,
  (before, now) => before.data.view === now.data.view && before.dragging === now.dragging,
);
LayerNode.displayName = "LayerNode";
