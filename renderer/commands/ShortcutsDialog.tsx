import { X } from "lucide-react";
import { useEffect, useRef } from "react";
import { Icon } from "../app/Icon.tsx";
import { useView, viewStore } from "../app/viewStore.ts";
import type { CommandGroup } from "./command.ts";
import { commands } from "./commandTable.ts";
import { placeKeys } from "./placeKeys.ts";
import { type Shortcut, showShortcut } from "./shortcut.ts";
import "./ShortcutsDialog.css";

const close = (): void => viewStore.setState({ shortcutsOpen: false });

interface Row {
  readonly title: string;
  readonly shortcuts: readonly Shortcut[];
}

/** Each shortcut once: commands that share one are one row. */
const rowsOf = (group: CommandGroup): readonly Row[] => {
  const shown = new Set<Shortcut>();
  return commands.flatMap(({ group: own, name, title, shortcuts }) => {
    const [first] = shortcuts;
    if (own !== group || first === undefined || shown.has(first)) return [];
    shown.add(first);
    return [{ title: name ?? title(), shortcuts }];
  });
};

const Rows = ({ title, rows }: { title: string; rows: readonly Row[] }) => (
  <section aria-label={title}>
    <h3>{title}</h3>
    <dl>
      {rows.map((row) => (
        <div key={row.title}>
          <dt>{row.title}</dt>
          <dd>
            {row.shortcuts.map((shortcut) => (
              <kbd key={shortcut} className="kbd">
                {showShortcut(shortcut)}
              </kbd>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  </section>
);

const Dialog = () => {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  const groups = [...new Set(commands.map(({ group }) => group))];
  return (
    <dialog
      ref={dialog}
      className="shortcuts"
      aria-labelledby="shortcuts-title"
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onPointerDown={(event) => {
        if (event.target === event.currentTarget) close();
      }}
    >
      <div className="shortcuts-head">
        <h2 id="shortcuts-title">Keyboard shortcuts</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={close}>
          <Icon of={X} size={16} />
        </button>
      </div>
      <div className="shortcuts-groups">
        {groups.map((group) => (
          <Rows key={group} title={group} rows={rowsOf(group)} />
        ))}
        {placeKeys.map(({ place, keys }) => (
          <Rows key={place} title={place} rows={keys} />
        ))}
      </div>
    </dialog>
  );
};

export const ShortcutsDialog = () => (useView((state) => state.shortcutsOpen) ? <Dialog /> : null);
