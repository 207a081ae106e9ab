/**
 * All studies of a workspace: kept by a store, trained by a crew in the background, told of at most four times a second each. The same in the
 * desktop app and in a browser.
 */
import { compile } from "../compile/compile.ts";
import { describeParseError, parse } from "../document/parse.ts";
import { serialize } from "../document/serialize.ts";
import { expandStudy, type StudyRun } from "../experiments/expandStudy.ts";
import { decisionsOf, type KeptStudy, noDecisions, type StudyDecisions } from "../experiments/keptStudy.ts";
import type { RunLabel } from "../experiments/runLabel.ts";
import { parseStudy, type Study } from "../experiments/study.ts";
import { type CrewStudy, StudyCrew, type StudyWorker, type StudyWorkerListener } from "../experiments/studyCrew.ts";
import { StudyQueue, waitingRun } from "../experiments/studyQueue.ts";
import { resultOf, type StudyResult } from "../experiments/studyResult.ts";
import type { StudyDetail, StudyRunStatus, StudyStatus, StudyUpdate } from "../experiments/studyStatus.ts";
import { err, messageOf, ok, type Result } from "../result.ts";
import type { EpochRecord } from "../telemetry/epochRecord.ts";

const UPDATE_INTERVAL_MS = 250;
/** Runs that are compiled before messages are looked after again. */
const RUNS_AT_ONCE = 20;

/** Where studies are kept. What cannot be written rejects. */
export interface StudyStore {
  load(): Promise<readonly KeptStudy[]>;
  /** `net`: the text of the trained net that its runs start from; null: initializers. */
  create(study: KeptStudy, net: string | null): Promise<void>;
  /** Keeps all of the decisions or those of before. */
  saveDecisions(studyId: string, decisions: StudyDecisions): Promise<void>;
  saveResults(studyId: string, results: readonly StudyResult[]): Promise<void>;
  /** What is known of these runs, without their epochs. */
  readRuns(
    studyId: string,
    runs: readonly StudyRunStatus[],
    decisions: StudyDecisions,
  ): Promise<readonly StudyRunStatus[]>;
  readEpochs(studyId: string, runId: string): Promise<readonly EpochRecord[]>;
  /** Of a run that has ended. */
  readRunEnd(studyId: string, runId: string): Promise<Pick<StudyRunStatus, "endedAt" | "bytes">>;
  /** Of a run that was deleted all stays until the next start, unless it is cleared. */
  clearRun(studyId: string, runId: string): Promise<void>;
  /** Where a worker keeps a run. */
  placeOf(studyId: string, runId: string): string;
  /** Where a worker finds the net that the runs of a study start from. */
  netPlaceOf(studyId: string): string;
  /** null: there is none. */
  readNet(studyId: string): Promise<string | null>;
  /** Puts a study away. */
  remove(studyId: string): Promise<void>;
  /** Brings it back; null: it is not there any more. */
  restore(studyId: string): Promise<KeptStudy | null>;
}

interface Entry extends CrewStudy {
  readonly studyId: string;
  readonly text: string;
  /** Of its text. */
  readonly ownTitle: string;
  /** The user's; null: its own. */
  title: string | null;
  readonly createdAt: string;
  /** Why it cannot be trained, or what could not be written. */
  problem: string | null;
  /** Of runs that ended before this start. */
  readonly unreadEpochs: Set<string>;
  /** Runs that were deleted since, as they were. */
  readonly removed: Map<string, StudyRunStatus>;
  hasNewResults: boolean;
  toldAt: number;
  timer: ReturnType<typeof setTimeout> | null;
}

const titleOf = ({ title, ownTitle }: Entry): string => title ?? ownTitle;

/** The study as it would be written now. */
const textOf = ({ text, title }: Entry): string =>
  title === null ? text : `${JSON.stringify({ ...JSON.parse(text), title }, null, 2)}\n`;

const labelOf = ({ name, tags, notes, isPinned }: RunLabel): RunLabel => ({ name, tags, notes, isPinned });

interface Expanded {
  readonly study: Study;
  readonly runs: readonly StudyRun[];
  /** With the document inside. */
  readonly text: string;
}

const expandText = (text: string): Result<Expanded, string> => {
  const parsed = parseStudy(text);
  if (!parsed.ok) return parsed;
  const study = parsed.value;
  if (typeof study.document === "string") {
    return err(`The study names the file ${study.document}; it needs the document itself.`);
  }
  const document = parse(JSON.stringify(study.document));
  if (!document.ok) return err(`document: ${describeParseError(document.error)}`);
  const runs = expandStudy(study, document.value);
  if (!runs.ok) return runs;
  const frozen = { ...study, document: JSON.parse(serialize(document.value)) };
  return ok({ study, runs: runs.value, text: `${JSON.stringify(frozen, null, 2)}\n` });
};

