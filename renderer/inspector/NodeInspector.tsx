import { BookOpen, ListTree, Trash2 } from "lucide-react";
import { useState } from "react";
import { type DocumentNode, layerOf } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { keepUnits } from "../charts/format.ts";
import { CommandButton } from "../commands/CommandButton.tsx";
import { FixButton } from "../diagnostics/DiagnosticsPanel.tsx";
import { keyedDiagnostics, orderDiagnostics } from "../diagnostics/orderDiagnostics.ts";
import { documentStore, useDocument } from "../document/documentStore.ts";
import { deleteSelection } from "../document/selection.ts";
import { BatchNormSubtitle, BatchNormTabs } from "../norm/BatchNormTabs.tsx";
import { InputOutput } from "../norm/InputOutput.tsx";
import { KindTile } from "../palette/KindGlyph.tsx";
import { BypassedSection } from "./BypassedSection.tsx";
import { LayerDoc } from "./LayerDoc.tsx";
import { MeasureSection } from "./MeasureSection.tsx";
import { OutputSection } from "./OutputSection.tsx";
import { ParamsSection } from "./ParamsSection.tsx";
import { WeightsSection } from "./WeightsSection.tsx";

/** `Fully connected` after a comma; `2D convolution` stays. */
const decapitalized = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** The name as text that can be edited: Enter or leaving takes it, Escape brings the old one back. */
const NameField = ({ node }: { node: DocumentNode }) => {
  const [draft, setDraft] = useState<string | null>(null);
  const take = () => {
    const name = draft?.trim();
    setDraft(null);
    if (!name || name === node.name) return;
    documentStore.getState().apply([{ type: "renameNode", nodeId: node.id, name }], `rename ${node.name} to ${name}`);
  };
  return (
    <input
      className="inspector-name"
      aria-label="Name"
      maxLength={200}
      autoComplete="off"
      spellCheck={false}
      title={node.name}
      value={draft ?? node.name}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={take}
      onKeyDown={(event) => {
        if (event.key === "Enter") take();
        else if (event.key === "Escape" && draft !== null) {
          event.stopPropagation();
          setDraft(null);
        }
      }}
    />
  );
};

/** What is wrong with the node, with the fix; findings about one param stand at its field and need only the fix here. */
const Findings = ({ nodeId }: { nodeId: string }) => {
  const diagnostics = useDocument((state) => state.compiled.diagnostics);
  const own = orderDiagnostics(diagnostics.filter((diagnostic) => diagnostic.nodeId === nodeId));
  const listed = keyedDiagnostics(own).filter(({ diagnostic }) => diagnostic.param === null || diagnostic.fix !== null);
  if (listed.length === 0) return null;
  return (
    <ul className="inspector-section inspector-findings" aria-label="Findings">
      {listed.map(({ key, diagnostic }) => (
        <li key={key} data-severity={diagnostic.severity}>
          {diagnostic.param === null && <p>{keepUnits(diagnostic.message)}</p>}
          <FixButton diagnostic={diagnostic} />
        </li>
      ))}
    </ul>
  );
};

export const NodeInspector = ({ node }: { node: DocumentNode }) => {
  const layer = layerOf(node.kind);
  const isBatchNorm = node.kind === "batchNorm";
  const [docOpen, setDocOpen] = useState(false);
  return (
    <>
      <h2 className="visually-hidden">{`Layer ${node.name}`}</h2>
      <div className="inspector-head">
        <KindTile kind={node.kind} family={layer?.family ?? null} />
        <div className="inspector-titles">
          <NameField node={node} />
          <p className="inspector-subtitle">
            {layer ? `${layer.title}, ` : `unknown kind ${node.kind}`}
            {layer && (isBatchNorm ? <BatchNormSubtitle nodeId={node.id} /> : decapitalized(layer.subtitle))}
          </p>
        </div>
        <div className="inspector-buttons">
          {layer?.family === "norm" && <CommandButton id="view.steps" className="icon-button" icon={ListTree} />}
          {layer && (
            <button
              type="button"
              className="icon-button"
              aria-label={`What ${layer.title} computes`}
              aria-expanded={docOpen}
              data-tooltip={`What ${layer.title} computes`}
              onClick={() => setDocOpen(!docOpen)}
            >
              <Icon of={BookOpen} size={16} />
            </button>
          )}
          <button
            type="button"
            className="icon-button"
            aria-label={`Delete ${node.name}`}
            data-tooltip={`Delete ${node.name}`}
            data-command="edit.delete"
            onClick={() => deleteSelection()}
          >
            <Icon of={Trash2} size={16} />
          </button>
        </div>
      </div>
      {layer && docOpen && <LayerDoc layer={layer} />}
      {node.bypassed && <BypassedSection nodes={[node]} numSelected={1} />}
      {layer && isBatchNorm ? (
        <BatchNormTabs node={node} layer={layer} findings={<Findings nodeId={node.id} />} />
      ) : (
        <>
          {layer && <ParamsSection node={node} layer={layer} />}
          <Findings nodeId={node.id} />
          {layer?.family === "norm" && <InputOutput nodeId={node.id} />}
          {!node.bypassed && <OutputSection node={node} />}
          {layer && <WeightsSection node={node} layer={layer} />}
        </>
      )}
      {layer && layer.outputs.length > 0 && <MeasureSection node={node} />}
    </>
  );
};
