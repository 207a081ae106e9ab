import { Check, OctagonX, TriangleAlert, X } from "lucide-react";
import { type KeyboardEvent, memo, useEffect, useId, useRef, useState } from "react";
import { type DocumentNode, layerOf } from "../../engine/index.ts";
import type { GradientResult } from "../../engine/protocol.ts";
import { focusMainRegion } from "../app/focusKeeper.ts";
import { Icon } from "../app/Icon.tsx";
import { formatCount } from "../charts/format.ts";
import { canvasViewport } from "../commands/canvasViewport.ts";
import { runCommand, useCommand } from "../commands/commandTable.ts";
import { documentStore, useDocument } from "../document/documentStore.ts";
import { KindTile } from "../palette/KindGlyph.tsx";
import { closeGradients, type GradientCheck, stopChecking, useGradients } from "./gradientStore.ts";
import { announceCheck, describeCheck, describeError, describeFault, tensorTitle } from "./gradientWords.ts";
import "./GradientsPanel.css";

const MARKS = {
  agrees: { icon: Check, words: "agrees" },
  differs: { icon: OctagonX, words: "does not agree" },
  unproven: { icon: TriangleAlert, words: "not proven" },
} as const;

const showNode = (nodeId: string): void => {
  if (!documentStore.getState().document.nodes.some(({ id }) => id === nodeId)) return;
  documentStore.getState().select([nodeId]);
  canvasViewport()?.revealNode(nodeId);
};

interface RowProps {
  readonly result: GradientResult;
  readonly node: DocumentNode | undefined;
  /** The first row of a layer names it; the others repeat it for those who don't see. */
  readonly isFirst: boolean;
  readonly isSelected: boolean;
  readonly isTabStop: boolean;
}

const Row = memo(({ result, node, isFirst, isSelected, isTabStop }: RowProps) => {
  const faultId = useId();
  const { nodeId, tensor, elements, checked, kinks, verdict } = result;
  const name = node?.name ?? nodeId;
  const fault = describeFault(result);
  const mark = MARKS[verdict];
  return (
    <>
      <tr className="gradients-row" data-first={isFirst} data-selected={isSelected} data-verdict={verdict}>
        <th scope="row">
          <button
            type="button"
            className="gradients-node"
            tabIndex={isTabStop ? 0 : -1}
            aria-current={isSelected}
            aria-describedby={fault === null ? undefined : faultId}
            onClick={() => showNode(nodeId)}
          >
            {isFirst && (
              <KindTile kind={node?.kind ?? ""} family={layerOf(node?.kind ?? "")?.family ?? null} size={20} />
            )}
            <span className={isFirst ? "gradients-name" : "visually-hidden"} title={name}>
              {name}
            </span>
          </button>
        </th>
        <td>{tensorTitle(tensor)}</td>
        <td className="gradients-number">{formatCount(elements)}</td>
        <td
          className="gradients-number"
          data-tooltip={
            kinks > 0
              ? `${formatCount(kinks)} more ${kinks === 1 ? "lies" : "lie"} at a kink, where no quotient means anything`
              : undefined
          }
        >
          {formatCount(checked)}
        </td>
        <td className="gradients-number">{describeError(result)}</td>
        <td className="gradients-mark" data-verdict={verdict}>
          <Icon of={mark.icon} size={14} />
          <span className="visually-hidden">{mark.words}</span>
        </td>
      </tr>
      {fault !== null && (
        <tr className="gradients-fault" data-verdict={verdict} data-selected={isSelected}>
          <td colSpan={6} id={faultId}>
            {fault}
          </td>
        </tr>
      )}
    </>
  );
});
Row.displayName = "Row";

/** Up, Down, Home and End move between the rows; Enter selects the node. */
const moveFocus = (event: KeyboardEvent<HTMLElement>): void => {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>(".gradients-node")];
  const at = rows.findIndex((row) => row.matches(":focus"));
  const targets: Readonly<Record<string, number>> = {
    ArrowDown: Math.min(at + 1, rows.length - 1),
    ArrowUp: Math.max(at - 1, 0),
    Home: 0,
    End: rows.length - 1,
  };
  const target = targets[event.key];
  if (target === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  rows[target]?.focus();
};

