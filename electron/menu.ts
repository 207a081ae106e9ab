/** The application menu. Its items send command ids to the page; the page knows what can be done and does it. */
import type { MenuItemConstructorOptions } from "electron";

export interface MenuContext {
  readonly isMac: boolean;
  readonly appName: string;
  readonly recentFiles: readonly { readonly handle: string; readonly fileName: string; readonly folder: string }[];
  /** File names in `examples/`. */
  readonly examples: readonly string[];
  /** What the user has set instead of the accelerators below, by command; null is none. */
  readonly accelerators: Readonly<Record<string, string | null>>;
  readonly send: (command: string, argument?: string) => void;
  readonly newWindow: () => void;
  readonly clearRecentFiles: () => void;
}

/** `lenet-bn-avg.layerscope` is shown as `lenet-bn-avg`. */
const withoutExtension = (fileName: string): string => fileName.replace(/\.layerscope$/, "");

export const menuTemplate = (context: MenuContext): MenuItemConstructorOptions[] => {
  /**
   * The page handles its own shortcuts, also in a browser. On Windows and Linux the menu therefore only shows them: registered there too,
   * one key press would act twice. On a Mac the page's handling of a key keeps it from the menu.
   */
  const command = (id: string, label: string, preset?: string): MenuItemConstructorOptions => {
    const own = context.accelerators[id];
    const accelerator = own === undefined ? preset : (own ?? undefined);
    return {
      id,
      label,
      ...(accelerator === undefined ? {} : { accelerator, registerAccelerator: false }),
      click: () => context.send(id),
    };
  };
  const separator: MenuItemConstructorOptions = { type: "separator" };

  const recent: MenuItemConstructorOptions[] =
    context.recentFiles.length === 0
      ? [{ label: "No recent files", enabled: false }]
      : [
          ...context.recentFiles.map((file) => ({
            label: `${file.fileName} – ${file.folder}`,
            click: () => context.send("file.openRecent", file.handle),
          })),
          separator,
          { label: "Clear recent files", click: context.clearRecentFiles },
        ];
  const examples = context.examples.map((fileName) => ({
    label: withoutExtension(fileName),
    click: () => context.send("file.openExample", fileName),
  }));

  const preferences = command("file.preferences", "Preferences…", "CmdOrCtrl+,");
  const macApp: MenuItemConstructorOptions = {
    label: context.appName,
    submenu: [
      { role: "about" },
      separator,
      preferences,
      separator,
      { role: "services" },
      separator,
      { role: "hide" },
      { role: "hideOthers" },
      { role: "unhide" },
      separator,
      { role: "quit" },
    ],
  };

  const file: MenuItemConstructorOptions = {
    label: "&File",
    submenu: [
      command("file.new", "New", "CmdOrCtrl+N"),
      {
        id: "file.newWindow",
        label: "New window",
        accelerator: "CmdOrCtrl+Shift+N",
        registerAccelerator: false,
        // Also on a Mac without any window, where no page could be asked.
        click: context.newWindow,
      },
      command("file.open", "Open…", "CmdOrCtrl+O"),
      { label: "Open recent", submenu: recent },
      { label: "Open example", submenu: examples },
      separator,
      command("file.save", "Save", "CmdOrCtrl+S"),
      command("file.saveAs", "Save as…", "CmdOrCtrl+Shift+S"),
      command("file.reload", "Reload from the disk"),
      command("file.exportModel", "Export the trained net…", "CmdOrCtrl+E"),
      command("file.exportOnnx", "Export as ONNX…"),
      command("file.exportTorch", "Export as PyTorch code…"),
      separator,
      ...(context.isMac ? [] : [preferences, separator]),
      { label: "Close window", role: "close", accelerator: "CmdOrCtrl+W" },
      ...(context.isMac ? [] : [{ label: "Quit", role: "quit" as const, accelerator: "CmdOrCtrl+Q" }]),
    ],
  };
  const edit: MenuItemConstructorOptions = {
    label: "&Edit",
    submenu: [
      command("edit.undo", "Undo", "CmdOrCtrl+Z"),
      command("edit.redo", "Redo", context.isMac ? "Cmd+Shift+Z" : "Ctrl+Y"),
      command("edit.history", "History of edits", "CmdOrCtrl+Shift+H"),
      separator,
      // A Mac's text fields get these keys from the menu.
      ...(context.isMac
        ? [{ role: "cut" as const }, { role: "copy" as const }, { role: "paste" as const }]
        : [
            command("edit.cut", "Cut", "CmdOrCtrl+X"),
            command("edit.copy", "Copy", "CmdOrCtrl+C"),
            command("edit.paste", "Paste", "CmdOrCtrl+V"),
          ]),
      command("edit.delete", "Delete", "Delete"),
      command("edit.selectAll", "Select all", "CmdOrCtrl+A"),
      separator,
      command("edit.bypass", "Bypass", "CmdOrCtrl+B"),
      command("edit.fold", "Fold", "CmdOrCtrl+Shift+F"),
      command("edit.group", "Group", "CmdOrCtrl+G"),
      command("edit.ungroup", "Ungroup", "CmdOrCtrl+Shift+G"),
      command("edit.collapse", "Collapse or open the group", "CmdOrCtrl+Shift+K"),
      command("edit.addNote", "Add a note", "CmdOrCtrl+J"),
      command("edit.saveTemplate", "Save the selection as a template…"),
    ],
  };
  const view: MenuItemConstructorOptions = {
    label: "&View",
    submenu: [
      command("view.canvas", "Canvas", "CmdOrCtrl+1"),
      command("view.statistics", "Statistics", "CmdOrCtrl+2"),
      command("view.bench", "Test bench", "CmdOrCtrl+3"),
      command("view.experiments", "Experiments", "CmdOrCtrl+4"),
      command("view.runs", "Runs", "CmdOrCtrl+5"),
      separator,
      command("view.zoomIn", "Zoom in", "CmdOrCtrl+="),
      command("view.zoomOut", "Zoom out", "CmdOrCtrl+-"),
      command("view.fit", "Fit the net", "CmdOrCtrl+0"),
      separator,
      command("view.larger", "Make the interface larger"),
      command("view.smaller", "Make the interface smaller"),
      command("view.theme", "Switch light and dark"),
      { role: "togglefullscreen" },
      separator,
      { role: "toggleDevTools" },
    ],
  };
  const run: MenuItemConstructorOptions = {
    label: "&Run",
    submenu: [
      command("run.train", "Train", "CmdOrCtrl+Enter"),
      command("run.pause", "Pause or resume"),
      command("run.step", "Step one batch", "F10"),
      command("run.stop", "Stop", "Shift+F5"),
      command("run.trainPair", "Train with and without…", "CmdOrCtrl+Alt+Enter"),
      command("run.startFromNet", "Start from a trained net…"),
      command("run.startFromRun", "Start from this run’s net"),
      separator,
      command("run.recomputeStatistics", "Recompute population statistics"),
      command("run.restoreStatistics", "Restore the running statistics of training"),
      command("run.checkGradients", "Check gradients"),
      command("study.new", "New study…"),
    ],
  };
  const help: MenuItemConstructorOptions = {
    label: "&Help",
    role: "help",
    submenu: [
      command("help.lessons", "Lessons"),
      command("help.tour", "Take the tour"),
      command("help.shortcuts", "Keyboard shortcuts"),
    ],
  };
  return [
    ...(context.isMac ? [macApp] : []),
    file,
    edit,
    view,
    run,
    ...(context.isMac ? [{ role: "windowMenu" as const }] : []),
    help,
  ];
};
