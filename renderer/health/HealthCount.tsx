import { useEffect, useRef } from "react";
import { healthRule } from "../../engine/index.ts";
import { useView, viewStore } from "../app/viewStore.ts";
import { HealthIcon } from "./HealthIcon.tsx";
import { healthCounts } from "./healthWords.ts";
import { type RunHealth, useRunHealth } from "./runHealth.ts";

/** The worst finding of each node. */
const worstOf = ({ byNode }: RunHealth) => [...byNode.values()].flatMap(([first]) => first ?? []);

/** How many layers the health rules find something about at the step shown: `18 vanishing +19`. */
export const HealthCount = () => {
  const open = useView((view) => view.diagnosticsOpen);
  const all = useRunHealth((health) =>
    healthCounts(worstOf(health))
      .map(({ text }) => text)
      .join(", "),
  );
  const gravest = useRunHealth((health) => healthCounts(worstOf(health))[0]?.rule ?? null);
  const others = useRunHealth((health) => worstOf(health).filter(({ rule }) => rule !== gravest).length);
  const text = `${all.split(", ")[0]}${others > 0 ? ` +${others}` : ""}`;
  /** Of all since the run bar has it, digits as wide as any: where counts become shorter nothing moves, or the browser arranges the whole page anew. */
  const widest = useRef("");
  useEffect(() => {
    if (text.length > widest.current.length) widest.current = text.replaceAll(/\d/g, "0");
  }, [text]);
  if (gravest === null) return null;
  return (
    <button
      type="button"
      className="run-bar-finding"
      data-severity={healthRule(gravest).severity}
      data-tooltip={`Layers at the step shown: ${all}. F8 goes through them`}
      aria-label={`Health of the layers: ${all}`}
      aria-expanded={open}
      aria-controls="diagnostics"
      onClick={() => viewStore.setState({ diagnosticsOpen: !viewStore.getState().diagnosticsOpen })}
    >
      <HealthIcon rule={gravest} size={14} />
      <span className="run-bar-count" data-widest={widest.current}>
        {text}
      </span>
    </button>
  );
};