const Table = ({ check }: { check: GradientCheck }) => {
  const selected = useDocument((state) => state.selectedNodeIds);
  const [tabStop, setTabStop] = useState(0);
  const nodes = new Map(check.document.nodes.map((node) => [node.id, node]));
  return (
    <div className="gradients-scroll">
      <table aria-label="Gradients by layer">
        <thead>
          <tr>
            <th scope="col">Layer</th>
            <th scope="col">Gradient of</th>
            <th scope="col" className="gradients-number">
              Elements
            </th>
            <th scope="col" className="gradients-number">
              Checked
            </th>
            <th scope="col" className="gradients-number">
              Worst error
            </th>
            <th scope="col">
              <span className="visually-hidden">Verdict</span>
            </th>
          </tr>
        </thead>
        <tbody
          onKeyDown={moveFocus}
          onFocus={({ currentTarget, target }) => {
            const at = [...currentTarget.querySelectorAll(".gradients-node")].indexOf(target);
            if (at >= 0) setTabStop(at);
          }}
        >
          {check.results.map((result, index) => (
            <Row
              key={`${result.nodeId} ${result.tensor}`}
              result={result}
              node={nodes.get(result.nodeId)}
              isFirst={check.results[index - 1]?.nodeId !== result.nodeId}
              isSelected={selected.includes(result.nodeId)}
              isTabStop={index === tabStop}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
};

const Panel = ({ check }: { check: GradientCheck }) => {
  const panel = useRef<HTMLElement>(null);
  const isStale = useDocument(
    ({ document }) => document.nodes !== check.document.nodes || document.edges !== check.document.edges,
  );
  const again = useCommand("run.checkGradients");
  const { phase } = check.progress;
  const fault = check.results.find(({ verdict }) => verdict !== "agrees");
  const faultyName = check.document.nodes.find(({ id }) => id === fault?.nodeId)?.name ?? fault?.nodeId;
  const firstWords = fault && `Show the first, ${tensorTitle(fault.tensor).toLowerCase()} of ${faultyName}`;
  const close = (): void => {
    closeGradients();
    focusMainRegion();
  };
  useEffect(() => panel.current?.focus(), []);

  const showFault = (): void => {
    const row = panel.current?.querySelector<HTMLElement>(
      ".gradients-row:not([data-verdict='agrees']) .gradients-node",
    );
    row?.focus();
    if (fault !== undefined) showNode(fault.nodeId);
  };
  return (
    <aside
      ref={panel}
      id="gradients"
      className="gradients"
      data-region="gradients"
      data-covers-canvas
      aria-label="Gradients"
      tabIndex={-1}
      onKeyDown={(event) => event.key === "Escape" && close()}
    >
      <div className="gradients-head">
        <h2>Gradients</h2>
        {phase === "checking" ? (
          <button type="button" className="button button-small" onClick={stopChecking}>
            Stop
          </button>
        ) : (
          <button
            type="button"
            className="button button-small"
            aria-disabled={again.disabledBecause !== null}
            data-tooltip={again.disabledBecause ?? undefined}
            onClick={() => runCommand("run.checkGradients")}
          >
            Check again
          </button>
        )}
        <button type="button" className="icon-button" aria-label="Close" onClick={close}>
          <Icon of={X} size={14} />
        </button>
      </div>
      <div className="gradients-words" data-phase={phase}>
        <p>{describeCheck(check)}</p>
        {isStale && <p className="gradients-stale">The graph has changed since.</p>}
        {fault !== undefined && (
          <button type="button" className="button button-quiet button-small" onClick={showFault}>
            <span className="gradients-first" title={firstWords}>
              {firstWords}
            </span>
          </button>
        )}
      </div>
      <span role="status" className="visually-hidden">
        {announceCheck(check)}
      </span>
      <Table check={check} />
    </aside>
  );
};

/** What backward passes give beside difference quotients, layer by layer. */
export const GradientsPanel = () => {
  const check = useGradients((state) => state.check);
  return check === null ? null : <Panel check={check} />;
};
