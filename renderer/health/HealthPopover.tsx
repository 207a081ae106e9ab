/** What is wrong with the signal at a node, since when, by which limit, and what to try: beside the node, until it is closed. */
import { NodeToolbar, useStore } from "@xyflow/react";
import { X } from "lucide-react";
import { useEffect, useLayoutEffect, useRef } from "react";
import { type HealthFinding, type HealthFix, healthFixes, healthRule } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { applyFix } from "../canvas/applyGesture.ts";
import { CALLOUT_GAP } from "../canvas/calloutPlace.ts";
import { useCanvasView } from "../canvas/canvasView.ts";
import { SIDES, useAnchor, usePlace } from "../canvas/DiagnosticCallout.tsx";
import { formatCount } from "../charts/format.ts";
import { useDocument } from "../document/documentStore.ts";
import { type Divergence, divergenceOf } from "../run/divergence.ts";
import { useRun } from "../run/runStore.ts";
import { AfterEdit } from "./AfterEdit.tsx";
import { HealthIcon } from "./HealthIcon.tsx";
import { closeHealth } from "./healthActions.ts";
import { healthNumbers, healthSentence } from "./healthWords.ts";
import { drawnNodeOf, findingsOf, nameIn, useRunHealth } from "./runHealth.ts";
import "./HealthPopover.css";

/** With one finding and two fixes. */
const USUAL_HEIGHT = 280;
/** Between the panel and the borders of the canvas. */
const MARGIN = 8;
/** The line of legends at the bottom of the canvas. */
const LEGEND_HEIGHT = 28;

/** `copy`: the copy of a repeated node that it is about. */
const Title = ({ rule, copy }: { readonly rule: HealthFinding["rule"] | "diverged"; readonly copy?: string }) => {
  const { title, severity } = healthRule(rule);
  return (
    <h2 className={`DiagnosticCallout-title ${severity === "error" ? "is-error" : "is-warning"}`}>
      <HealthIcon rule={rule} size={14} />
      {title}
      {copy !== undefined && (
        <span className="HealthPopover-copy" title={copy}>
          at the copy {copy}
        </span>
      )}
    </h2>
  );
};

/** What to try about all of it; the same cure for two findings stands once. */
const Fixes = ({ findings }: { readonly findings: readonly Parameters<typeof healthFixes>[1][] }) => {
  const document = useDocument((state) => state.document);
  const fixes = new Map<string, HealthFix>();
  for (const finding of findings) {
    for (const fix of healthFixes(document, finding)) if (!fixes.has(fix.label)) fixes.set(fix.label, fix);
  }
  if (fixes.size === 0) return null;
  return (
    <div className="HealthPopover-fixes">
      {[...fixes.values()].map((fix) => (
        <button
          key={fix.label}
          type="button"
          className="button button-small"
          onClick={(event) => {
            applyFix(fix);
            // The button may go with what it has mended; the keyboard stays.
            event.currentTarget.closest<HTMLElement>("[role=dialog]")?.focus({ preventScroll: true });
          }}
        >
          {fix.label}
        </button>
      ))}
    </div>
  );
};

const useNames = (): ((nodeId: string) => string) => {
  const nodes = useRun((run) => run.runDocument?.nodes);
  return (nodeId) => nameIn(nodes, nodeId);
};

