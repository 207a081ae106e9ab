/** The desktop app as a user has it: the built app in a real Electron, with a folder of its own for settings. */
import type { ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { test as base, type ElectronApplication, expect, type Locator, type Page } from "@playwright/test";
import { launchElectron } from "./launchElectron.js";

export { expect };

export const projectFolder = fileURLToPath(new URL("../../", import.meta.url));

export interface RunningApp {
  readonly app: ElectronApplication;
  readonly childProcess: ChildProcess;
  readonly page: Page;
  /** What the page wrote to its console as errors, and exceptions nobody caught. */
  readonly problems: readonly string[];
}

export interface Launcher {
  /** Starts the app, by default as `electron .`; `args` follow, a document for example. */
  start(options?: { readonly args?: readonly string[] }): Promise<RunningApp>;
  /** Temporary, one per test: what the user saves. */
  readonly folder: string;
  /** Settings and recent files of this test's app. */
  readonly userDataFolder: string;
}

/** A window with the start page, the only one of an app that the tests of one file share. Settings and runs are those of the app. */
export interface Desk {
  readonly app: ElectronApplication;
  readonly page: Page;
  /** Temporary, one per test: what the user saves. */
  readonly folder: string;
}

/** A folder: journeys leave a recording there, to be played with `npx playwright show-trace`. */
const RECORDINGS = process.env.LAYERSCOPE_RECORDINGS;

const flags = process.getuid?.() === 0 ? ["--no-sandbox"] : [];

/** Settings are read before anything is drawn; until then no key and no drop is heard. */
const hasBegun = (page: Page): Promise<void> => page.getByRole("banner").waitFor();

/** Starts the app with this folder for its settings, by default as `electron .`; `args` follow. */
const startApp = async (userDataFolder: string, args: readonly string[] = []): Promise<RunningApp> => {
  const app = await launchElectron({
    args: [...flags, `--user-data-dir=${userDataFolder}`, projectFolder, ...args],
    cwd: projectFolder,
  });
  const childProcess = app.process();
  const page = await app.firstWindow();
  const problems = watchForProblems(page);
  app.on("window", (other) => watchForProblems(other, problems));
  await hasBegun(page);
  if (RECORDINGS !== undefined) await app.context().tracing.start({ screenshots: true, snapshots: true });
  return { app, childProcess, page, problems };
};

const temporaryFolder = (): Promise<string> => mkdtemp(path.join(os.tmpdir(), "layerscope-journey-"));

/** An app for the tests of one file. */
interface SharedApp {
  readonly of: string;
  readonly running: RunningApp;
  readonly folder: string;
  /** No test has had its window yet. */
  readonly isNew: boolean;
}

/** A window with nothing in it; all others are gone. */
const startOver = async (app: ElectronApplication): Promise<Page> => {
  const [page] = await Promise.all([app.waitForEvent("window"), clickMenu(app, "File", "New window")]);
  const id = await (await app.browserWindow(page)).evaluate((window) => window.id);
  await app.evaluate(({ BrowserWindow }, kept) => {
    for (const window of BrowserWindow.getAllWindows()) if (window.id !== kept) window.destroy();
  }, id);
  await hasBegun(page);
  return page;
};

/** Fails a test in which a page had an error, whatever else it saw. */
export const test = base.extend<{ launcher: Launcher; desk: Desk }, { sharedApp: (of: string) => Promise<SharedApp> }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures from this pattern
  launcher: async ({}, use, { title }) => {
    const folder = await temporaryFolder();
    const userDataFolder = path.join(folder, "userData");
    const running: RunningApp[] = [];
    await use({
      folder,
      userDataFolder,
      async start({ args = [] } = {}) {
        const started = await startApp(userDataFolder, args);
        running.push(started);
        return started;
      },
    });
    const problems = running.flatMap(({ problems: found }) => found);
    for (const [index, started] of running.entries()) {
      if (RECORDINGS !== undefined && !started.page.isClosed()) {
        const name = `${title.replaceAll(/\W+/g, "-")}${index === 0 ? "" : `-${index + 1}`}.zip`;
        await started.app.context().tracing.stop({ path: path.join(RECORDINGS, name) });
      }
      await closeWithoutQuestions(started);
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    expect(problems, "errors in the page's console").toEqual([]);
  },
  sharedApp: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures from this pattern
    async ({}, use) => {
      let shared: SharedApp | null = null;
      const end = async (): Promise<void> => {
        if (shared === null) return;
        await closeWithoutQuestions(shared.running);
        await rm(shared.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
        shared = null;
      };
      await use(async (of) => {
        if (shared?.of === of) return { ...shared, isNew: false };
        await end();
        const folder = await temporaryFolder();
        shared = { of, folder, running: await startApp(path.join(folder, "userData")), isNew: true };
        // Each test records its own part.
        if (RECORDINGS !== undefined) await shared.running.app.context().tracing.stopChunk();
        return shared;
      });
      await end();
    },
    { scope: "worker" },
  ],
  desk: async ({ sharedApp }, use, { file, testId, title }) => {
    const { running, folder, isNew } = await sharedApp(file);
    const { app, problems } = running;
    // What an earlier test left its pages to say is not this one's.
    const before = isNew ? 0 : problems.length;
    const page = isNew ? running.page : await startOver(app);
    const own = path.join(folder, testId);
    await mkdir(own);
    if (RECORDINGS !== undefined) await app.context().tracing.startChunk();
    await use({ app, page, folder: own });
    if (RECORDINGS !== undefined) {
      await app.context().tracing.stopChunk({ path: path.join(RECORDINGS, `${title.replaceAll(/\W+/g, "-")}.zip`) });
    }
    expect(problems.slice(before), "errors in the page's console").toEqual([]);
  },
});

