/** What is wrong with a node and what to do, beside the node that is selected or under the pointer. */
import { NodeToolbar, Position, useStore } from "@xyflow/react";
import { CircleX, TriangleAlert } from "lucide-react";
import { type Diagnostic, diagnosticKinds } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { useDocument } from "../document/documentStore.ts";
import { applyFix } from "./applyGesture.ts";
import { canvasView, useCanvasView } from "./canvasView.ts";
import type { NodeView } from "./nodeViews.ts";
import "./DiagnosticCallout.css";

const WIDTH = 272;
const GAP = 12;

const titleOf = (code: string): string => diagnosticKinds.find((kind) => kind.code === code)?.title ?? "Finding";

const Finding = ({ diagnostic, withShortcut }: { readonly diagnostic: Diagnostic; readonly withShortcut: boolean }) => {
  const { fix } = diagnostic;
  const isError = diagnostic.severity === "error";
  return (
    <section className="DiagnosticCallout-finding">
      <h4 className={`DiagnosticCallout-title${isError ? " is-error" : " is-warning"}`}>
        <Icon of={isError ? CircleX : TriangleAlert} size={14} />
        {titleOf(diagnostic.code)}
        <span className="DiagnosticCallout-code">{diagnostic.code}</span>
      </h4>
      <p>{diagnostic.message}</p>
      {fix !== null && (
        <div className="DiagnosticCallout-actions">
          <button type="button" className="button button-primary button-small" onClick={() => applyFix(fix)}>
            {fix.label}
          </button>
          {withShortcut && <kbd className="kbd">Ctrl .</kbd>}
        </div>
      )}
    </section>
  );
};

/** The side that has room: right, else left, else below. */
const useSide = (nodeId: string): Position =>
  useStore(({ nodeLookup, transform: [x, , zoom], width }) => {
    const node = nodeLookup.get(nodeId);
    if (node === undefined) return Position.Right;
    const left = node.internals.positionAbsolute.x * zoom + x;
    const right = left + (node.measured.width ?? 0) * zoom;
    if (right + GAP + WIDTH <= width) return Position.Right;
    return left - GAP - WIDTH >= 0 ? Position.Left : Position.Bottom;
  });

const Callout = ({ view, firstFix }: { readonly view: NodeView; readonly firstFix: Diagnostic | undefined }) => {
  const side = useSide(view.nodeId);
  return (
    <NodeToolbar
      nodeId={view.nodeId}
      isVisible
      position={side}
      align={side === Position.Bottom ? "center" : "start"}
      offset={GAP}
    >
      <div
        className="DiagnosticCallout nodrag nopan nowheel"
        role="status"
        onPointerEnter={() => canvasView.setState({ hoveredNodeId: view.nodeId })}
        onPointerLeave={() => canvasView.setState({ hoveredNodeId: null })}
      >
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

/** One callout at a time: of the node under the pointer, else of the only selected one. */
export const DiagnosticCallouts = ({ views }: { readonly views: readonly NodeView[] }) => {
  const hovered = useCanvasView((state) => state.hoveredNodeId);
  const selected = useDocument((state) => (state.selectedNodeIds.length === 1 ? state.selectedNodeIds[0] : undefined));
  const diagnostics = useDocument((state) => state.compiled.diagnostics);
  const withFindings = (nodeId: string | null | undefined): NodeView | undefined =>
    views.find((view) => view.nodeId === nodeId && view.diagnostics.length > 0);
  const view = withFindings(hovered) ?? withFindings(selected);
  if (view === undefined) return null;
  const firstFix =
    diagnostics.find(({ fix, severity }) => fix !== null && severity === "error") ??
    diagnostics.find(({ fix }) => fix !== null);
  return <Callout key={view.nodeId} view={view} firstFix={firstFix} />;
};
