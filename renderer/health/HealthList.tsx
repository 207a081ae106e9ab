/** All that the health rules find at the step shown, rule by rule, for the panel of findings. */
import {
  counted,
  type HealthFinding,
  healthFixes,
  healthRule,
  healthRules,
  insertNormAtAll,
} from "../../engine/index.ts";
import { applyFix } from "../canvas/applyGesture.ts";
import { makeRoom } from "../canvas/placement.ts";
import { useDocument } from "../document/documentStore.ts";
import { useRun } from "../run/runStore.ts";
import { AfterEdit } from "./AfterEdit.tsx";
import { HealthIcon } from "./HealthIcon.tsx";
import { openHealth } from "./healthActions.ts";
import { namedSentence } from "./healthWords.ts";
import { drawnNodeOf, nameIn, useRunHealth } from "./runHealth.ts";
import "./HealthPopover.css";

const MAX_NAMES = 6;

const Group = ({ findings }: { readonly findings: readonly HealthFinding[] }) => {
  const document = useDocument((state) => state.document);
  const nodes = useRun((run) => run.runDocument?.nodes);
  const nameOf = (nodeId: string): string => nameIn(nodes, nodeId);
  const [first] = findings;
  if (first === undefined) return null;
  const { title, severity } = healthRule(first.rule);
  // BatchNorm at each of them where there are several; the rest is set for all layers at once.
  const everywhere = insertNormAtAll(
    document,
    [...new Set(findings.map(({ nodeId }) => drawnNodeOf(nodeId)))],
    makeRoom,
  );
  const own = healthFixes(document, { ...first, nodeId: drawnNodeOf(first.nodeId) }).filter(
    ({ what }) => what !== "graph" || everywhere === null,
  );
  const fixes = everywhere === null ? own : [everywhere, ...own];
  return (
    <li className="diagnostics-row">
      <span className="diagnostics-icon" data-severity={severity}>
        <HealthIcon rule={first.rule} size={15} />
        <span className="visually-hidden">{severity}</span>
      </span>
      <div className="diagnostics-words">
        <p>
          <strong>{title}</strong> at {counted(findings.length, "layer")}. {namedSentence(first, nameOf)}
        </p>
        <div className="diagnostics-actions">
          {fixes.map((fix) => (
            <button key={fix.label} type="button" className="button button-small" onClick={() => applyFix(fix)}>
              {fix.label}
            </button>
          ))}
        </div>
        <div className="diagnostics-actions">
          {findings.slice(0, MAX_NAMES).map(({ nodeId }) => (
            <button
              key={nodeId}
              type="button"
              className="button button-quiet button-small"
              onClick={() => openHealth(nodeId)}
            >
              {nameOf(nodeId)}
            </button>
          ))}
          {findings.length > MAX_NAMES && (
            <span className="diagnostics-more">and {findings.length - MAX_NAMES} more</span>
          )}
        </div>
      </div>
    </li>
  );
};

export const HealthList = () => {
  const findings = useRunHealth((health) => health.findings);
  return (
    <>
      {healthRules.map(({ rule }) => (
        <Group key={rule} findings={findings.filter((finding) => finding.rule === rule)} />
      ))}
      {findings.length > 0 && (
        <li>
          <AfterEdit />
        </li>
      )}
    </>
  );
};
