/** Studies of the browser's page. One tab trains them; the next takes over when it is closed. */
import { openWebStudies, type WebStudies } from "../../engine/host/webStudies.ts";
import { messageOf } from "../../engine/index.ts";
import type { StudyUpdate } from "../../engine/protocol.ts";
import type { RecordedRun } from "./runHost.ts";
import type { FileOutcome } from "./shell.ts";
import type { StudyHost } from "./studyHost.ts";

const LOCK = "layerscope.studies";
const ELSEWHERE = "Another tab of this browser has the studies. Go on there, or close it.";

type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

const failed = (message: string): FileOutcome<never> => ({ status: "failed", problem: { message } });

const outcomeOf = <T>(answer: Answer<T>): FileOutcome<T> =>
  answer.ok ? { status: "done", value: answer.value } : failed(answer.error);

export interface BrowserStudies extends StudyHost {
  /** While held, runs stand still and none begins. */
  hold(isHeld: boolean): void;
}

export const createBrowserStudies = (locks: LockManager | null): BrowserStudies => {
  const listeners = new Set<(update: StudyUpdate) => void>();
  let isHeld = false;
  /** null: another tab has them. */
  let current: Promise<WebStudies | null> | null = null;

  const opened = async (): Promise<WebStudies> => {
    const found = await openWebStudies((update) => {
      for (const listener of listeners) listener(update);
    });
    found.studies.hold(isHeld);
    return found;
  };

  /** Resolves as soon as it is known whether this tab has the studies; the lock is held as long as the tab lives. */
  const claim = (): Promise<WebStudies | null> => {
    if (locks === null) return opened();
    return new Promise((resolve, reject) => {
      const hold = (lock: unknown): Promise<void> | undefined => {
        if (lock === null) {
          resolve(null);
          void locks.request(LOCK, () => {
            current = opened();
            return new Promise<void>(() => undefined);
          });
          return;
        }
        opened().then(resolve, reject);
        return new Promise<void>(() => undefined);
      };
      // A browser that keeps nothing for the page refuses locks, too.
      locks.request(LOCK, { ifAvailable: true }, hold).catch(() => opened().then(resolve, reject));
    });
  };
  const studies = (): Promise<WebStudies | null> => {
    current ??= claim();
    return current;
  };
  const act = async (what: (found: WebStudies["studies"]) => Promise<void>): Promise<void> => {
    const found = await studies();
    if (found !== null) await what(found.studies);
  };

  return {
    async list() {
      try {
        return (await (await studies())?.studies.list()) ?? [];
      } catch {
        // Whose browser refuses the database has none; what that means is said once, by `Shell.notKept`.
        return [];
      }
    },
    async open(studyId) {
      const found = await studies();
      return found === null ? failed(ELSEWHERE) : outcomeOf(await found.studies.open(studyId));
    },
    async start({ text, net = null }) {
      const found = await studies();
      if (found === null) return failed(ELSEWHERE);
      try {
        const started = await found.studies.start(text, net);
        return started.ok ? { status: "done", value: { studyId: started.value } } : failed(started.error);
      } catch (error) {
        return failed(`The browser keeps no studies: ${messageOf(error)}`);
      }
    },
    pause: (studyId) => act((found) => found.pause(studyId)),
    resume: (studyId) => act((found) => found.resume(studyId)),
    cancel: (studyId) => act((found) => found.cancel(studyId)),
    rename: (studyId, title) => act((found) => found.rename(studyId, title)),
    retry: (studyId, runIds) => act((found) => found.retry(studyId, runIds)),
    label: (studyId, runId, label) => act((found) => found.label(studyId, runId, label)),
    removeRuns: (studyId, runIds) => act((found) => found.removeRuns(studyId, runIds)),
    restoreRuns: async (studyId, runIds) => (await (await studies())?.studies.restoreRuns(studyId, runIds)) ?? [],
    remove: (studyId) => act((found) => found.remove(studyId)),
    restore: (studyId) => act((found) => found.restore(studyId)),
    async readNet(studyId) {
      const found = await studies();
      if (found === null) return failed(ELSEWHERE);
      const net = await found.studies.readNet(studyId);
      return net.ok ? { status: "done", value: { text: net.value } } : failed(net.error);
    },
    async readRun(studyId, runId): Promise<FileOutcome<RecordedRun>> {
      const run = await (await studies())?.readRun(studyId, runId);
      if (run === null || run === undefined) return failed(`The run ${runId} is no longer there.`);
      const { elapsedMs: _elapsedMs, ...recorded } = run;
      return { status: "done", value: { ...recorded, changes: [], lostLines: 0, hasModel: false } };
    },
    onChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    // One tab has them all.
    onRemoved: () => () => undefined,
    hold(held) {
      isHeld = held;
      // Nobody has asked for them yet: what will be created is told then.
      void current?.then((found) => found?.studies.hold(isHeld));
    },
  };
};
