/** The one table of commands: native menus, shortcuts, buttons and the command palette all run them by id. */
import { useSyncExternalStore } from "react";
import { getShell } from "../app/shellAccess.ts";
import { viewActs } from "../app/viewActs.ts";
import { viewStore } from "../app/viewStore.ts";
import { documentStore } from "../document/documentStore.ts";
import { experimentsStore } from "../experiments/experimentsStore.ts";
import { runStore } from "../run/runStore.ts";
import type { CommandId } from "../shell/shell.ts";
import { themeStore } from "../theme/theme.ts";
import { arrangeCommands } from "./arrangeCommands.ts";
import { clipboardCommands } from "./clipboardCommands.ts";
import type { Command } from "./command.ts";
import { customShortcuts, shortcutsOf } from "./customShortcuts.ts";
import { dataCommands } from "./dataCommands.ts";
import { editCommands } from "./editCommands.ts";
import { fileCommands } from "./fileCommands.ts";
import { findCommands } from "./findCommands.ts";
import { healthCommands } from "./healthCommands.ts";
import { lessonCommands } from "./lessonCommands.ts";
import { runCommands } from "./runCommands.ts";
import { scrubCommands } from "./scrubCommands.ts";
import type { Shortcut } from "./shortcut.ts";
import { structureCommands } from "./structureCommands.ts";
import { studyCommands } from "./studyCommands.ts";
import { viewCommands } from "./viewCommands.ts";

export const commands: readonly Command[] = [
  ...fileCommands,
  ...editCommands,
  ...arrangeCommands,
  ...clipboardCommands,
  ...structureCommands,
  ...viewCommands,
  ...findCommands,
  ...healthCommands,
  ...runCommands,
  ...dataCommands,
  ...studyCommands,
  ...scrubCommands,
  ...lessonCommands,
];

const byId: ReadonlyMap<CommandId, Command> = new Map(commands.map((command) => [command.id, command]));

export const commandOf = (id: CommandId): Command | undefined => byId.get(id);

/** As the user has set it; null: it has none. */
export const shortcutOf = (id: CommandId): Shortcut | null => {
  const command = byId.get(id);
  return (command && shortcutsOf(command)[0]) ?? null;
};

/** Runs a command if it can run now; tells whether the id is known. */
export const runCommand = (id: CommandId, argument: string | null = null): boolean => {
  const command = byId.get(id);
  if (command && command.disabledBecause() === null) void command.run(argument);
  return command !== undefined;
};

export interface CommandFacts {
  readonly title: string;
  readonly shortcut: Shortcut | null;
  readonly disabledBecause: string | null;
}

const subscribe = (listener: () => void): (() => void) => {
  const stops = [
    documentStore.subscribe(listener),
    runStore.subscribe(listener),
    viewStore.subscribe(listener),
    viewActs.subscribe(listener),
    experimentsStore.subscribe(listener),
    themeStore.subscribe(listener),
    customShortcuts.subscribe(listener),
  ];
  return () => {
    for (const stop of stops) stop();
  };
};

/** Title, shortcut and state of a command, kept up to date. */
export const useCommand = (id: CommandId): CommandFacts => {
  const command = byId.get(id);
  if (!command) throw new Error(`There is no command "${id}".`);
  const title = useSyncExternalStore(subscribe, command.title);
  const disabledBecause = useSyncExternalStore(subscribe, command.disabledBecause);
  const shortcut = useSyncExternalStore(subscribe, () => shortcutsOf(command)[0] ?? null);
  return { title, disabledBecause, shortcut };
};

/** Commands from the native menu or the shell, by id. Returns how to stop. */
export const followShell = (): (() => void) => getShell().onCommand(runCommand);
