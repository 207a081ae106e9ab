import { useCommand } from "./commandTable.ts";
import { showShortcut } from "./shortcut.ts";

/** The key of a command as the user has set it; nothing where it has none. */
export const CommandKey = ({ id, className = "kbd" }: { readonly id: string; readonly className?: string }) => {
  const { shortcut } = useCommand(id);
  return shortcut === null ? null : <kbd className={className}>{showShortcut(shortcut)}</kbd>;
};
