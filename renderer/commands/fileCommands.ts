import { getShell } from "../app/shellAccess.ts";
import { viewStore } from "../app/viewStore.ts";
import { documentStore } from "../document/documentStore.ts";
import { exportOnnx } from "../document/exportOnnx.ts";
import { exportTorch, torchRefusal } from "../document/exportTorch.ts";
import {
  documentTitle,
  exportModel,
  openExample,
  openFile,
  openRecent,
  save,
  saveAs,
  showDocument,
  showStart,
  startNew,
} from "../document/fileActions.ts";
import { reloadFile } from "../document/fileOnDisk.ts";
import { exportRefusal } from "../run/netRefusals.ts";
import { runStore } from "../run/runStore.ts";
import { type Command, onlyInEditor } from "./command.ts";

export const fileCommands: readonly Command[] = [
  {
    id: "file.new",
    title: () => "New document",
    group: "File",
    shortcuts: ["Mod+N"],
    disabledBecause: () => null,
    run: startNew,
  },
  {
    id: "file.newWindow",
    title: () => "New window",
    group: "File",
    shortcuts: ["Mod+Shift+N"],
    disabledBecause: () => null,
    run: () => getShell().openWindow(),
  },
  {
    id: "file.open",
    title: () => "Open…",
    group: "File",
    shortcuts: ["Mod+O"],
    disabledBecause: () => null,
    run: openFile,
  },
  {
    id: "file.openRecent",
    title: () => "Open a recent document",
    group: "File",
    shortcuts: [],
    hidden: true,
    disabledBecause: () => null,
    run: (handle) => (handle === null ? undefined : openRecent(handle)),
  },
  {
    // The host opened a file from outside: a double click in a file manager.
    id: "file.openPath",
    title: () => "Open a document",
    group: "File",
    shortcuts: [],
    hidden: true,
    disabledBecause: () => null,
    run: (handle) => (handle === null ? undefined : openRecent(handle)),
  },
  {
    id: "file.openExample",
    title: () => "Open an example",
    group: "File",
    shortcuts: [],
    hidden: true,
    disabledBecause: () => null,
    run: (name) => (name === null ? undefined : openExample(name)),
  },
  {
    id: "file.save",
    title: () => "Save",
    group: "File",
    shortcuts: ["Mod+S"],
    disabledBecause: onlyInEditor,
    run: async () => {
      await save();
    },
  },
  {
    id: "file.saveAs",
    title: () => "Save as…",
    group: "File",
    shortcuts: ["Mod+Shift+S"],
    disabledBecause: onlyInEditor,
    run: async () => {
      await saveAs();
    },
  },
  {
    id: "file.reload",
    title: () => "Reload from the disk",
    group: "File",
    shortcuts: [],
    disabledBecause: () =>
      onlyInEditor() ?? (documentStore.getState().file.handle === null ? "The document is in no file yet" : null),
    run: reloadFile,
  },
  {
    id: "file.exportModel",
    title: () => "Export the trained net…",
    group: "File",
    shortcuts: ["Mod+E"],
    disabledBecause: () => onlyInEditor() ?? exportRefusal(runStore.getState()),
    run: async () => {
      await exportModel();
    },
  },
  {
    id: "file.exportOnnx",
    title: () => "Export as ONNX…",
    group: "File",
    shortcuts: [],
    disabledBecause: () => onlyInEditor() ?? exportRefusal(runStore.getState()),
    run: exportOnnx,
  },
  {
    id: "file.exportTorch",
    title: () => "Export as PyTorch code…",
    group: "File",
    shortcuts: [],
    disabledBecause: () => onlyInEditor() ?? torchRefusal(),
    run: exportTorch,
  },
  {
    id: "file.preferences",
    title: () => "Preferences…",
    name: "Preferences",
    keywords: "settings options theme threads",
    group: "File",
    shortcuts: ["Mod+,"],
    disabledBecause: () => null,
    run: () => viewStore.setState({ preferencesOpen: true }),
  },
  {
    id: "file.document",
    title: () => `Back to ${documentTitle(documentStore.getState().file)}`,
    name: "Back to the document",
    group: "File",
    shortcuts: [],
    disabledBecause: () => {
      if (viewStore.getState().view === "editor") return "The document is on screen";
      return documentStore.getState().openedCount === 0 ? "No document is open" : null;
    },
    run: showDocument,
  },
  {
    id: "file.start",
    title: () => "Start page",
    group: "File",
    shortcuts: [],
    disabledBecause: () => (viewStore.getState().view === "start" ? "This is the start page" : null),
    run: showStart,
  },
];
