/** The list of all shortcuts, and who has a key already. */
import type { Command, CommandGroup } from "./command.ts";
import { commands } from "./commandTable.ts";
import { customShortcuts, shortcutsOf } from "./customShortcuts.ts";
import { placeKeys } from "./placeKeys.ts";
import { type Shortcut, showShortcut } from "./shortcut.ts";

export interface ShortcutRow {
  readonly title: string;
  readonly group: CommandGroup;
  /** Commands that hand over to each other have one key and one row. */
  readonly ids: readonly string[];
  readonly shortcuts: readonly Shortcut[];
  readonly isCustom: boolean;
}

const titleOf = ({ name, title }: Command): string => name ?? title();

export const shortcutRows = (): readonly ShortcutRow[] => {
  const rows = new Map<string, Command[]>();
  for (const command of commands) {
    if (command.hidden) continue;
    const [first] = command.shortcuts;
    const key = first ?? command.id;
    rows.set(key, [...(rows.get(key) ?? []), command]);
  }
  const { byCommand } = customShortcuts.getState();
  return [...rows.values()].flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    const ids = members.map(({ id }) => id);
    const isCustom = ids.some((id) => byCommand[id] !== undefined);
    return [{ title: titleOf(first), group: first.group, ids, shortcuts: shortcutsOf(first), isCustom }];
  });
};

/** The system and text fields have these. */
const TAKEN: Readonly<Record<Shortcut, string>> = {
  "Mod+W": "closes the window",
  "Mod+Q": "quits the app",
  "Mod+C": "copies",
  "Mod+X": "cuts",
  "Mod+V": "pastes",
  "Mod+Shift+I": "opens the developer tools",
  F11: "fills the screen",
};

export type KeyCheck =
  | { readonly status: "free" }
  /** Another command has it and would lose it. */
  | { readonly status: "taken"; readonly by: ShortcutRow; readonly text: string }
  | { readonly status: "refused"; readonly text: string };

const ALONE = /^(Shift\+)?(F\d+|Delete|Backspace|Insert)$/;

/** Whether a command may have a key. */
export const checkKey = (shortcut: Shortcut, ids: readonly string[]): KeyCheck => {
  const shown = showShortcut(shortcut);
  const by = shortcutRows().find((row) => !row.ids.some((id) => ids.includes(id)) && row.shortcuts.includes(shortcut));
  if (by !== undefined) return { status: "taken", by, text: `${shown} is “${by.title}”.` };
  const taken = TAKEN[shortcut];
  if (taken !== undefined) return { status: "refused", text: `${shown} ${taken}.` };
  const place = placeKeys.find(({ keys }) => keys.some(({ shortcuts }) => shortcuts.includes(shortcut)));
  if (place !== undefined)
    return { status: "refused", text: `${shown} has a meaning on the ${place.place.toLowerCase()}.` };
  if (/\b(Mod|Alt)\+/.test(shortcut) || ALONE.test(shortcut)) return { status: "free" };
  return { status: "refused", text: `${shown} is typed into fields. Add Ctrl or Alt.` };
};
