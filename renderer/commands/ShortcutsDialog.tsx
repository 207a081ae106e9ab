import { RotateCcw, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Icon } from "../app/Icon.tsx";
import { useView, viewStore } from "../app/viewStore.ts";
import { resetAllShortcuts, setShortcuts, useCustomShortcuts } from "./customShortcuts.ts";
import { placeKeys } from "./placeKeys.ts";
import "./ShortcutsDialog.css";
import { type Shortcut, shortcutOfKeys, showShortcut } from "./shortcut.ts";
import { checkKey, type KeyCheck, type ShortcutRow, shortcutRows } from "./shortcutRows.ts";

const close = (): void => viewStore.setState({ shortcutsOpen: false });

const Keys = ({ shortcuts }: { readonly shortcuts: readonly Shortcut[] }) =>
  shortcuts.map((shortcut) => (
    <kbd key={shortcut} className="kbd">
      {showShortcut(shortcut)}
    </kbd>
  ));

/** Takes a key away from who has it; others of its keys stay. */
const takeFrom = ({ ids, shortcuts }: ShortcutRow, shortcut: Shortcut): void =>
  setShortcuts(
    ids,
    shortcuts.filter((other) => other !== shortcut),
  );

interface Pressed {
  readonly shortcut: Shortcut;
  readonly check: KeyCheck;
}

/** Waits for keys. Escape leaves the shortcut as it was. */
const KeyField = ({ row, onDone }: { readonly row: ShortcutRow; readonly onDone: () => void }) => {
  const [pressed, setPressed] = useState<Pressed | null>(null);
  const field = useRef<HTMLButtonElement>(null);
  useEffect(() => field.current?.focus(), []);

  const take = (shortcut: Shortcut): void => {
    setShortcuts(row.ids, [shortcut]);
    onDone();
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === "Tab") return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") {
      onDone();
      return;
    }
    const shortcut = shortcutOfKeys(event.nativeEvent);
    if (shortcut === null) return;
    const check = checkKey(shortcut, row.ids);
    if (check.status === "free") take(shortcut);
    else setPressed({ shortcut, check });
  };
  const { check } = pressed ?? {};
  return (
    <div className="shortcuts-edit">
      <button
        ref={field}
        type="button"
        className="shortcuts-press"
        aria-label={`Press new keys for ${row.title}`}
        onKeyDown={onKeyDown}
      >
        {pressed === null ? "Press new keys" : showShortcut(pressed.shortcut)}
      </button>
      <div className="shortcuts-choices">
        {check?.status === "taken" && pressed !== null && (
          <button
            type="button"
            className="button button-small"
            onClick={() => {
              takeFrom(check.by, pressed.shortcut);
              take(pressed.shortcut);
            }}
          >
            Use it here
          </button>
        )}
        {row.shortcuts.length > 0 && (
          <button
            type="button"
            className="button button-quiet button-small"
            onClick={() => {
              setShortcuts(row.ids, []);
              onDone();
            }}
          >
            Remove
          </button>
        )}
        <button type="button" className="button button-quiet button-small" onClick={onDone}>
          Cancel
        </button>
      </div>
      <p role="status">{check !== undefined && check.status !== "free" ? check.text : ""}</p>
    </div>
  );
};

const Row = ({ row }: { readonly row: ShortcutRow }) => {
  const [isEdited, setIsEdited] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const wasEdited = useRef(false);
  useEffect(() => {
    if (wasEdited.current && !isEdited) button.current?.focus();
    wasEdited.current = isEdited;
  }, [isEdited]);
  return (
    <li className={isEdited ? "is-edited" : undefined}>
      <span className="shortcuts-title">{row.title}</span>
      {row.isCustom && !isEdited && (
        <button
          type="button"
          className="icon-button shortcuts-reset"
          aria-label={`Reset the shortcut of ${row.title}`}
          data-tooltip="Reset"
          onClick={() => {
            setShortcuts(row.ids, null);
            button.current?.focus();
          }}
        >
          <Icon of={RotateCcw} size={12} />
        </button>
      )}
      {isEdited ? (
        <KeyField row={row} onDone={() => setIsEdited(false)} />
      ) : (
        <button
          ref={button}
          type="button"
          className="shortcuts-keys"
          aria-label={`${row.title}: ${row.shortcuts.map((shortcut) => showShortcut(shortcut)).join(" or ") || "no shortcut"}. Change`}
          onClick={() => setIsEdited(true)}
        >
          {row.shortcuts.length === 0 ? (
            <span className="shortcuts-none">none</span>
          ) : (
            <Keys shortcuts={row.shortcuts} />
          )}
        </button>
      )}
    </li>
  );
};

const Dialog = () => {
  const dialog = useRef<HTMLDialogElement>(null);
  const custom = useCustomShortcuts();
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  const rows = shortcutRows();
  const groups = [...new Set(rows.map(({ group }) => group))];
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
        <button
          type="button"
          className="button button-quiet button-small"
          disabled={Object.keys(custom).length === 0}
          onClick={resetAllShortcuts}
        >
          Reset all
        </button>
        <button type="button" className="icon-button" aria-label="Close" onClick={close}>
          <Icon of={X} size={16} />
        </button>
      </div>
      <p className="shortcuts-lead">Choose a shortcut to change it.</p>
      <div className="shortcuts-groups">
        {groups.map((group) => (
          <section key={group} aria-label={group}>
            <h3>{group}</h3>
            <ul>
              {rows
                .filter((row) => row.group === group)
                .map((row) => (
                  <Row key={row.ids.join(" ")} row={row} />
                ))}
            </ul>
          </section>
        ))}
        {placeKeys.map(({ place, keys }) => (
          <section key={place} aria-label={place}>
            <h3>{place}</h3>
            <ul>
              {keys.map(({ title, shortcuts }) => (
                <li key={title}>
                  <span className="shortcuts-title">{title}</span>
                  <span className="shortcuts-keys">
                    <Keys shortcuts={shortcuts} />
                  </span>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </dialog>
  );
};

export const ShortcutsDialog = () => (useView((state) => state.shortcutsOpen) ? <Dialog /> : null);
