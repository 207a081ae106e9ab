/** Shortcuts that the user has set on the page, as the menu shows them. */
import { z } from "zod";

/** As `renderer/commands/customShortcuts.ts` writes it. */
export const SHORTCUTS_SETTING = "shortcuts";

const schema = z.record(z.string(), z.array(z.string()));

const KEYS: Readonly<Record<string, string>> = {
  Mod: "CmdOrCtrl",
  Period: ".",
  ArrowUp: "Up",
  ArrowDown: "Down",
  ArrowLeft: "Left",
  ArrowRight: "Right",
  "+": "Plus",
};

/** `Mod+Shift+ArrowUp` in Electron's spelling. The last part may be the sign itself. */
const acceleratorOf = (shortcut: string): string =>
  shortcut
    .split(/\+(?!$)/)
    .map((part) => KEYS[part] ?? part)
    .join("+");

/** By command; null: the user has taken its key away. Commands that keep theirs are not named. */
export const customAccelerators = (setting: string | null): Readonly<Record<string, string | null>> => {
  if (setting === null) return {};
  let value: unknown;
  try {
    value = JSON.parse(setting);
  } catch {
    // No JSON: nothing that the page has written.
    return {};
  }
  const read = schema.safeParse(value);
  if (!read.success) return {};
  return Object.fromEntries(
    Object.entries(read.data).map(([id, [first]]) => [id, first === undefined ? null : acceleratorOf(first)]),
  );
};
