/** The badges of what the health rules find: buttons that open the numbers, the limit and what to try. */
import { memo, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { HealthFinding, HealthRule } from "../../engine/index.ts";
import { HealthIcon } from "../health/HealthIcon.tsx";
import { closeHealth, openHealth } from "../health/healthActions.ts";
import { healthBadge } from "../health/healthWords.ts";
import { findingsOf, type RunHealth, runHealth, subscribeRunHealth } from "../health/runHealth.ts";
import { badgeWidth } from "./badgeDrawing.ts";
import { canvasView, useCanvasView } from "./canvasView.ts";
import type { NodeView } from "./nodeViews.ts";
import { useStripStage } from "./stripStage.ts";
import { isFar, type ZoomLevel } from "./zoomLevel.ts";
import "./NodeBadge.css";

/** What was measured belongs to the node as it is. */
export const isJudged = ({ measured }: NodeView): boolean => measured === "current";

/** What its button is called. */
const labelOf = (name: string, text: string, more: number): string =>
  `${name}: ${text}${more > 0 ? ` and ${more} more` : ""}. Show why and what to try`;

/** What a button of a node's health needs, and whether it is below the pointer or open. */
const useHealthButton = (nodeId: string) => {
  const isOpen = useCanvasView((state) => state.healthNodeId === nodeId);
  const [isHovered, setHovered] = useState(false);
  const props = {
    type: "button",
    "aria-expanded": isOpen,
    "aria-haspopup": "dialog",
    "data-tooltip": isOpen ? undefined : "Why, since when, and what to try",
    "data-command": isOpen ? undefined : "view.health",
    onPointerEnter: () => setHovered(true),
    onPointerLeave: () => setHovered(false),
    onClick: (event: React.MouseEvent) => {
      event.stopPropagation();
      if (canvasView.getState().healthNodeId === nodeId) closeHealth();
      else openHealth(nodeId);
    },
    onKeyDown: (event: React.KeyboardEvent) => {
      // Enter on the node selects it; here it presses the button.
      if (event.key === "Enter" || event.key === " ") event.stopPropagation();
    },
  } as const;
  return { props, isMarked: isHovered || isOpen };
};

interface BadgeProps {
  readonly view: NodeView;
  readonly rule: HealthRule;
  readonly text: string;
  readonly more: number;
  readonly level: ZoomLevel;
}

/** That a run ended at this layer; the stage draws it. */
export const DivergedBadge = ({ view, rule, text, more, level }: BadgeProps) => {
  const stage = useStripStage();
  const { props, isMarked } = useHealthButton(view.nodeId);
  const { nodeId } = view;
  useEffect(() => {
    stage?.showBadge(nodeId, { rule, text, more, isError: true, isMarked });
    // The pointer does not wait for what is due.
    if (isMarked) stage?.settleBadge(nodeId);
  }, [stage, nodeId, rule, text, more, isMarked]);
  useEffect(() => () => stage?.showBadge(nodeId, null), [stage, nodeId]);
  return (
    <span className="NodeBadge-place">
      <button
        {...props}
        className="NodeBadge NodeBadge-error is-drawn nodrag nopan"
        aria-label={labelOf(view.name, text, more)}
        style={{ width: badgeWidth({ text, more }, level) }}
      />
    </span>
  );
};

/** Of a group: text of the page, with the name of the layer that it is about. */
export const NamedBadge = ({ view, rule, text, more, isError, level }: BadgeProps & { readonly isError: boolean }) => {
  const far = isFar(level);
  const { props } = useHealthButton(view.nodeId);
  return (
    <span className="NodeBadge-place">
      <button
        {...props}
        className={`NodeBadge NodeBadge-${isError ? "error" : "warn"} nodrag nopan`}
        aria-label={labelOf(view.name, text, more)}
      >
        <HealthIcon rule={rule} size={12} />
        {!far && <span className="NodeBadge-name">{view.name}:</span>}
        {!far && <span>{text}</span>}
        {!far && more > 0 && <span className="NodeBadge-more">{`+${more}`}</span>}
      </button>
    </span>
  );
};

/** All that a badge shows of the findings about a node's signal, as one text: what listens to them is told at each measurement, once a node. */
export const shownFindings = (findings: readonly HealthFinding[]): string => {
  const [worst] = findings;
  return worst === undefined ? "" : `${worst.rule} ${worst.severity} ${findings.length} ${healthBadge(worst)}`;
};

export const findingsAbout = (view: NodeView, health: RunHealth): readonly HealthFinding[] =>
  isJudged(view) ? findingsOf(health, view.nodeId) : [];

/** What the stage is to draw of these findings; null: there are none. */
const drawingOf = (view: NodeView, findings: readonly HealthFinding[], isMarked: boolean) => {
  const [worst] = findings;
  if (worst === undefined) return null;
  const more = view.diagnostics.length + findings.length - 1;
  return { rule: worst.rule, text: healthBadge(worst), more, isError: worst.severity === "error", isMarked };
};

/**
 * Of a layer. Counts change at each measurement, of many layers at once, and to render them all took 3 to 4 ms of one frame: they are written
 * past React, of each layer in the frame in which its strips are drawn. A button that has come stays, and is `inert` while nothing is found: where
 * one comes, goes, or only becomes hidden, the browser arranges the whole page for some 5 ms.
 */
export const SignalBadge = memo(({ view, level }: { readonly view: NodeView; readonly level: ZoomLevel }) => {
  const stage = useStripStage();
  const button = useRef<HTMLButtonElement>(null);
  const { props, isMarked } = useHealthButton(view.nodeId);

  // Before anything is painted: what React has just put there has no name yet.
  useLayoutEffect(() => {
    const element = button.current;
    if (element === null) return;
    const { nodeId, name } = view;
    const layer = element.closest(".LayerNode");
    let shown: string | null = null;
    // It becomes no narrower: another width, too, has the whole page arranged.
    let width = 0;
    const write = (): void => {
      const findings = findingsAbout(view, runHealth());
      const drawing = drawingOf(view, findings, isMarked);
      element.toggleAttribute("inert", drawing === null);
      if (drawing === null) {
        element.setAttribute("aria-hidden", "true");
        layer?.removeAttribute("data-health");
        return;
      }
      element.removeAttribute("aria-hidden");
      element.setAttribute("aria-label", labelOf(name, drawing.text, drawing.more));
      width = Math.max(width, badgeWidth(drawing, level));
      element.style.width = `${width}px`;
      layer?.setAttribute("data-health", drawing.isError ? "error" : "warning");
    };
    const update = (): void => {
      const findings = findingsAbout(view, runHealth());
      const now = shownFindings(findings);
      if (now === shown) return;
      shown = now;
      stage?.showBadge(nodeId, drawingOf(view, findings, isMarked), write);
      if (stage === null) write();
    };
    update();
    write();
    // The pointer does not wait for what is due.
    if (isMarked) stage?.settleBadge(nodeId);
    return subscribeRunHealth(update);
  }, [stage, view, level, isMarked]);
  useLayoutEffect(() => {
    const layer = button.current?.closest(".LayerNode");
    return () => {
      layer?.removeAttribute("data-health");
      stage?.showBadge(view.nodeId, null);
    };
  }, [stage, view.nodeId]);

  return (
    <span className="NodeBadge-place">
      <button {...props} ref={button} className="NodeBadge is-drawn nodrag nopan" />
    </span>
  );
});
SignalBadge.displayName = "SignalBadge";
