/** The host of this page, chosen once in `main.tsx` before anything renders. */
import type { Shell } from "../shell/shell.ts";

let active: Shell | null = null;

export const setShell = (shell: Shell): void => {
  active = shell;
};

export const getShell = (): Shell => {
  if (!active) throw new Error("The shell is asked for before main.tsx has chosen one.");
  return active;
};
