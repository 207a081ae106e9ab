/** The graph in small with the part in view, where it exceeds the view. A press or drag goes there, the wheel zooms. */
import { useReactFlow, useStoreApi } from "@xyflow/react";
import { memo, useCallback, useEffect, useMemo, useRef } from "react";
import { useDocument } from "../document/documentStore.ts";
import { familyClass } from "../palette/KindGlyph.tsx";
import type { CanvasFlowNode } from "./canvasItems.ts";
import { mapScale } from "./canvasMap.ts";
import { usePannedAlone } from "./movesAlone.ts";
import { subscribeView } from "./panning.ts";

const ZOOM_PER_PX = 1 / 400;

const classOf = (node: CanvasFlowNode): string =>
  node.type === "layer" ? `CanvasMap-node ${familyClass(node.data.view.family)}` : `CanvasMap-${node.type}`;

const rectangle = ({ position: { x, y }, width = 0, height = 0 }: CanvasFlowNode): string =>
  `M${x} ${y}h${width}v${height}h${-width}z`;

/** One path for all that look the same: an edit of a large graph changes few of them, and none of the others is an element to be compared. */
const Nodes = memo(({ nodes }: { readonly nodes: readonly CanvasFlowNode[] }) => {
  const paths = new Map<string, string>();
  for (const node of nodes) {
    const className = classOf(node);
    paths.set(className, (paths.get(className) ?? "") + rectangle(node));
  }
  return [...paths].map(([className, path]) => <path key={className} className={className} d={path} />);
});
Nodes.displayName = "Nodes";

/** What is selected, above the rest. */
const Selected = ({ nodes }: { readonly nodes: readonly CanvasFlowNode[] }) => {
  const nodeIds = useDocument((state) => state.selectedNodeIds);
  const selected = new Set(nodeIds);
  const isSelected = (node: CanvasFlowNode): boolean =>
    node.type === "layer" ? selected.has(node.id) : node.selected === true;
  return <path className="CanvasMap-selected" d={nodes.filter(isSelected).map(rectangle).join("")} />;
};

export const CanvasMap = ({ nodes }: { readonly nodes: readonly CanvasFlowNode[] }) => {
  const root = useRef<HTMLDivElement>(null);
  const view = useRef<HTMLDivElement>(null);
  const store = useStoreApi();
  usePannedAlone(useCallback(() => view.current, []));
  const { setCenter, getZoom, zoomTo } = useReactFlow();
  const scale = useMemo(() => mapScale(nodes), [nodes]);

  useEffect(() => {
    const place = (): void => {
      const { style } = view.current ?? {};
      if (style === undefined) return;
      const { transform, width, height } = store.getState();
      const [x, y, zoom] = transform;
      const [left, top] = [scale.left(-x / zoom), scale.top(-y / zoom)];
      style.transform = `translate(${left}px, ${top}px)`;
      style.width = `${(scale.factor * width) / zoom}px`;
      style.height = `${(scale.factor * height) / zoom}px`;
    };
    place();
    return subscribeView(store, place);
  }, [store, scale]);

  // React listens to wheels passively; this one must not scroll anything else.
  useEffect(() => {
    const element = root.current;
    const turned = (event: WheelEvent): void => {
      event.preventDefault();
      event.stopPropagation();
      void zoomTo(getZoom() * 2 ** (-event.deltaY * ZOOM_PER_PX));
    };
    element?.addEventListener("wheel", turned, { passive: false });
    return () => element?.removeEventListener("wheel", turned);
  }, [getZoom, zoomTo]);

  const goTo = ({ clientX, clientY }: React.PointerEvent): void => {
    const box = root.current?.getBoundingClientRect();
    if (box === undefined) return;
    void setCenter(scale.x(clientX - box.left), scale.y(clientY - box.top), { zoom: getZoom(), duration: 0 });
  };

  return (
    <div
      ref={root}
      className="CanvasMap nopan nowheel"
      role="img"
      aria-label="Map of the graph"
      onPointerDown={(event) => {
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
        goTo(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) goTo(event);
      }}
    >
      <svg aria-hidden="true">
        <g transform={`translate(${scale.left(0)} ${scale.top(0)}) scale(${scale.factor})`}>
          <Nodes nodes={nodes} />
          <Selected nodes={nodes} />
        </g>
      </svg>
      <div ref={view} className="CanvasMap-view" />
    </div>
  );
};
