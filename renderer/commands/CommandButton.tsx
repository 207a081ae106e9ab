import type { LucideIcon } from "lucide-react";
import { Icon } from "../app/Icon.tsx";
import { runCommand, useCommand } from "./commandTable.ts";

interface CommandButtonProps {
  readonly id: string;
  readonly icon: LucideIcon;
  readonly className: string;
  /** Without one the button is its icon alone and named after the command. */
  readonly label?: string;
  readonly iconSize?: number;
}

/**
 * A button of one command, with its title, shortcut and the reason why it cannot run in the tooltip. It stays focusable when
 * disabled, so that the reason can be read by keyboard too.
 */
export const CommandButton = ({ id, icon, className, label, iconSize = 15 }: CommandButtonProps) => {
  const command = useCommand(id);
  const tooltip = command.disabledBecause ?? command.title;
  return (
    <button
      type="button"
      className={className}
      aria-disabled={command.disabledBecause !== null}
      aria-label={label === undefined ? command.title : undefined}
      data-tooltip={tooltip}
      data-shortcut={command.disabledBecause === null ? (command.shortcut ?? undefined) : undefined}
      onClick={() => runCommand(id)}
    >
      <Icon of={icon} size={iconSize} />
      {label}
    </button>
  );
};
