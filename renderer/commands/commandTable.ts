/** The one table of commands: native menus, shortcuts, buttons and the command palette all run them by id. */
import { useSyncExternalStore } from "react";
import { getShell } from "../app/shellAccess.ts";
import { viewStore } from "../app/viewStore.ts";
import { documentStore } from "../document/documentStore.ts";
import { runStore } from "../run/runStore.ts";
import type { CommandId } from "../shell/shell.ts";
import { themeStore } from "../theme/theme.ts";
import type { Command } from "./command.ts";
import { editCommands } from "./editCommands.ts";
import { fileCommands } from "./fileCommands.ts";
import { healthCommands } from "./healthCommands.ts";
import { runCommands } from "./runCommands.ts";
import { scrubCommands } from "./scrubCommands.ts";
import type { Shortcut } from "./shortcut.ts";
import { viewCommands } from "./viewCommands.ts";

export const commands: readonly Command[] = [
  ...fileCommands,
  ...editCommands,
  ...viewCommands,
  ...healthCommands,
  ...runCommands,
  ...scrubCommands,
];

const byId: ReadonlyMap<CommandId, Command> = new Map(commands.map((command) => [command.id, command]));

export const commandOf = (id: CommandId): Command | undefined => byId.get(id);

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
    themeStore.subscribe(listener),
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
  return { title, disabledBecause, shortcut: command.shortcuts[0] ?? null };
};

/** Commands from the native menu or the shell, by id. Returns how to stop. */
export const followShell = (): (() => void) => getShell().onCommand(runCommand);
