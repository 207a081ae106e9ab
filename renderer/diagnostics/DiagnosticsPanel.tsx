import { OctagonX, TriangleAlert, X } from "lucide-react";
import { useEffect, useRef } from "react";
import type { Diagnostic } from "../../engine/index.ts";
import { counted } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { useView, viewStore } from "../app/viewStore.ts";
import { applyFix } from "../canvas/applyGesture.ts";
import { keepUnits } from "../charts/format.ts";
import { canvasViewport } from "../commands/canvasViewport.ts";
import { documentStore, useDocument } from "../document/documentStore.ts";
import { HealthList } from "../health/HealthList.tsx";
import { useRunHealth } from "../health/runHealth.ts";
import { keyedDiagnostics, orderDiagnostics } from "./orderDiagnostics.ts";
import "./DiagnosticsPanel.css";

const close = (): void => viewStore.setState({ diagnosticsOpen: false });

const showNode = (nodeId: string): void => {
  documentStore.getState().select([nodeId]);
  canvasViewport()?.showNode(nodeId);
};

/** One click applies the fix as one undo step. */
export const FixButton = ({ diagnostic }: { diagnostic: Diagnostic }) => {
  const { fix } = diagnostic;
  if (!fix) return null;
  return (
    <button type="button" className="button button-small" onClick={() => applyFix(fix)}>
      {fix.label}
    </button>
  );
};

const Row = ({ diagnostic }: { diagnostic: Diagnostic }) => {
  const { severity, code, message, nodeId } = diagnostic;
  const name = useDocument(({ document }) => document.nodes.find(({ id }) => id === nodeId)?.name ?? null);
  return (
    <li className="diagnostics-row">
      <span className="diagnostics-icon" data-severity={severity}>
        <Icon of={severity === "error" ? OctagonX : TriangleAlert} size={15} />
        <span className="visually-hidden">{severity}</span>
      </span>
      <div className="diagnostics-words">
        <p>{keepUnits(message)}</p>
        <div className="diagnostics-actions">
          <FixButton diagnostic={diagnostic} />
          {nodeId !== null && name !== null && (
            <button type="button" className="button button-quiet button-small" onClick={() => showNode(nodeId)}>
              Show {name}
            </button>
          )}
        </div>
      </div>
      <span className="diagnostics-code">{code}</span>
    </li>
  );
};

/** The list of everything found about the graph, and about the run at the step shown, above the run bar. */
export const DiagnosticsPanel = () => {
  const open = useView((state) => state.diagnosticsOpen);
  const diagnostics = useDocument((state) => state.compiled.diagnostics);
  const numHealth = useRunHealth((health) => health.findings.length);
  const panel = useRef<HTMLElement>(null);
  const count = diagnostics.length + numHealth;
  const shown = open && count > 0;
  useEffect(() => {
    if (shown) panel.current?.focus();
  }, [shown]);
  useEffect(() => {
    // The last finding is gone: nothing is left to show, now or when a new one comes.
    if (open && count === 0) close();
  }, [open, count]);
  if (!shown) return null;
  return (
    <aside
      ref={panel}
      id="diagnostics"
      className="diagnostics"
      data-region="diagnostics"
      aria-label="Findings about the graph and the run"
      tabIndex={-1}
      onKeyDown={(event) => event.key === "Escape" && close()}
    >
      <div className="diagnostics-head">
        <h2>{counted(count, "finding")}</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={close}>
          <Icon of={X} size={14} />
        </button>
      </div>
      <ul>
        {keyedDiagnostics(orderDiagnostics(diagnostics)).map(({ key, diagnostic }) => (
          <Row key={key} diagnostic={diagnostic} />
        ))}
        <HealthList />
      </ul>
    </aside>
  );
};
