/** Every edit since the document was opened; a click or the arrow keys go to any of them, back and forth. */
import { X } from "lucide-react";
import { useEffect, useRef } from "react";
import { Icon } from "../app/Icon.tsx";
import { useView, viewStore } from "../app/viewStore.ts";
import { documentStore, useDocument } from "../document/documentStore.ts";
import { historyRows } from "./historyRows.ts";
import "./HistoryPanel.css";

const close = (): void => {
  viewStore.setState({ historyOpen: false });
  document.querySelector<HTMLElement>('[data-region="canvas"]')?.focus({ preventScroll: true });
};

/** Up is newer, as in the list. */
const targetOf = (key: string): number | null => {
  const { past, future } = documentStore.getState();
  const last = past.length + future.length;
  if (key === "ArrowUp") return Math.min(last, past.length + 1);
  if (key === "ArrowDown") return Math.max(0, past.length - 1);
  if (key === "Home") return last;
  return key === "End" ? 0 : null;
};

const pressed = (event: React.KeyboardEvent): void => {
  const target = targetOf(event.key);
  if (event.key === "Escape") close();
  else if (target !== null) documentStore.getState().goTo(target);
  else return;
  event.preventDefault();
  event.stopPropagation();
};

const Panel = () => {
  const list = useRef<HTMLDivElement>(null);
  // Each of them is replaced whole when it changes.
  const document = useDocument((state) => state.document);
  const past = useDocument((state) => state.past);
  const future = useDocument((state) => state.future);
  const saved = useDocument((state) => state.saved);
  const opened = useDocument((state) => state.opened);
  const file = useDocument((state) => state.file);
  const rows = historyRows({ document, past, future, saved, opened, file });
  const at = past.length;

  useEffect(() => {
    list.current?.querySelector<HTMLElement>('[aria-selected="true"]')?.focus();
  }, []);
  useEffect(() => {
    const current = list.current?.querySelector<HTMLElement>(`[data-index="${at}"]`);
    current?.scrollIntoView({ block: "nearest" });
    // The keyboard goes with the state that it went to.
    if (list.current?.contains(globalThis.document.activeElement)) current?.focus();
  }, [at]);

  return (
    <aside className="history" data-region="history" aria-label="History of edits" tabIndex={-1}>
      <div className="history-head">
        <h2>History</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={close}>
          <Icon of={X} size={14} />
        </button>
      </div>
      <div
        ref={list}
        className="history-list"
        role="listbox"
        aria-label="States of the document, newest first"
        tabIndex={-1}
        onKeyDown={pressed}
      >
        {rows.map(({ index, title, place, isSaved }) => (
          <button
            type="button"
            key={index}
            role="option"
            aria-selected={place === "current"}
            tabIndex={place === "current" ? 0 : -1}
            data-index={index}
            data-place={place}
            className="history-row"
            onClick={() => documentStore.getState().goTo(index)}
          >
            <span className="history-title" title={title}>
              {title}
            </span>
            {place === "future" && <span className="visually-hidden">undone</span>}
            {isSaved && <span className="history-saved">saved</span>}
          </button>
        ))}
      </div>
    </aside>
  );
};

export const HistoryPanel = () => (useView((state) => state.historyOpen) ? <Panel /> : null);