export class Studies {
  readonly #store: StudyStore;
  readonly #crew: StudyCrew;
  readonly #now: () => number;
  readonly #timestamp: () => string;
  readonly #newId: () => string;
  readonly #numCores: number;
  readonly #onChanged: (update: StudyUpdate) => void;
  readonly #entries = new Map<string, Entry>();
  readonly #loaded: Promise<void>;
  /** One write after the other. */
  #writes: Promise<void> = Promise.resolve();

  constructor(call: {
    readonly store: StudyStore;
    readonly numCores: number;
    readonly startWorker: (listener: StudyWorkerListener) => StudyWorker;
    readonly now: () => number;
    readonly timestamp: () => string;
    readonly newId: () => string;
    readonly onChanged: (update: StudyUpdate) => void;
  }) {
    this.#store = call.store;
    this.#now = call.now;
    this.#timestamp = call.timestamp;
    this.#newId = call.newId;
    this.#numCores = call.numCores;
    this.#onChanged = call.onChanged;
    this.#crew = new StudyCrew({ size: call.numCores, now: call.now, startWorker: call.startWorker });
    this.#loaded = this.#load();
  }

  /** The latest first. */
  async list(): Promise<readonly StudyStatus[]> {
    await this.#loaded;
    return [...this.#entries.values()]
      .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
      .map((entry) => this.#statusOf(entry));
  }

  async open(studyId: string): Promise<Result<StudyDetail, string>> {
    const entry = await this.#find(studyId);
    if (entry === null) return err("The study is no longer there.");
    await this.#readEpochs(entry);
    return ok({ ...this.#statusOf(entry), text: textOf(entry), runs: entry.queue.runs });
  }

  /** Begins a study with its document inside, and with the trained net where it starts from one. The error is a sentence. */
  async start(text: string, net: string | null = null): Promise<Result<string, string>> {
    await this.#loaded;
    const expanded = expandText(text);
    if (!expanded.ok) return expanded;
    const { from } = expanded.value.study;
    if (from !== undefined && net === null) return err(`The study starts from ${from.name}, which is not here.`);
    for (const [index, { id, assignment, document }] of expanded.value.runs.entries()) {
      const { diagnostics } = compile(document, { numCores: this.#numCores, plan: false });
      const problem = diagnostics.find(({ severity }) => severity === "error");
      if (problem !== undefined) return err(`${id}, ${JSON.stringify(assignment)}: ${problem.message}`);
      if (index % RUNS_AT_ONCE === RUNS_AT_ONCE - 1) await new Promise((resume) => setTimeout(resume));
    }
    const studyId = this.#newId();
    const kept = { studyId, text: expanded.value.text, decisions: noDecisions(this.#timestamp()) };
    try {
      await this.#store.create(kept, from === undefined ? null : net);
    } catch (error) {
      return err(`The study cannot be written: ${messageOf(error)}`);
    }
    await this.#add(kept, true);
    return ok(studyId);
  }

  async pause(studyId: string): Promise<void> {
    const entry = await this.#find(studyId);
    entry?.queue.pause();
    this.#decided(entry);
  }

  async resume(studyId: string): Promise<void> {
    const entry = await this.#find(studyId);
    entry?.queue.resume();
    this.#decided(entry);
  }

  async cancel(studyId: string): Promise<void> {
    const entry = await this.#find(studyId);
    if (entry !== null) this.#crew.giveUp(entry, entry.queue.cancel());
    this.#decided(entry);
  }

  async retry(studyId: string, runIds: readonly string[]): Promise<void> {
    const entry = await this.#find(studyId);
    if (entry === null) return;
    const again = entry.queue.retriable(runIds);
    await this.#crew.released(entry, again);
    for (const id of again) {
      await this.#store.clearRun(studyId, id).catch((error: unknown) => this.#complain(entry, error));
      entry.unreadEpochs.delete(id);
    }
    entry.queue.retry(again);
    entry.hasNewResults = true;
    this.#decided(entry);
  }

  /** An empty title: its own. */
  async rename(studyId: string, title: string): Promise<void> {
    const entry = await this.#find(studyId);
    if (entry === null) return;
    entry.title = title === "" || title === entry.ownTitle ? null : title;
    this.#decided(entry);
  }

  /** Runs that have ended; they can be restored until the next start. The figures of the study do without them, and nobody trains them again but `retry`. */
  async removeRuns(studyId: string, runIds: readonly string[]): Promise<void> {
    const entry = await this.#find(studyId);
    if (entry === null) return;
    await this.#readEpochs(entry);
    for (const run of entry.queue.remove(runIds)) entry.removed.set(run.id, run);
    entry.hasNewResults = true;
    this.#decided(entry);
  }

  /** The answer names those that came back: one that is trained again by now does not. */
  async restoreRuns(studyId: string, runIds: readonly string[]): Promise<readonly string[]> {
    const entry = await this.#find(studyId);
    if (entry === null) return [];
    const restored: string[] = [];
    for (const id of runIds) {
      const now = entry.queue.run(id);
      if (now?.state !== "deleted") continue;
      const run = entry.removed.get(id) ?? (await this.#readRemoved(entry, now));
      if (run !== null && entry.queue.restore({ ...run, ...labelOf(now) })) restored.push(id);
      entry.removed.delete(id);
    }
    entry.hasNewResults = true;
    this.#decided(entry);
    return restored;
  }

  async label(studyId: string, runId: string, label: RunLabel): Promise<void> {
    const entry = await this.#find(studyId);
    if (entry === null) return;
    await this.#readEpochs(entry);
    entry.queue.label(runId, label);
    this.#decided(entry);
  }

  async remove(studyId: string): Promise<void> {
    const entry = await this.#find(studyId);
    if (entry === null) return;
    this.#entries.delete(studyId);
    if (entry.timer !== null) clearTimeout(entry.timer);
    await this.#crew.withdraw(entry);
    await this.#writes;
    await this.#store.remove(studyId);
  }

  async restore(studyId: string): Promise<void> {
    await this.#loaded;
    if (this.#entries.has(studyId)) return;
    const kept = await this.#store.restore(studyId);
    if (kept !== null) await this.#add(kept, false);
  }

  /** The text of the trained net that its runs start from. */
  async readNet(studyId: string): Promise<Result<string, string>> {
    const net = (await this.#find(studyId)) === null ? null : await this.#store.readNet(studyId);
    return net === null ? err("The net that the study starts from is no longer there.") : ok(net);
  }

  /** While held, runs stand still and none begins. */
  hold(isHeld: boolean): void {
    if (this.#crew.isHeld === isHeld) return;
    this.#crew.hold(isHeld);
    for (const entry of this.#entries.values()) this.#changed(entry);
  }

  /** Ends all workers; what is kept is what it was. */
  end(): void {
    this.#crew.end();
  }

  /** Resolves when all that was decided is written. */
  async settled(): Promise<void> {
    await this.#writes;
  }

  async #load(): Promise<void> {
    const kept = await this.#store.load();
    for (const study of [...kept].sort((a, b) => (a.decisions.createdAt < b.decisions.createdAt ? -1 : 1))) {
      await this.#add(study, false);
    }
  }

  async #find(studyId: string): Promise<Entry | null> {
    await this.#loaded;
    return this.#entries.get(studyId) ?? null;
  }

  /** Takes a study up where it is. One that cannot be read any more is listed with the reason. */
  async #add({ studyId, text, decisions }: KeptStudy, isNew: boolean): Promise<void> {
    const { createdAt, isPaused, title } = decisions;
    const expanded = expandText(text);
    const runs = expanded.ok ? expanded.value.runs : [];
    const waiting = runs.map(({ id, assignment }) => waitingRun(id, assignment));
    const known = isNew ? waiting : await this.#store.readRuns(studyId, waiting, decisions);
    const queue = new StudyQueue(known, isPaused);
    const documents = new Map(runs.map((run) => [run.id, run.document]));
    const {
      trainSamples = null,
      testSamples = null,
      title: ownTitle = "",
      measure = undefined,
      from = undefined,
    } = expanded.ok ? expanded.value.study : {};
    const entry: Entry = {
      ...{ studyId, text, ownTitle, title, createdAt, queue, removed: new Map() },
      ...{ problem: expanded.ok ? null : expanded.error, hasNewResults: false, toldAt: 0, timer: null },
      unreadEpochs: new Set(
        known.filter(({ state }) => state !== "waiting" && state !== "deleted").map(({ id }) => id),
      ),
      taskOf: ({ id }) => {
        const document = documents.get(id);
        return {
          ...{ type: "train", runId: id, place: this.#store.placeOf(studyId, id), title: titleOf(entry) },
          document: document === undefined ? "" : serialize(document),
          ...{ trainSamples, testSamples, frames: "few", command: [] },
          ...(measure === undefined ? {} : { measure }),
          ...(from === undefined ? {} : { from: { name: from.name, place: this.#store.netPlaceOf(studyId) } }),
        };
      },
      onChanged: (runId, event) => {
        if (event?.type === "ended") {
          entry.hasNewResults = true;
          void this.#weigh(entry, runId);
        }
        // A run that failed, or waits for the second time: nothing else keeps that.
        if (event === null || (event.type === "ended" && event.outcome === "failed")) this.#keepDecisions(entry);
        this.#changed(entry);
      },
    };
    this.#entries.set(studyId, entry);
    this.#crew.add(entry);
    this.#changed(entry);
  }

  async #weigh(entry: Entry, runId: string): Promise<void> {
    const end = await this.#store.readRunEnd(entry.studyId, runId).catch(() => null);
    if (end !== null) entry.queue.describe(runId, end);
    this.#changed(entry);
  }

  async #readEpochs(entry: Entry): Promise<void> {
    for (const id of [...entry.unreadEpochs]) {
      const epochs = await this.#store.readEpochs(entry.studyId, id).catch(() => []);
      // Another call may have read them, or the run may have been retried, meanwhile.
      if (entry.unreadEpochs.delete(id)) entry.queue.restoreEpochs(id, epochs);
    }
  }

  /** What is still there of a run that was deleted before its study was put away and came back. */
  async #readRemoved(entry: Entry, { id, params }: StudyRunStatus): Promise<StudyRunStatus | null> {
    const decisions = { ...decisionsOf(entry.queue, entry), deleted: [] };
    const [run] = await this.#store.readRuns(entry.studyId, [waitingRun(id, params)], decisions);
    if (run === undefined || run.state === "waiting") return null;
    return { ...run, epochs: await this.#store.readEpochs(entry.studyId, id) };
  }

  #statusOf(entry: Entry): StudyStatus {
    const { studyId, createdAt, queue, problem } = entry;
    const { size, isHeld } = this.#crew;
    const { state } = queue;
    return {
      ...{ studyId, title: titleOf(entry), state, createdAt },
      numRuns: queue.runs.length,
      numEnded: queue.count("finished", "diverged", "failed", "cancelled", "deleted"),
      numRunning: queue.count("running"),
      numDiverged: queue.count("diverged"),
      numFailed: queue.count("failed"),
      numCancelled: queue.count("cancelled"),
      numDeleted: queue.count("deleted"),
      secondsLeft: isHeld ? null : queue.secondsLeft(size, this.#now()),
      ...(queue.startSeconds === null ? {} : { startSeconds: queue.startSeconds }),
      jobs: size,
      bytes: queue.runs.reduce((sum, { bytes }) => sum + bytes, 0),
      isHeld: isHeld && state === "running",
      problem,
    };
  }

  /** The user has decided something of a study. */
  #decided(entry: Entry | null): void {
    if (entry === null) return;
    this.#keepDecisions(entry);
    this.#changed(entry);
    this.#crew.dispatch();
  }

  #keepDecisions(entry: Entry): void {
    this.#write(entry, () => this.#store.saveDecisions(entry.studyId, decisionsOf(entry.queue, entry)));
  }

  #write(entry: Entry, write: () => Promise<void>): void {
    this.#writes = this.#writes.then(async () => {
      // Its folder is put away.
      if (this.#entries.get(entry.studyId) !== entry) return;
      await write().catch((error: unknown) => this.#complain(entry, error));
    });
  }

  #complain(entry: Entry, error: unknown): void {
    entry.problem = `The study cannot be written: ${messageOf(error)}`;
    this.#changed(entry);
  }

  #changed(entry: Entry): void {
    if (entry.timer !== null) return;
    const waitMs = Math.max(0, entry.toldAt + UPDATE_INTERVAL_MS - this.#now());
    entry.timer = setTimeout(() => {
      entry.timer = null;
      entry.toldAt = this.#now();
      if (this.#entries.get(entry.studyId) !== entry) return;
      if (entry.hasNewResults) this.#keepResults(entry);
      this.#onChanged({ status: this.#statusOf(entry), runs: entry.queue.takeChanged() });
    }, waitMs);
  }

  #keepResults(entry: Entry): void {
    entry.hasNewResults = false;
    this.#write(entry, async () => {
      await this.#readEpochs(entry);
      await this.#store.saveResults(
        entry.studyId,
        entry.queue.runs.flatMap((run) => resultOf(run) ?? []),
      );
    });
  }
}
