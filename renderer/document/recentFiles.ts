import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { getShell } from "../app/shellAccess.ts";
import type { RecentFile } from "../shell/shell.ts";

const recentStore = createStore<{ readonly files: readonly RecentFile[] }>(() => ({ files: [] }));

export const recentFiles = (): readonly RecentFile[] => recentStore.getState().files;

export const useRecentFiles = (): readonly RecentFile[] => useStore(recentStore, (state) => state.files);

export const refreshRecentFiles = async (): Promise<void> => {
  recentStore.setState({ files: await getShell().recentFiles() });
};

const DAY_MS = 86_400_000;

/** `today 14:02`, `yesterday`, `Monday`, `3 Nov`: short enough to stand beside a name. */
export const describeWhen = (iso: string, now: Date): string => {
  const then = new Date(iso);
  if (Number.isNaN(then.getTime())) return "";
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const daysAgo = Math.ceil((midnight - then.getTime()) / DAY_MS);
  if (daysAgo <= 0) {
    const clock = `${String(then.getHours()).padStart(2, "0")}:${String(then.getMinutes()).padStart(2, "0")}`;
    return `today ${clock}`;
  }
  if (daysAgo === 1) return "yesterday";
  if (daysAgo < 7) return then.toLocaleDateString("en", { weekday: "long" });
  const sameYear = then.getFullYear() === now.getFullYear();
  return then.toLocaleDateString("en-GB", { day: "numeric", month: "short", ...(sameYear ? {} : { year: "numeric" }) });
};
