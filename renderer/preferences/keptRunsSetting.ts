/** How many of the runs that nobody has labelled stay, and on how much of the disk. Whoever keeps the runs reads it; the shelf tells what holds. */
import { RUN_LIMITS_SETTING } from "../../engine/protocol.ts";
import { getShell } from "../app/shellAccess.ts";
import { refreshFinishedRuns } from "../run/finishedRuns.ts";
import type { RunShelf } from "../shell/runHost.ts";

export const setRunLimits = async (limits: RunShelf["limits"]): Promise<void> => {
  await getShell().writeSetting(RUN_LIMITS_SETTING, JSON.stringify(limits));
  await refreshFinishedRuns();
};
