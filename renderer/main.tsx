import "./zodConfig.ts";
import "@fontsource-variable/inter/opsz.css";
import "@fontsource-variable/jetbrains-mono/index.css";
import "./tokens.css";
import "./app/base.css";
import "./app/controls.css";
import "./app/forcedColors.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App.tsx";
import { setShell } from "./app/shellAccess.ts";
import { notify } from "./app/viewStore.ts";
import { followShell } from "./commands/commandTable.ts";
import { restoreShortcuts } from "./commands/customShortcuts.ts";
import { listenToKeyboard } from "./commands/keyboard.ts";
import { restoreRecentCommands } from "./commands/recentCommands.ts";
import { followDatasets } from "./dataset/datasetFacts.ts";
import { keepBackup } from "./document/backup.ts";
import { mayClose, restoreWindow } from "./document/fileActions.ts";
import { followFileOnDisk } from "./document/fileOnDisk.ts";
import { planMemoryInPauses } from "./document/memoryPlan.ts";
import { restoreNewDocument } from "./document/newDocumentSetting.ts";
import { refreshRecentFiles } from "./document/recentFiles.ts";
import { followWindowState } from "./document/windowState.ts";
import { followStudies } from "./experiments/experimentsStore.ts";
import { restoreLessonWidth } from "./lessons/LessonEdge.tsx";
import { followLessons } from "./lessons/lessonStore.ts";
import { loadSavedTemplates } from "./palette/savedTemplates.ts";
import { restoreInterfaceSize } from "./preferences/interfaceSize.ts";
import { restoreReopens } from "./preferences/reopenSetting.ts";
import { followFinishedRuns, refreshFinishedRuns } from "./run/finishedRuns.ts";
import { restoreMachineSpeed } from "./run/machineSpeed.ts";
import { keepRunsPrepared } from "./run/preparedRuns.ts";
import { followDocumentStatistics, restoreStatistics } from "./run/statisticsSetting.ts";
import { restoreThreads } from "./run/threadsSetting.ts";
import { refreshUnfinishedRuns } from "./run/unfinishedRuns.ts";
import { watchMachineSpeed } from "./run/watchMachineSpeed.ts";
import { createBrowserShell } from "./shell/browser.ts";
import { createElectronShell } from "./shell/electron.ts";
import { restoreMeasuredRuns, watchMeasuredRuns } from "./start/measuredRuns.ts";
import { restoreMotion } from "./theme/motion.ts";
import { restoreTheme } from "./theme/theme.ts";
import { restoreTour } from "./tour/tourStore.ts";

/** What is set for all windows; another one may have changed it. */
const restoreSettings = (): Promise<unknown> =>
  Promise.all([
    restoreTheme(),
    restoreMotion(),
    restoreInterfaceSize(),
    restoreThreads(),
    restoreStatistics(),
    restoreMeasuredRuns(),
    restoreShortcuts(),
    restoreRecentCommands(),
    restoreNewDocument(),
    restoreReopens(),
    loadSavedTemplates(),
    restoreMachineSpeed(),
  ]);

const begin = async (root: HTMLElement): Promise<void> => {
  const shell = createElectronShell() ?? createBrowserShell();
  setShell(shell);
  // Before anything is drawn, so that no window flashes in the wrong theme.
  await Promise.all([restoreSettings(), refreshRecentFiles(), restoreTour(), restoreLessonWidth()]);
  watchMeasuredRuns();
  watchMachineSpeed();
  keepRunsPrepared();
  followDatasets();
  followDocumentStatistics();
  followStudies();
  followFinishedRuns();
  await restoreWindow();
  await followLessons();
  followWindowState();
  keepBackup();
  planMemoryInPauses();
  listenToKeyboard();
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
  // A file that opened the app arrives as a command as soon as somebody listens.
  followShell();
  followFileOnDisk();
  shell.onSettingChanged(() => void restoreSettings());
  // Other windows open files and train, too.
  window.addEventListener(
    "focus",
    () => void Promise.all([refreshRecentFiles(), refreshUnfinishedRuns(), refreshFinishedRuns()]),
  );
  shell.onCloseRequested(mayClose);
  const notKept = await shell.notKept();
  if (notKept !== null) notify({ tone: "info", stays: true, ...notKept });
};

const root = document.getElementById("root");
if (!root) throw new Error("The page has no #root to render into.");
void begin(root);
