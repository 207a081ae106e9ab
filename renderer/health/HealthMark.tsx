import { healthRule } from "../../engine/index.ts";
import { divergedBadge } from "../canvas/readouts.ts";
import { divergenceOf } from "../run/divergence.ts";
import { useRun } from "../run/runStore.ts";
import { HealthIcon } from "./HealthIcon.tsx";
import { healthBadge } from "./healthWords.ts";
import { drawnNodeOf, findingsOf, type RunHealth, useRunHealth } from "./runHealth.ts";
import "./HealthMark.css";

/** Of one layer of the run: each copy in a group that repeats is one of its own. The worst first. */
const measuredOf = (health: RunHealth, nodeId: string) =>
  findingsOf(health, drawnNodeOf(nodeId)).filter((finding) => finding.nodeId === nodeId);

/** The worst finding of a layer at the step shown as a small icon, with its words in the tooltip; nothing while there is none. */
export const HealthMark = ({ nodeId }: { readonly nodeId: string }) => {
  // As on the canvas: where the run diverged stays marked at every step.
  const divergedAt = useRun((run) => {
    const divergence = divergenceOf(run);
    return divergence?.measuredId === nodeId ? divergence.step : null;
  });
  const found = useRunHealth((health) => measuredOf(health, nodeId)[0]?.rule ?? null);
  const words = useRunHealth((health) => measuredOf(health, nodeId).map(healthBadge).join(", "));
  const rule = divergedAt === null ? found : "diverged";
  if (rule === null) return null;
  const text = [divergedAt === null ? "" : divergedBadge(divergedAt), words].filter((part) => part !== "").join(", ");
  return (
    <span className="HealthMark" data-severity={healthRule(rule).severity} data-tooltip={text}>
      <HealthIcon rule={rule} size={12} />
      <span className="visually-hidden">{text}</span>
    </span>
  );
};
