/** The badge of a node: the gravest of what is wrong with it, and how much more there is. */
import { CircleX, CornerDownRight, TriangleAlert } from "lucide-react";
import { memo, type ReactNode, useEffect, useRef } from "react";
import { Icon } from "../app/Icon.tsx";
import { runHealth, useRunHealth } from "../health/runHealth.ts";
import { DivergedBadge, findingsAbout, SignalBadge, shownFindings } from "./HealthBadge.tsx";
import type { NodeView } from "./nodeViews.ts";
import { divergedBadge } from "./readouts.ts";
import { isFar, type ZoomLevel } from "./zoomLevel.ts";
import "./NodeBadge.css";

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

export const NodeBadge = memo(({ view, level }: { readonly view: NodeView; readonly level: ZoomLevel }) => {
  const { diagnostics, divergence, bypassed } = view;
  const [first] = diagnostics;
  // Beside a diagnostic they are counted; else it matters whether there are any, and the badge follows them by itself.
  const shown = useRunHealth((health) => {
    const findings = findingsAbout(view, health);
    return first === undefined ? String(findings.length > 0) : shownFindings(findings);
  });
  const isFound = shown !== "" && shown !== "false";
  const hasCome = useRef(false);
  useEffect(() => {
    hasCome.current ||= isFound;
  }, [isFound]);
  const far = isFar(level);
  const findings = findingsAbout(view, runHealth());
  const total = diagnostics.length + findings.length;
  if (divergence !== null) {
    return (
      <DivergedBadge view={view} rule="diverged" text={divergedBadge(divergence.step)} more={total} level={level} />
    );
  }
  const isWorse = findings[0]?.severity === "error" && first?.severity !== "error";
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
  if (bypassed) {
    return (
      <Badge tone="quiet">
        <Icon of={CornerDownRight} size={12} />
        {!far && "bypassed"}
      </Badge>
    );
  }
  return isFound || hasCome.current ? <SignalBadge view={view} level={level} /> : null;
});
NodeBadge.displayName = "NodeBadge";
