import { ChevronDown, History, Minus, Redo2, Search, Settings, Square, Undo2, Upload, X } from "lucide-react";
import { CommandButton } from "../commands/CommandButton.tsx";
import { CommandKey } from "../commands/CommandKey.tsx";
import { commandOf, runCommand, shortcutOf } from "../commands/commandTable.ts";
import { useDocument } from "../document/documentStore.ts";
import { documentTitle, openExample, openRecent } from "../document/fileActions.ts";
import { recentFiles } from "../document/recentFiles.ts";
import { RunChip } from "../run/RunChip.tsx";
import { examples } from "../start/examples.ts";
import { setTheme, THEME_TITLES, THEMES, themeStore } from "../theme/theme.ts";
import { Icon } from "./Icon.tsx";
import { Logo } from "./Logo.tsx";
import { MenuButton, type MenuItem, type MenuSection } from "./Menu.tsx";
import { getShell } from "./shellAccess.ts";
import "./TopBar.css";
import { isOfDocument, useView } from "./viewStore.ts";

const MAX_RECENT = 5;

const commandItem = (id: string): MenuItem => {
  const command = commandOf(id);
  return {
    id,
    title: command?.title() ?? id,
    shortcut: shortcutOf(id),
    disabled: command?.disabledBecause() !== null,
    onSelect: () => runCommand(id),
  };
};

const fileSections = (): readonly MenuSection[] => [
  { items: ["file.new", "file.newWindow", "file.open"].map(commandItem) },
  { items: ["file.save", "file.saveAs", "file.exportModel", "file.exportOnnx", "file.exportTorch"].map(commandItem) },
  {
    heading: "Open example",
    items: examples.map(({ id, title, fileName }) => ({
      id: `example-${id}`,
      title,
      onSelect: () => void openExample(fileName),
    })),
  },
  ...(recentFiles().length === 0
    ? []
    : [
        {
          heading: "Recent",
          items: recentFiles()
            .slice(0, MAX_RECENT)
            .map(({ handle, fileName, folder }) => ({
              id: `recent-${handle}`,
              title: fileName,
              note: folder,
              onSelect: () => void openRecent(handle),
            })),
        },
      ]),
  { items: ["help.lessons", "file.start"].map(commandItem) },
];

const exportSections = (): readonly MenuSection[] => [
  { items: ["file.exportModel", "file.exportOnnx", "file.exportTorch"].map(commandItem) },
];

const settingsSections = (): readonly MenuSection[] => [
  {
    heading: "Theme",
    items: THEMES.map((theme) => ({
      id: theme,
      title: THEME_TITLES[theme],
      checked: themeStore.getState().theme === theme,
      onSelect: () => setTheme(theme),
    })),
  },
  { items: ["file.preferences", "help.shortcuts"].map(commandItem) },
];

const DocumentName = () => {
  const file = useDocument((state) => state.file);
  const edited = useDocument((state) => state.edited);
  const title = documentTitle(file);
  return (
    <MenuButton
      className="top-bar-file"
      label={`File menu of ${title}${edited ? ", unsaved changes" : ""}`}
      tooltip={file.folder === "" ? "File" : `${file.folder}/${file.fileName}`}
      sections={fileSections}
    >
      <span className="top-bar-title">{title}</span>
      <span className="top-bar-unsaved" data-testid={edited ? "unsaved" : undefined} data-edited={edited} />
      <Icon of={ChevronDown} size={14} />
    </MenuButton>
  );
};

const WindowControls = () => {
  const shell = getShell();
  const { drawn, right } = shell.windowControls;
  if (!drawn) return right > 0 ? <div className="top-bar-reserved" style={{ width: right }} /> : null;
  return (
    <div className="top-bar-window">
      <button type="button" aria-label="Minimize the window" tabIndex={-1} onClick={() => shell.minimizeWindow()}>
        <Icon of={Minus} size={15} />
      </button>
      <button type="button" aria-label="Maximize the window" tabIndex={-1} onClick={() => shell.toggleMaximizeWindow()}>
        <Icon of={Square} size={13} />
      </button>
      <button
        type="button"
        className="top-bar-close"
        aria-label="Close the window"
        tabIndex={-1}
        onClick={() => shell.closeWindow()}
      >
        <Icon of={X} size={16} />
      </button>
    </div>
  );
};

const VIEWS = [
  { id: "canvas", title: "Canvas", command: "view.canvas" },
  { id: "statistics", title: "Statistics", command: "view.statistics" },
  { id: "bench", title: "Test bench", command: "view.bench" },
  { id: "experiments", title: "Experiments", command: "view.experiments" },
  { id: "runs", title: "Runs", command: "view.runs" },
] as const;

const ViewSwitch = () => {
  const editorView = useView((state) => state.editorView);
  return (
    <nav className="top-bar-views" aria-label="Views">
      {VIEWS.map(({ id, title, command }) => (
        <button
          key={id}
          type="button"
          aria-current={editorView === id ? "page" : undefined}
          data-tooltip={commandOf(command)?.title()}
          data-command={command}
          onClick={() => runCommand(command)}
        >
          <span data-title={title}>{title}</span>
        </button>
      ))}
    </nav>
  );
};

/** The title bar: drags the window, names the document, and holds what is always at hand. */
export const TopBar = () => {
  const view = useView((state) => state.view);
  const editorView = useView((state) => state.editorView);
  const shell = getShell();
  const hasMenu = shell.platform === "windows" || shell.platform === "linux";
  return (
    <header className="top-bar" data-region="top" tabIndex={-1} style={{ paddingLeft: shell.windowControls.left }}>
      <div className="top-bar-side">
        {hasMenu ? (
          <button type="button" className="top-bar-logo" aria-label="Application menu" onClick={() => shell.showMenu()}>
            <Logo />
          </button>
        ) : (
          <span className="top-bar-logo">
            <Logo />
          </span>
        )}
        {view === "editor" ? (
          <>
            <h1 className="top-bar-document">
              <DocumentName />
            </h1>
            <span className="top-bar-divider" />
            <CommandButton id="edit.undo" className="icon-button" icon={Undo2} iconSize={16} />
            <CommandButton id="edit.redo" className="icon-button" icon={Redo2} iconSize={16} />
            <CommandButton id="edit.history" className="icon-button top-bar-history" icon={History} iconSize={16} />
          </>
        ) : (
          <h1 className="top-bar-product">Layerscope</h1>
        )}
        <div className="run-chip-room">{view === "editor" && !isOfDocument(editorView) && <RunChip />}</div>
      </div>
      {view === "editor" && <ViewSwitch />}
      <div className="top-bar-side top-bar-end">
        <button
          type="button"
          className="top-bar-commands"
          aria-label="Commands"
          data-tooltip="Search every command"
          onClick={() => runCommand("view.commands")}
        >
          <Icon of={Search} size={14} />
          <span>Commands</span>
          <CommandKey id="view.commands" />
        </button>
        {view === "editor" && (
          <div className="top-bar-export">
            <CommandButton id="file.exportModel" className="button button-quiet" icon={Upload} label="Export" />
            <MenuButton className="icon-button" label="All exports" tooltip="All exports" sections={exportSections}>
              <Icon of={ChevronDown} size={14} />
            </MenuButton>
          </div>
        )}
        <MenuButton className="icon-button" label="Settings" tooltip="Settings" sections={settingsSections}>
          <Icon of={Settings} size={16} />
        </MenuButton>
        <WindowControls />
      </div>
    </header>
  );
};
