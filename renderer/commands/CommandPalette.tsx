import { Search } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { layers } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { useView, viewStore } from "../app/viewStore.ts";
import { documentStore } from "../document/documentStore.ts";
import { openExample, openRecent, openStudyText } from "../document/fileActions.ts";
import { recentFiles } from "../document/recentFiles.ts";
import { studyExamples } from "../experiments/studyExamples.ts";
import { addLayer, defaultPlace, showSelected } from "../palette/addLayer.ts";
import { insertTemplate } from "../palette/addTemplate.ts";
import { allTemplates } from "../palette/allTemplates.ts";
import { examples } from "../start/examples.ts";
import { setTheme, THEME_TITLES, THEMES, themeStore } from "../theme/theme.ts";
import { canvasViewport } from "./canvasViewport.ts";
import { commands, shortcutOf } from "./commandTable.ts";
import { recentCommands, rememberCommand } from "./recentCommands.ts";
import { type Searchable, searchItems } from "./searchItems.ts";
import { type Shortcut, showShortcut } from "./shortcut.ts";
import "./CommandPalette.css";

interface PaletteItem extends Searchable {
  readonly id: string;
  readonly shortcut: Shortcut | null;
  readonly disabledBecause: string | null;
  readonly run: () => void;
}

const close = (): void => viewStore.setState({ commandsOpen: false });

/** What was used last comes first. */
const recentFirst = (items: readonly PaletteItem[]): readonly PaletteItem[] => {
  const recent = recentCommands()
    .map((id) => items.find((item) => item.id === id && item.disabledBecause === null))
    .filter((item) => item !== undefined);
  return [...recent, ...items.filter((item) => !recent.includes(item))];
};

/** Commands, layers, what can be opened or inserted, the nodes of the graph; last what cannot be done now, with the reason. */
const gather = (): readonly PaletteItem[] => {
  const { view } = viewStore.getState();
  const ofTable = commands
    // Themes are listed one by one below, instead of the next one.
    .filter(({ hidden, id }) => !hidden && id !== "view.commands" && id !== "view.theme")
    .map((command) => ({
      id: command.id,
      title: command.title(),
      group: command.group,
      ...(command.keywords === undefined ? {} : { keywords: command.keywords }),
      shortcut: shortcutOf(command.id),
      disabledBecause: command.disabledBecause(),
      run: () => void command.run(null),
    }));
  const plain = { shortcut: null, disabledBecause: null };
  return [
    ...ofTable.filter(({ disabledBecause }) => disabledBecause === null),
    ...(view === "editor" ? layers : []).map(({ kind, title }) => ({
      ...plain,
      id: `add-${kind}`,
      title: `Add ${title}`,
      name: title,
      group: "Layer",
      run: () => {
        addLayer(kind, defaultPlace());
        showSelected();
      },
    })),
    ...examples.map(({ id, title, fileName }) => ({
      ...plain,
      id: `example-${id}`,
      title: `Open ${title}`,
      name: title,
      group: "Example",
      run: () => void openExample(fileName),
    })),
    ...studyExamples.map(({ id, title, text }) => ({
      ...plain,
      id: `study-${id}`,
      title: `Open ${title}`,
      group: "Study",
      run: () => openStudyText(text, title),
    })),
    ...recentFiles().map(({ handle, fileName }) => ({
      ...plain,
      id: `recent-${handle}`,
      title: `Open ${fileName}`,
      name: fileName,
      group: "Recent",
      run: () => void openRecent(handle),
    })),
    ...(view === "editor" ? allTemplates() : []).map((template) => ({
      ...plain,
      id: `template-${template.id}`,
      title: `Insert template ${template.title}`,
      name: template.title,
      group: "Template",
      run: () => insertTemplate(template),
    })),
    ...(view === "editor" ? documentStore.getState().document.nodes : []).map(({ id, name }) => ({
      ...plain,
      id: `node-${id}`,
      title: `Go to ${name}`,
      name,
      group: "Node",
      run: () => {
        documentStore.getState().select([id]);
        canvasViewport()?.showNode(id);
      },
    })),
    ...THEMES.filter((theme) => theme !== themeStore.getState().theme).map((theme) => ({
      ...plain,
      id: `theme-${theme}`,
      title: `Theme: ${THEME_TITLES[theme].toLowerCase()}`,
      group: "View",
      keywords: "appearance mode",
      run: () => setTheme(theme),
    })),
    ...ofTable.filter(({ disabledBecause }) => disabledBecause !== null),
  ];
};

const Dialog = () => {
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const listId = useId();
  const [all] = useState(() => recentFirst(gather()));
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const found = searchItems(all, query);
  const chosen = found[Math.min(at, found.length - 1)];

  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  useEffect(() => {
    if (chosen)
      list.current?.querySelector(`[data-id="${CSS.escape(chosen.id)}"]`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  const run = (item: PaletteItem | undefined) => {
    if (!item || item.disabledBecause !== null) return;
    close();
    rememberCommand(item.id);
    // After the dialog has given the focus back to where it was, so that the command may move it on.
    queueMicrotask(item.run);
  };

  return (
    <dialog
      ref={dialog}
      className="command-palette"
      aria-label="Commands"
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onPointerDown={(event) => {
        if (event.target === event.currentTarget) close();
      }}
    >
      <div className="command-palette-search">
        <Icon of={Search} size={16} />
        <input
          type="text"
          role="combobox"
          aria-label="Search commands"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={chosen ? `${listId}-${chosen.id}` : undefined}
          placeholder="Search commands, layers, nodes and examples"
          autoComplete="off"
          spellCheck={false}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            const last = found.length - 1;
            if (event.key === "ArrowDown") setAt(at >= last ? 0 : at + 1);
            else if (event.key === "ArrowUp") setAt(at <= 0 ? last : at - 1);
            else if (event.key === "Enter") run(chosen);
            else return;
            event.preventDefault();
            event.stopPropagation();
          }}
        />
      </div>
      <div ref={list} id={listId} className="command-palette-list" role="listbox" aria-label="Commands">
        {found.map((item, index) => (
          <button
            type="button"
            tabIndex={-1}
            key={item.id}
            id={`${listId}-${item.id}`}
            data-id={item.id}
            role="option"
            aria-selected={item === chosen}
            aria-disabled={item.disabledBecause !== null}
            className="command-palette-item"
            onPointerMove={() => index !== at && setAt(index)}
            onClick={() => run(item)}
          >
            <span className="command-palette-title">{item.title}</span>
            <span className="command-palette-group">{item.disabledBecause ?? item.group}</span>
            {item.shortcut && <kbd className="kbd">{showShortcut(item.shortcut)}</kbd>}
          </button>
        ))}
      </div>
      {found.length === 0 && <p className="command-palette-none">No command matches “{query}”.</p>}
    </dialog>
  );
};

export const CommandPalette = () => (useView((state) => state.commandsOpen) ? <Dialog /> : null);