export const watchForProblems = (page: Page, problems: string[] = []): string[] => {
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  return problems;
};

/** Ends an app that may have unsaved changes, or is ending already. */
const closeWithoutQuestions = async ({ app, childProcess }: RunningApp): Promise<void> => {
  const hasEnded = (): boolean => childProcess.exitCode !== null || childProcess.signalCode !== null;
  if (hasEnded() || app.windows().length === 0) {
    await expect.poll(hasEnded).toBe(true);
    return;
  }
  await app.evaluate(({ BrowserWindow }) => {
    for (const window of BrowserWindow.getAllWindows()) window.destroy();
  });
  await app.close();
};

/** A click that closes the window: the page may be gone before Playwright hears that it was clicked. */
export const clickLast = async (target: Locator): Promise<void> => {
  const page = target.page();
  await target.click({ noWaitAfter: true }).catch((error: unknown) => {
    if (!page.isClosed()) throw error;
  });
};

/** Answers the next dialogs of the system, which no test can click, with these files; null is Cancel. */
export const answerDialogs = (
  app: ElectronApplication,
  answers: { readonly open?: string | null; readonly save?: string | null },
) =>
  app.evaluate(({ dialog }, { open, save }) => {
    if (open !== undefined) {
      dialog.showOpenDialog = async () => ({ canceled: open === null, filePaths: open === null ? [] : [open] });
    }
    if (save !== undefined) {
      dialog.showSaveDialog = async () => ({ canceled: save === null, filePath: save ?? "" });
    }
  }, answers);

/** Clicks an item of the application menu by its labels, as accelerators and the popup do. */
export const clickMenu = (app: ElectronApplication, ...labels: readonly string[]) =>
  app.evaluate(({ Menu }, path) => {
    let items = Menu.getApplicationMenu()?.items ?? [];
    for (const [index, label] of path.entries()) {
      const item = items.find((candidate) => candidate.label.replace("&", "") === label);
      if (item === undefined)
        throw new Error(`The menu has no "${label}", only ${items.map((other) => other.label).join(", ")}.`);
      if (index === path.length - 1) item.click();
      else items = item.submenu?.items ?? [];
    }
  }, labels);

/** The process ids of the trainers that run. */
export const trainerProcesses = (app: ElectronApplication): Promise<number[]> =>
  app.evaluate(({ app: electronApp }) =>
    electronApp
      .getAppMetrics()
      .filter((metric) => metric.name?.startsWith("Layerscope trainer"))
      .map((metric) => metric.pid),
  );
