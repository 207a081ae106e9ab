/** How many of the runs that nobody has labelled stay, and on how much of the disk. Whoever keeps the runs reads it; the shelf tells what holds. */
import { RUN_LIMITS_SETTING } from "../../engine/protocol.ts";
import { keepSetting } from "../app/keepSetting.ts";
import { refreshFinishedRuns } from "../run/finishedRuns.ts";
import type { RunShelf } from "../shell/runHost.ts";

export const setRunLimits = async (limits: RunShelf["limits"]): Promise<void> => {
  await keepSetting(RUN_LIMITS_SETTING, JSON.stringify(limits));
  await refreshFinishedRuns();
};
