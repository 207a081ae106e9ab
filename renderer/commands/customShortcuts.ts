/** Shortcuts as the user has set them: kept in the settings, by command. What is not there has the shortcut of the table. */
import { z } from "zod";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { keepSetting } from "../app/keepSetting.ts";
import { getShell } from "../app/shellAccess.ts";
import type { CommandId } from "../shell/shell.ts";
import type { Command } from "./command.ts";
import type { Shortcut } from "./shortcut.ts";

/** The main process reads it too, for the menu. */
const SETTING = "shortcuts";

const settingSchema = z.record(z.string(), z.array(z.string().min(1).max(40)).max(4));

type ByCommand = Readonly<Record<CommandId, readonly Shortcut[]>>;

export const customShortcuts = createStore<{ readonly byCommand: ByCommand }>(() => ({ byCommand: {} }));

export const useCustomShortcuts = (): ByCommand => useStore(customShortcuts, (state) => state.byCommand);

/** The first is shown. */
export const shortcutsOf = ({ id, shortcuts }: Pick<Command, "id" | "shortcuts">): readonly Shortcut[] =>
  customShortcuts.getState().byCommand[id] ?? shortcuts;

const keep = (byCommand: ByCommand): void => {
  customShortcuts.setState({ byCommand });
  void keepSetting(SETTING, JSON.stringify(byCommand));
};

/** New shortcuts for commands; null gives each the ones of the table back. */
export const setShortcuts = (ids: readonly CommandId[], shortcuts: readonly Shortcut[] | null): void => {
  const others = Object.entries(customShortcuts.getState().byCommand).filter(([id]) => !ids.includes(id));
  keep(Object.fromEntries([...others, ...(shortcuts === null ? [] : ids.map((id) => [id, shortcuts] as const))]));
};

export const resetAllShortcuts = (): void => keep({});

export const restoreShortcuts = async (): Promise<void> => {
  const text = await getShell().readSetting(SETTING);
  if (text === null) return;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // A setting that is no JSON is none: the table's shortcuts hold.
    return;
  }
  const read = settingSchema.safeParse(value);
  if (read.success) customShortcuts.setState({ byCommand: read.data });
};
