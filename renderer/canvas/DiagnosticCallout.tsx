/** What is wrong with a node and what to do, beside the node that is selected or under the pointer. */
import { type InternalNode, NodeToolbar, Position, useStore } from "@xyflow/react";
import { CircleX, TriangleAlert, Zap } from "lucide-react";
import { type Diagnostic, diagnosticKinds } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { useView } from "../app/viewStore.ts";
import { keepUnits } from "../charts/format.ts";
import { CommandKey } from "../commands/CommandKey.tsx";
import { type DocumentState, useDocument } from "../document/documentStore.ts";
import { applyFix } from "./applyGesture.ts";
import { CALLOUT_GAP, type CalloutPlace, calloutPlace } from "./calloutPlace.ts";
import { itemsMeant } from "./canvasItems.ts";
import { exceedsView, mapBox } from "./canvasMap.ts";
import { canvasView, useCanvasView } from "./canvasView.ts";
import type { Box } from "./geometry.ts";
import { groupIdOf, itemShowing } from "./groupViews.ts";
import { gravestOf, type NodeView } from "./nodeViews.ts";
import "./DiagnosticCallout.css";

const titleOf = (code: string): string => diagnosticKinds.find((kind) => kind.code === code)?.title ?? "Finding";

const Finding = ({ diagnostic, withShortcut }: { readonly diagnostic: Diagnostic; readonly withShortcut: boolean }) => {
  const { fix } = diagnostic;
  const isError = diagnostic.severity === "error";
  return (
    <section className="DiagnosticCallout-finding">
      <h2 className={`DiagnosticCallout-title${isError ? " is-error" : " is-warning"}`}>
        <Icon of={isError ? CircleX : TriangleAlert} size={14} />
        {titleOf(diagnostic.code)}
        <span className="DiagnosticCallout-code">{diagnostic.code}</span>
      </h2>
      <p>{keepUnits(diagnostic.message)}</p>
      {fix !== null && (
        <div className="DiagnosticCallout-actions">
          <button type="button" className="button button-primary button-small" onClick={() => applyFix(fix)}>
            {fix.label}
          </button>
          {withShortcut && <CommandKey id="edit.fix" />}
        </div>
      )}
    </section>
  );
};

const Diverged = ({ message }: { readonly message: string }) => (
  <section className="DiagnosticCallout-finding">
    <h2 className="DiagnosticCallout-title is-error">
      <Icon of={Zap} size={14} />
      Diverged
    </h2>
    <p>{message}</p>
  </section>
);

export const SIDES: Readonly<Record<CalloutPlace, readonly [Position, "start" | "center" | "end"]>> = {
  right: [Position.Right, "start"],
  rightUp: [Position.Right, "end"],
  below: [Position.Bottom, "center"],
  left: [Position.Left, "start"],
  leftUp: [Position.Left, "end"],
  above: [Position.Top, "center"],
};

/** The item that a callout about a node stands beside: the node, or the box of the collapsed group that it is in. */
export const useAnchor = (nodeId: string): string => useDocument(({ document }) => itemShowing(document, nodeId));

/** Where a callout of about this height covers nothing, if there is such a place. */
export const usePlace = (itemId: string, calloutHeight?: number): CalloutPlace =>
  useStore((state) => {
    const {
      nodeLookup,
      transform: [x, y, zoom],
      width,
      height,
    } = state;
    const boxOnScreen = (node: InternalNode): Box => {
      const { positionAbsolute } = node.internals;
      const [left, top] = [positionAbsolute.x * zoom + x, positionAbsolute.y * zoom + y];
      const { width: nodeWidth = 0, height: nodeHeight = 0 } = node.measured;
      return { left, top, right: left + nodeWidth * zoom, bottom: top + nodeHeight * zoom };
    };
    const own = nodeLookup.get(itemId);
    if (own === undefined) return "right";
    const others = [...nodeLookup.values()].filter((node) => node !== own).map(boxOnScreen);
    return calloutPlace(
      boxOnScreen(own),
      others,
      { width, height },
      exceedsView(state) ? mapBox(state) : null,
      calloutHeight,
    );
  });

const Callout = ({ view, firstFix }: { readonly view: NodeView; readonly firstFix: Diagnostic | undefined }) => {
  const anchor = useAnchor(view.nodeId);
  const [side, align] = SIDES[usePlace(anchor)];
  return (
    <NodeToolbar nodeId={anchor} isVisible position={side} align={align} offset={CALLOUT_GAP}>
      <div
        className="DiagnosticCallout nodrag nopan nowheel"
        role="status"
        onPointerEnter={() => canvasView.setState({ hoveredNodeId: anchor })}
        onPointerLeave={() => canvasView.setState({ hoveredNodeId: null })}
      >
        {anchor !== view.nodeId && <p className="DiagnosticCallout-inside">{view.name}, in the group</p>}
        {view.divergence !== null && <Diverged message={view.divergence.message} />}
        {view.diagnostics.map((diagnostic) => (
          <Finding
            key={`${diagnostic.code} ${diagnostic.port ?? ""} ${diagnostic.message}`}
            diagnostic={diagnostic}
            withShortcut={diagnostic === firstFix}
          />
        ))}
      </div>
    </NodeToolbar>
  );
};

/** The only selected node, or the collapsed group that is all that is selected. */
const selectedItem = ({ document, selectedNodeIds }: DocumentState): string | undefined => {
  const [first] = selectedNodeIds;
  if (first === undefined || selectedNodeIds.length === 1) return first;
  const item = itemShowing(document, first);
  return itemsMeant(document, item).nodeIds.length === selectedNodeIds.length &&
    selectedNodeIds.every((nodeId) => itemShowing(document, nodeId) === item)
    ? item
    : undefined;
};

/** One callout at a time: of the node under the pointer, else of the only selected one. The list of findings, when open, says it all. */
export const DiagnosticCallouts = ({ views }: { readonly views: readonly NodeView[] }) => {
  const hovered = useCanvasView((state) => state.hoveredNodeId);
  const selected = useDocument(selectedItem);
  const diagnostics = useDocument((state) => state.compiled.diagnostics);
  const isBusy = useCanvasView(
    (state) =>
      state.isDragging || state.search !== null || state.connectingNodeId !== null || state.healthNodeId !== null,
  );
  const isListed = useView((state) => state.diagnosticsOpen);
  const isConnecting = useStore((state) => state.connection.inProgress);
  const open = useDocument((state) => state.document);
  /** Of a collapsed group: the gravest inside. */
  const withFindings = (itemId: string | null | undefined): NodeView | undefined => {
    if (itemId === null || itemId === undefined) return undefined;
    const nodeIds = groupIdOf(itemId) === null ? [itemId] : itemsMeant(open, itemId).nodeIds;
    return gravestOf(views.filter(({ nodeId }) => nodeIds.includes(nodeId)));
  };
  const view = withFindings(hovered) ?? withFindings(selected);
  if (view === undefined || isBusy || isListed || isConnecting) return null;
  const firstFix =
    diagnostics.find(({ fix, severity }) => fix !== null && severity === "error") ??
    diagnostics.find(({ fix }) => fix !== null);
  return <Callout key={view.nodeId} view={view} firstFix={firstFix} />;
};
