/** The badge of a node: the gravest of what is wrong with it, and how much more there is. */
import { CircleX, CornerDownRight, TriangleAlert } from "lucide-react";
import { memo, type ReactNode, useEffect, useRef, useState } from "react";
import type { HealthFinding, HealthRule } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { HealthIcon } from "../health/HealthIcon.tsx";
import { closeHealth, openHealth } from "../health/healthActions.ts";
import { healthBadge } from "../health/healthWords.ts";
import { findingsOf, type RunHealth, runHealth, useRunHealth } from "../health/runHealth.ts";
import { badgeWidth } from "./badgeDrawing.ts";
import { canvasView, useCanvasView } from "./canvasView.ts";
import type { NodeView } from "./nodeViews.ts";
import { divergedBadge } from "./readouts.ts";
import { useStripStage } from "./stripStage.ts";
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

/** Icons alone. */
export const isFar = (level: ZoomLevel): boolean => level === "small" || level === "glyph";

interface HealthBadgeProps {
  readonly view: NodeView;
  readonly rule: HealthRule;
  readonly text: string;
  readonly more: number;
  readonly isError: boolean;
  readonly level: ZoomLevel;
  /** Of a group: with the name of the layer that it is about. */
  readonly named?: boolean;
  /** What it says is no more. */
  readonly isGone?: boolean;
}

/** Has the stage draw the badge of a layer; what it says of a group is text of the page. */
const useDrawn = ({ view, rule, text, more, isError, named, isGone }: HealthBadgeProps, isMarked: boolean): boolean => {
  const stage = useStripStage();
  const { nodeId } = view;
  const drawing = named ? null : stage;
  useEffect(() => {
    drawing?.showBadge(nodeId, isGone ? null : { rule, text, more, isError, isMarked });
    // The pointer does not wait for what is due.
    if (isMarked) drawing?.settleBadge(nodeId);
  }, [drawing, nodeId, rule, text, more, isError, isGone, isMarked]);
  useEffect(() => () => drawing?.showBadge(nodeId, null), [drawing, nodeId]);
  return drawing !== null;
};

/** Opens the numbers, the limit and what to try. */
export const HealthBadge = (props: HealthBadgeProps) => {
  const { view, rule, text, more, isError, level, named = false, isGone = false } = props;
  const far = isFar(level);
  const isOpen = useCanvasView((state) => state.healthNodeId === view.nodeId);
  const [isHovered, setHovered] = useState(false);
  const isDrawn = useDrawn(props, isHovered || isOpen);
  return (
    <span className="NodeBadge-place">
      <button
        type="button"
        className={`NodeBadge NodeBadge-${isError ? "error" : "warn"}${isDrawn ? " is-drawn" : ""} nodrag nopan`}
        aria-label={`${view.name}: ${text}${more > 0 ? ` and ${more} more` : ""}. Show why and what to try`}
        aria-expanded={isOpen}
        aria-haspopup="dialog"
        style={{
          ...(isGone && { visibility: "hidden" }),
          ...(isDrawn && { width: badgeWidth({ text, more }, level) }),
        }}
        data-tooltip={isOpen ? undefined : "Why, since when, and what to try"}
        data-command={isOpen ? undefined : "view.health"}
        onPointerEnter={() => setHovered(true)}
        onPointerLeave={() => setHovered(false)}
        onClick={(event) => {
          event.stopPropagation();
          if (canvasView.getState().healthNodeId === view.nodeId) closeHealth();
          else openHealth(view.nodeId);
        }}
        // Enter on the node selects it; here it presses the button.
        onKeyDown={(event) => (event.key === "Enter" || event.key === " ") && event.stopPropagation()}
      >
        {!isDrawn && (
          <>
            <HealthIcon rule={rule} size={12} />
            {!far && named && <span className="NodeBadge-name">{view.name}:</span>}
            {!far && <span>{text}</span>}
            {!far && more > 0 && <span className="NodeBadge-more">{`+${more}`}</span>}
          </>
        )}
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
  /** A button that has come stays: with 200 nodes the browser arranges the page for some 5 ms when one comes or goes. */
  const latest = useRef<HealthFinding | null>(null);
  const worst = findings[0] ?? latest.current;
  const isGone = findings.length === 0;
  useEffect(() => {
    latest.current = worst;
  }, [worst]);
  const [first] = view.diagnostics;
  const far = isFar(level);
  const total = view.diagnostics.length + findings.length;
  if (view.divergence !== null) {
    const diverged = divergedBadge(view.divergence.step);
    return <HealthBadge view={view} rule="diverged" text={diverged} more={total} isError level={level} />;
  }
  const isWorse = !isGone && worst?.severity === "error" && first?.severity !== "error";
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
  if (worst === null) return null;
  const { rule, severity } = worst;
  const [text, isError] = [healthBadge(worst), severity === "error"];
  return (
    <HealthBadge view={view} rule={rule} text={text} more={total - 1} isError={isError} level={level} isGone={isGone} />
  );
});
NodeBadge.displayName = "NodeBadge";