/** What a rule means is told once, with the first of its findings. */
const Finding = ({ finding, isFirst }: { readonly finding: HealthFinding; readonly isFirst: boolean }) => {
  const nameOf = useNames();
  const { meaning } = healthRule(finding.rule);
  const isOfCopy = drawnNodeOf(finding.nodeId) !== finding.nodeId;
  return (
    <section className="DiagnosticCallout-finding">
      <Title rule={finding.rule} {...(isOfCopy ? { copy: nameOf(finding.nodeId) } : {})} />
      <p>{healthSentence(finding, nameOf)}</p>
      <dl className="HealthPopover-numbers">
        {healthNumbers(finding, nameOf).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {isFirst && <p className="HealthPopover-meaning">{meaning}</p>}
    </section>
  );
};

const Diverged = ({ divergence }: { readonly divergence: Divergence }) => (
  <section className="DiagnosticCallout-finding">
    <Title rule="diverged" />
    <p>{divergence.message}</p>
    <p className="HealthPopover-meaning">{healthRule("diverged").meaning}</p>
  </section>
);

/** Up or down as far as it takes to stand inside the canvas. */
const keepInside = (panel: HTMLElement): void => {
  const view = panel.closest(".Canvas")?.getBoundingClientRect();
  if (view === undefined) return;
  panel.style.translate = "";
  const { top, bottom } = panel.getBoundingClientRect();
  const down = Math.max(0, view.top + MARGIN - top);
  const up = Math.max(0, bottom - (view.bottom - LEGEND_HEIGHT - MARGIN));
  const shift = down > 0 ? down : -Math.min(up, top - view.top - MARGIN);
  panel.style.translate = `0 ${Math.round(shift)}px`;
};

const Popover = ({ nodeId, name }: { readonly nodeId: string; readonly name: string }) => {
  const panel = useRef<HTMLDivElement>(null);
  const findings = useRunHealth((health) => findingsOf(health, nodeId));
  const divergence = useRun(divergenceOf);
  const step = findings[0]?.step ?? null;
  const own = divergence?.nodeId === nodeId ? divergence : null;
  const anchor = useAnchor(nodeId);
  const [side, align] = SIDES[usePlace(anchor, USUAL_HEIGHT)];
  // Whenever the canvas moves or what is said grows.
  useStore((state) => state.transform);
  useLayoutEffect(() => {
    const place = () => panel.current !== null && keepInside(panel.current);
    place();
    // The toolbar itself moves with the canvas a moment later.
    const later = requestAnimationFrame(place);
    return () => cancelAnimationFrame(later);
  });
  useEffect(() => {
    panel.current?.focus({ preventScroll: true });
    const pressed = (event: PointerEvent) => {
      if (!(event.target instanceof Element) || panel.current?.contains(event.target)) return;
      // The badge that opened it closes it by itself.
      if (event.target.closest(".NodeBadge") === null) closeHealth();
    };
    window.document.addEventListener("pointerdown", pressed, true);
    return () => window.document.removeEventListener("pointerdown", pressed, true);
  }, []);
  return (
    <NodeToolbar nodeId={anchor} isVisible position={side} align={align} offset={CALLOUT_GAP}>
      <div
        ref={panel}
        className="DiagnosticCallout HealthPopover nodrag nopan nowheel"
        role="dialog"
        aria-label={`Health of ${name}`}
        tabIndex={-1}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          closeHealth();
        }}
      >
        <div className="HealthPopover-head">
          <span className="HealthPopover-name" title={name}>
            {name}
          </span>
          {step !== null && <span className="HealthPopover-step">step {formatCount(step)}</span>}
          <button type="button" className="icon-button" aria-label="Close" onClick={closeHealth}>
            <Icon of={X} size={14} />
          </button>
        </div>
        {own !== null && <Diverged divergence={own} />}
        {findings.map((finding) => (
          <Finding
            key={`${finding.rule} ${finding.nodeId}`}
            finding={finding}
            isFirst={findings.find(({ rule }) => rule === finding.rule) === finding}
          />
        ))}
        <Fixes
          findings={[
            ...(own === null ? [] : [{ rule: "diverged", nodeId, since: own.step } as const]),
            // A copy is mended at the node that is repeated.
            ...findings.map((finding) => ({ ...finding, nodeId })),
          ]}
        />
        {own === null && findings.length === 0 && <p>Nothing is wrong with {name} at the step shown.</p>}
        <AfterEdit />
      </div>
    </NodeToolbar>
  );
};

export const HealthPopover = () => {
  const nodeId = useCanvasView((state) => state.healthNodeId);
  const name = useDocument(({ document }) => document.nodes.find(({ id }) => id === nodeId)?.name ?? null);
  return nodeId === null || name === null ? null : <Popover key={nodeId} nodeId={nodeId} name={name} />;
};
