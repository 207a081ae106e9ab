/** A node of the canvas: 240 × 102 px at every zoom; what is drawn in the box depends on the zoom level. */
import { Handle, type Node, type NodeProps, Position } from "@xyflow/react";
import { CircleSlash, CircleX, TriangleAlert, Zap } from "lucide-react";
import { memo, type ReactNode, useEffect, useState } from "react";
import { Icon } from "../app/Icon.tsx";
import { keepDrawn } from "../charts/drawQueue.ts";
import { familyClass, KindGlyph, KindTile } from "../palette/KindGlyph.tsx";
import { runStore, useRun } from "../run/runStore.ts";
import { portShare } from "./geometry.ts";
import { NodeStrips } from "./NodeStrips.tsx";
import type { NodeView } from "./nodeViews.ts";
import { deadBadge, divergedBadge } from "./readouts.ts";
import { useNodeSurfaceScale, useZoomLevel, type ZoomLevel } from "./zoomLevel.ts";
import "./LayerNode.css";

export type LayerFlowNode = Node<{ readonly view: NodeView } & Record<string, unknown>, "layer">;

const Ports = ({ view }: { readonly view: NodeView }) => (
  <>
    {view.inputs.map((port, index) => (
      <Handle
        key={port}
        id={port}
        type="target"
        position={Position.Top}
        className="Port"
        style={{ left: `${100 * portShare(index, view.inputs.length)}%` }}
      />
    ))}
    {view.outputs.map((port, index) => (
      <Handle
        key={port}
        id={port}
        type="source"
        position={Position.Bottom}
        className="Port"
        style={{ left: `${100 * portShare(index, view.outputs.length)}%` }}
      />
    ))}
  </>
);

/** Dead channels at the step shown. The text changes a few times in a run, so React may render it. */
const useDeadChannels = (view: NodeView): string | null => {
  const history = useRun((run) => run.history);
  const [text, setText] = useState<string | null>(null);
  const watched = view.canDie && view.measured === "current" ? history : null;
  useEffect(() => {
    if (watched === null) {
      setText(null);
      return;
    }
    const read = (): void => setText(deadBadge(watched.statisticsAt(view.nodeId, runStore.getState().shownStep)));
    return keepDrawn(read);
  }, [watched, view.nodeId]);
  return text;
};

/** Right of the middle, where the port is; a long text reaches beyond the border, not over the port. */
const Badge = ({
  tone,
  tooltip,
  children,
}: {
  readonly tone: "error" | "warn";
  readonly tooltip?: string;
  readonly children: ReactNode;
}) => (
  <span className="NodeBadge-place">
    <span className={`NodeBadge NodeBadge-${tone}`} data-tooltip={tooltip}>
      {children}
    </span>
  </span>
);

const NodeBadge = ({
  view,
  dead,
  level,
}: {
  readonly view: NodeView;
  readonly dead: string | null;
  readonly level: ZoomLevel;
}) => {
  const [first, ...rest] = view.diagnostics;
  const far = level === "small" || level === "glyph";
  if (view.divergence !== null) {
    return (
      <Badge tone="error">
        <Icon of={Zap} size={12} />
        {!far && divergedBadge(view.divergence.step)}
        {!far && first !== undefined && <span className="NodeBadge-more">{`+${view.diagnostics.length}`}</span>}
      </Badge>
    );
  }
  if (first !== undefined) {
    const isError = first.severity === "error";
    return (
      <Badge tone={isError ? "error" : "warn"}>
        <Icon of={isError ? CircleX : TriangleAlert} size={12} />
        {!far && first.badge}
        {!far && rest.length > 0 && <span className="NodeBadge-more">{`+${rest.length}`}</span>}
      </Badge>
    );
  }
  if (dead === null) return null;
  return (
    <Badge tone="warn" tooltip="Channels whose every value in the batch is 0 at the step shown">
      <Icon of={CircleSlash} size={12} />
      {!far && dead}
    </Badge>
  );
};

const stateClass = (view: NodeView, dead: string | null): string => {
  if (view.divergence !== null) return " is-invalid";
  if (view.diagnostics.some(({ severity }) => severity === "error")) return " is-invalid";
  if (view.diagnostics.length > 0 || dead !== null) return " is-warned";
  return "";
};

const Header = ({ view, level }: { readonly view: NodeView; readonly level: ZoomLevel }) => (
  <>
    {level !== "small" && <KindTile kind={view.kind} family={view.family} size={level === "full" ? 28 : 34} />}
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
);

export const LayerNode = memo(({ data: { view }, selected }: NodeProps<LayerFlowNode>) => {
  const level = useZoomLevel();
  const scale = useNodeSurfaceScale();
  const dead = useDeadChannels(view);
  const classes = `LayerNode LayerNode-${level} ${familyClass(view.family)}${view.compact ? " is-compact" : ""}${selected ? " is-selected" : ""}${stateClass(view, dead)}${view.measured === "stale" ? " is-stale" : ""}`;
  return (
    <div className={classes}>
      {level === "glyph" ? (
        <KindGlyph kind={view.kind} family={view.family} size={view.compact ? 36 : 64} stroke={4} />
      ) : (
        <>
          <div className="LayerNode-header">
            <Header view={view} level={level} />
          </div>
          {!view.compact && <NodeStrips view={view} level={level} scale={scale} />}
        </>
      )}
      <NodeBadge view={view} dead={dead} level={level} />
      <Ports view={view} />
    </div>
  );
});
LayerNode.displayName = "LayerNode";
