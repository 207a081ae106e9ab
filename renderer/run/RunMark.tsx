import type { RunPhase } from "./runState.ts";
import "./RunMark.css";

/** The dot before the word for a run's phase. */
export const RunMark = ({ phase }: { phase: RunPhase }) => <span className="run-mark" data-phase={phase} />;
