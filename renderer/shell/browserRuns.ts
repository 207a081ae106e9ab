/** Runs of the browser's page, in its database. */
import { RUNS_CHANNEL } from "../../engine/host/webRunKeeper.ts";
import { openWebRuns, type WebRuns } from "../../engine/host/webRuns.ts";
import { messageOf } from "../../engine/index.ts";
import { RUN_LIMITS_SETTING, runLimits } from "../../engine/protocol.ts";
import type { RunHost, RunShelf } from "./runHost.ts";
import type { FileOutcome } from "./shell.ts";

/** A browser has less room than a disk, and tells nobody how much. */
const USUAL_LIMITS: RunShelf["limits"] = { runs: 100, bytes: 5e8 };

const failed = (message: string): FileOutcome<never> => ({ status: "failed", problem: { message } });

const GONE = "It is no longer there: another tab may have removed it.";

export interface BrowserRuns extends Omit<RunHost, "exportModel"> {
  /** A run may have ended: the oldest of those that nobody has labelled go, where there are too many. */
  makeRoom(): Promise<void>;
  /** Whether the browser lets this page have a database. */
  areKept(): Promise<boolean>;
}

export const createBrowserRuns = (readSetting: (key: string) => Promise<string | null>): BrowserRuns => {
  const listeners = new Set<() => void>();
  // Workers that keep a run and other tabs are heard here; what this page posts, the others hear.
  const channel = new BroadcastChannel(RUNS_CHANNEL);
  channel.onmessage = () => {
    for (const listener of listeners) listener();
  };
  let opened: Promise<WebRuns> | null = null;
  const runs = (): Promise<WebRuns> => {
    opened ??= openWebRuns().catch((error: unknown) => {
      // It may be another tab that keeps it from being opened, and be closed by the next time.
      opened = null;
      throw error;
    });
    return opened;
  };
  const limits = async (): Promise<RunShelf["limits"]> =>
    runLimits(await readSetting(RUN_LIMITS_SETTING), USUAL_LIMITS);
  const change = async (act: (found: WebRuns) => Promise<readonly string[]>): Promise<FileOutcome<null>> => {
    try {
      const done = await act(await runs());
      channel.postMessage(null);
      return done.length === 0 ? failed(GONE) : { status: "done", value: null };
    } catch (error) {
      return failed(messageOf(error));
    }
  };

  return {
    // Whose browser refuses the database has none.
    unfinished: () =>
      runs().then(
        (found) => found.unfinished(),
        () => [],
      ),
    discard: async (runId) => (await runs()).discard(runId),
    async finished() {
      // Whose browser refuses the database has none.
      const list = await runs().then(
        (found) => found.list(),
        () => [],
      );
      return { runs: list.map((run) => ({ ...run, folder: "" })), limits: await limits() };
    },
    async read(runId) {
      const run = await (await runs()).read(runId);
      return run === null ? failed(GONE) : { status: "done", value: run };
    },
    async readDocument(runId) {
      const found = await runs();
      const text = (await found.read(runId))?.text ?? (await found.readUnfinishedDocument(runId));
      return text === null ? failed(GONE) : { status: "done", value: { text } };
    },
    async readModel(runId) {
      const text = await (await runs()).readModel(runId);
      return text === null ? failed(GONE) : { status: "done", value: { text } };
    },
    label: (runId, label) => change((found) => found.label(runId, label)),
    remove: (runIds) => change((found) => found.remove(runIds)),
    restore: (runIds) => change((found) => found.restore(runIds)),
    onChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    areKept: () =>
      runs().then(
        () => true,
        () => false,
      ),
    async makeRoom() {
      try {
        await (await runs()).makeRoom(await limits());
      } catch {
        // What is too much goes when the next run ends.
      }
    },
  };
};
