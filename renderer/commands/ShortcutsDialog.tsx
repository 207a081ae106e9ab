import { X } from "lucide-react";
import { useEffect, useRef } from "react";
import { Icon } from "../app/Icon.tsx";
import { useView, viewStore } from "../app/viewStore.ts";
import { commands } from "./commandTable.ts";
import { showShortcut } from "./shortcut.ts";
import "./ShortcutsDialog.css";

const close = (): void => viewStore.setState({ shortcutsOpen: false });

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
        {groups.map((group) => {
          const rows = commands.filter((command) => command.group === group && command.shortcuts.length > 0);
          if (rows.length === 0) return null;
          return (
            <section key={group} aria-label={group}>
              <h3>{group}</h3>
              <dl>
                {rows.map(({ id, title, shortcuts }) => (
                  <div key={id}>
                    <dt>{title()}</dt>
                    <dd>
                      {shortcuts.map((shortcut) => (
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
        })}
      </div>
    </dialog>
  );
};

export const ShortcutsDialog = () => (useView((state) => state.shortcutsOpen) ? <Dialog /> : null);
