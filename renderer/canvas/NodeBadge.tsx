/** The badge of a node: the gravest of what is wrong with it, and how much more there is. */
import { CircleX, CornerDownRight, TriangleAlert } from "lucide-react";
import { memo, type ReactNode } from "react";
import type { HealthFinding, HealthRule } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { HealthIcon } from "../health/HealthIcon.tsx";
import { closeHealth, openHealth } from "../health/healthActions.ts";
import { healthBadge } from "../health/healthWords.ts";
import { findingsOf, type RunHealth, runHealth, useRunHealth } from "../health/runHealth.ts";
import { canvasView, useCanvasView } from "./canvasView.ts";
import type { NodeView } from "./nodeViews.ts";
import { divergedBadge } from "./readouts.ts";
import type { ZoomLevel } from "./zoomLevel.ts";
import "./NodeBadge.css";

/** What was measured belongs to the node as it is. */
export const isJudged = ({ measured }: NodeView): boolean => measured === "current";

/** How grave the worst finding about the signal is; null: there is none. */
export const useNodeHealth = (view: NodeView): "error" | "warning" | null =>
  useRunHealth((health) => (isJudged(view) ? (findingsOf(health, view.nodeId)[0]?.severity ?? null) : null));

/** Right of the middle, where the port is; a long text reaches beyond the border, not over the port. */
export const Badge = ({
  tone,
  children,
}: {
  readonly tone: "error" | "warn" | "quiet";
  readonly children: ReactNode;
}) => (
  <span className="NodeBadge-place">
    <span className={`NodeBadge NodeBadge-${tone}`}>{children}</span>
  </span>
);

interface HealthBadgeProps {
  readonly view: NodeView;
  readonly rule: HealthRule;
  readonly text: string;
  readonly more: number;
  readonly isError: boolean;
  readonly far: boolean;
  /** Of a group: with the name of the layer that it is about. */
  readonly named?: boolean;
}

/**
 * `3 of 128 dead` is as wide as with any other count: CSS puts hidden zeros behind it. Where the icon comes to stand elsewhere, the browser
 * arranges the whole page anew.
 */
const zerosBehind = (text: string): string => {
  const [, count = "", total = ""] = /^(\d+) of (\d+)/.exec(text) ?? [];
  return "0".repeat(Math.max(0, total.length - count.length));
};

/** So many characters have room whatever they are. */
const MOST_WHOLE = 16;

/** Opens the numbers, the limit and what to try. */
export const HealthBadge = ({ view, rule, text, more, isError, far, named = false }: HealthBadgeProps) => {
  const isOpen = useCanvasView((state) => state.healthNodeId === view.nodeId);
  const isWhole = !named && text.length <= MOST_WHOLE;
  return (
    <span className="NodeBadge-place">
      <button
        type="button"
        className={`NodeBadge NodeBadge-${isError ? "error" : "warn"}${isWhole ? " is-whole" : ""} nodrag nopan`}
        aria-label={`${view.name}: ${text}${more > 0 ? ` and ${more} more` : ""}. Show why and what to try`}
        aria-expanded={isOpen}
        aria-haspopup="dialog"
        data-tooltip={isOpen ? undefined : "Why, since when, and what to try"}
        data-command={isOpen ? undefined : "view.health"}
        onClick={(event) => {
          event.stopPropagation();
          if (canvasView.getState().healthNodeId === view.nodeId) closeHealth();
          else openHealth(view.nodeId);
        }}
        // Enter on the node selects it; here it presses the button.
        onKeyDown={(event) => (event.key === "Enter" || event.key === " ") && event.stopPropagation()}
      >
        <HealthIcon rule={rule} size={12} />
        {!far && named && <span className="NodeBadge-name">{view.name}:</span>}
        {!far && <span data-zeros={zerosBehind(text)}>{text}</span>}
        {!far && more > 0 && <span className="NodeBadge-more">{`+${more}`}</span>}
      </button>
    </span>
  );
};

/** All that a badge shows of the findings about a node's signal, as one text: what listens to them is told at each measurement, once a node. */
const shownFindings = (findings: readonly HealthFinding[]): string => {
  const [worst] = findings;
  return worst === undefined ? "" : `${worst.rule} ${worst.severity} ${findings.length} ${healthBadge(worst)}`;
};

export const NodeBadge = memo(({ view, level }: { readonly view: NodeView; readonly level: ZoomLevel }) => {
  const own = (health: RunHealth) => (isJudged(view) ? findingsOf(health, view.nodeId) : []);
  useRunHealth((health) => shownFindings(own(health)));
  const findings = own(runHealth());
  const [worst] = findings;
  const [first] = view.diagnostics;
  const far = level === "small" || level === "glyph";
  const total = view.diagnostics.length + findings.length;
  if (view.divergence !== null) {
    const diverged = divergedBadge(view.divergence.step);
    return <HealthBadge view={view} rule="diverged" text={diverged} more={total} isError far={far} />;
  }
  const isWorse = worst?.severity === "error" && first?.severity !== "error";
  if (first !== undefined && !isWorse) {
    const isError = first.severity === "error";
    return (
      <Badge tone={isError ? "error" : "warn"}>
        <Icon of={isError ? CircleX : TriangleAlert} size={12} />
        {!far && first.badge}
        {!far && total > 1 && <span className="NodeBadge-more">{`+${total - 1}`}</span>}
      </Badge>
    );
  }
  if (view.bypassed) {
    return (
      <Badge tone="quiet">
        <Icon of={CornerDownRight} size={12} />
        {!far && "bypassed"}
      </Badge>
    );
  }
  if (worst === undefined) return null;
  const { rule, severity } = worst;
  const isError = severity === "error";
  return <HealthBadge view={view} rule={rule} text={healthBadge(worst)} more={total - 1} isError={isError} far={far} />;
});
NodeBadge.displayName = "NodeBadge";
