import { useLiveText } from "./liveRun.ts";
import type { RunStoreState } from "./runStore.ts";

/** A number of the run that changes while it streams, written past React. */
export const LiveText = ({ read, className }: { read: (run: RunStoreState) => string; className?: string }) => (
  <span ref={useLiveText<HTMLSpanElement>(read)} className={className} />
);
