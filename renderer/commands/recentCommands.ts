/** What was last chosen in the command palette, the latest first. Kept in the settings. */
import { keepSetting } from "../app/keepSetting.ts";
import { getShell } from "../app/shellAccess.ts";

const SETTING = "recentCommands";
const MAX_RECENT = 6;

let recent: readonly string[] = [];

export const recentCommands = (): readonly string[] => recent;

export const rememberCommand = (id: string): void => {
  recent = [id, ...recent.filter((other) => other !== id)].slice(0, MAX_RECENT);
  void keepSetting(SETTING, JSON.stringify(recent));
};

export const restoreRecentCommands = async (): Promise<void> => {
  const text = await getShell().readSetting(SETTING);
  // Ids that are no longer there are not found and do no harm.
  recent = text?.match(/[\w.:-]+/g)?.slice(0, MAX_RECENT) ?? [];
};
