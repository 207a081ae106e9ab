import { healthRule } from "../../engine/index.ts";
import { HealthIcon } from "./HealthIcon.tsx";
import { healthBadge } from "./healthWords.ts";
import { findingsOf, useRunHealth } from "./runHealth.ts";
import "./HealthMark.css";

/** The worst finding of a layer at the step shown as a small icon, with its words in the tooltip; nothing while there is none. */
export const HealthMark = ({ nodeId }: { readonly nodeId: string }) => {
  const rule = useRunHealth((health) => findingsOf(health, nodeId)[0]?.rule ?? null);
  const text = useRunHealth((health) => findingsOf(health, nodeId).map(healthBadge).join(", "));
  if (rule === null) return null;
  return (
    <span className="HealthMark" data-severity={healthRule(rule).severity} data-tooltip={text}>
      <HealthIcon rule={rule} size={12} />
      <span className="visually-hidden">{text}</span>
    </span>
  );
};
