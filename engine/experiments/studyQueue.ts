/**
 * The runs of one study on their way: which wait, run, and have ended. It hands out the next one and takes what is told of it; whoever trains
 * them passes the clock in.
 */
import { NO_LABEL, type RunLabel } from "./runLabel.ts";
import type { StudyRunState, StudyRunStatus, StudyState } from "./studyStatus.ts";
import type { StudyEvent } from "./studyTask.ts";

/** A run whose worker died is begun again so many times by itself. */
const MAX_CRASHES = 1;

/** What can be trained again. */
const RETRIABLE: readonly StudyRunState[] = ["failed", "cancelled", "diverged", "deleted"];

interface Entry {
  status: StudyRunStatus;
  /** When it was begun; null: it is not under way. */
  begunAt: number | null;
  /** From where it was begun to its end where that is known: of ended runs. */
  durationMs: number | null;
  /** Of that, what was no training: reading the samples, laying out the net, writing files. null: not known, as of runs that others have told of. */
  startMs: number | null;
  /** Whether it was begun with its first step. */
  isWhole: boolean;
  crashes: number;
}

const hasEnded = (state: StudyRunState): boolean => state !== "waiting" && state !== "running";

const medianOf = (values: readonly number[]): number | null => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half];
  if (upper === undefined) return null;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2;
};

/** A run that has not begun. */
export const waitingRun = (id: string, params: StudyRunStatus["params"]): StudyRunStatus => ({
  ...{ id, params, state: "waiting", failure: null, epochs: [], step: 0 },
  ...{ totalSteps: null, elapsedMs: null, endedAt: null, bytes: 0, ...NO_LABEL },
});

export class StudyQueue {
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #changed = new Set<string>();
  #isPaused: boolean;

  /** `runs` in the order of training. One that was under way waits: whoever trained it is gone. */
  constructor(runs: readonly StudyRunStatus[], isPaused = false) {
    this.#entries = new Map(
      runs.map((run) => {
        const status: StudyRunStatus = run.state === "running" ? { ...run, state: "waiting" } : run;
        const durationMs = hasEnded(run.state) && run.state !== "cancelled" ? run.elapsedMs : null;
        return [run.id, { status, begunAt: null, durationMs, startMs: null, isWhole: false, crashes: 0 }];
      }),
    );
    this.#isPaused = isPaused;
  }

  get runs(): readonly StudyRunStatus[] {
    return [...this.#entries.values()].map(({ status }) => status);
  }

  run(id: string): StudyRunStatus | null {
    return this.#entries.get(id)?.status ?? null;
  }

  count(...states: readonly StudyRunState[]): number {
    return this.runs.filter(({ state }) => states.includes(state)).length;
  }

  get state(): StudyState {
    if (this.count("waiting", "running") > 0) return this.#isPaused ? "paused" : "running";
    return this.count("cancelled") > 0 ? "cancelled" : "finished";
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Hands out the next run, which is then under way; null: nothing waits, or the study is paused. */
  begin(now: number): StudyRunStatus | null {
    if (this.#isPaused) return null;
    const waiting = this.runs.find(({ state }) => state === "waiting");
    if (waiting === undefined) return null;
    const begun = this.#change(waiting.id, { state: "running", failure: null, elapsedMs: 0 });
    const entry = this.#entries.get(waiting.id);
    if (entry !== undefined) {
      entry.begunAt = now;
      entry.isWhole = true;
    }
    return begun;
  }

  /** So long nothing was trained: it counts for no run under way. */
  skipTime(ms: number): void {
    for (const entry of this.#entries.values()) if (entry.begunAt !== null) entry.begunAt += ms;
  }

  /** Whether `begin` would hand out a run. */
  get hasWork(): boolean {
    return !this.#isPaused && this.runs.some(({ state }) => state === "waiting");
  }

  /** Takes what the worker of a run tells. A run that is no longer under way (cancelled meanwhile) tells nothing more. */
  receive(id: string, event: StudyEvent, now: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.status.state !== "running") return;
    if (event.type === "begun") {
      const { totalSteps, step, epochs } = event;
      entry.isWhole = step === 0;
      this.#change(id, { totalSteps, step, epochs });
    } else if (event.type === "progressed") {
      this.#change(id, { step: event.step, elapsedMs: event.elapsedMs });
    } else if (event.type === "epoch") {
      const { record } = event;
      this.#change(id, { epochs: [...entry.status.epochs, record], step: record.step, elapsedMs: record.elapsedMs });
    } else {
      const { outcome, failure, step, elapsedMs, findings } = event;
      const wholeMs = entry.isWhole && entry.begunAt !== null ? now - entry.begunAt : null;
      // One that went on from a checkpoint has trained before it was begun here.
      entry.durationMs = wholeMs ?? elapsedMs;
      entry.startMs = wholeMs === null ? null : Math.max(0, wholeMs - elapsedMs);
      entry.begunAt = null;
      // One that something else stopped has nothing to show for it: it is trained again.
      this.#change(id, { state: outcome === "stopped" ? "waiting" : outcome, failure, step, elapsedMs });
      if (findings !== undefined) this.#change(id, { findings });
    }
  }

  /** The worker of a run has died. The run waits again if that happened for the first time; the answer tells. */
  crash(id: string, reason: string): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.status.state !== "running") return false;
    entry.begunAt = null;
    entry.crashes += 1;
    const again = entry.crashes <= MAX_CRASHES;
    this.#change(id, again ? { state: "waiting" } : { state: "failed", failure: reason });
    return again;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
  }

  /** Takes out all that has not ended. The answer names the runs that were under way: they are to be stopped. */
  cancel(): readonly string[] {
    const running = this.runs.filter(({ state }) => state === "running").map(({ id }) => id);
    for (const { id, state } of this.runs) {
      if (hasEnded(state)) continue;
      const entry = this.#entries.get(id);
      if (entry !== undefined) entry.begunAt = null;
      this.#change(id, { state: "cancelled" });
    }
    this.#isPaused = false;
    return running;
  }

  /** Those that `retry` would put back. */
  retriable(ids: readonly string[]): readonly string[] {
    return ids.filter((id) => RETRIABLE.some((state) => this.run(id)?.state === state));
  }

  /** Puts failed, cancelled, diverged and deleted runs back, to be trained from the start. The answer names those. */
  retry(ids: readonly string[]): readonly string[] {
    const again = this.retriable(ids);
    for (const id of again) {
      const entry = this.#entries.get(id);
      if (entry === undefined) continue;
      entry.crashes = 0;
      entry.durationMs = null;
      entry.startMs = null;
      this.#reset(id, "waiting");
    }
    return again;
  }

  /** Nothing is left of these runs but their labels. The answer has those that had ended, as they were. */
  remove(ids: readonly string[]): readonly StudyRunStatus[] {
    const ended = ids.flatMap((id) => this.run(id) ?? []).filter(({ state }) => hasEnded(state) && state !== "deleted");
    for (const { id } of ended) this.#reset(id, "deleted");
    return ended;
  }

  /** Gives back a run that was removed, unless it is trained again by now; the answer tells. */
  restore(run: StudyRunStatus): boolean {
    if (this.run(run.id)?.state !== "deleted") return false;
    this.#change(run.id, run);
    return true;
  }

  label(id: string, { name, tags, notes, isPinned }: RunLabel): void {
    if (this.#entries.has(id)) this.#change(id, { name, tags, notes, isPinned });
  }

  /** What is kept of a run that has ended. */
  describe(id: string, { endedAt, bytes }: Pick<StudyRunStatus, "endedAt" | "bytes">): void {
    const { state } = this.run(id) ?? {};
    if (state !== undefined && hasEnded(state) && state !== "deleted") this.#change(id, { endedAt, bytes });
  }

  /** Gives an ended run the epochs that were not read before. */
  restoreEpochs(id: string, epochs: StudyRunStatus["epochs"]): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.status = { ...entry.status, epochs };
  }

  /** What a run takes besides training, the median of those that have ended here; null: none has. */
  get startSeconds(): number | null {
    const startMs = medianOf([...this.#entries.values()].flatMap((entry) => entry.startMs ?? []));
    return startMs === null ? null : startMs / 1000;
  }

  /**
   * Until all runs have ended with `jobs` at a time, by the median time of those that have; before the first has, by what runs are
   * through. null: not known, or nothing is left to train.
   */
  secondsLeft(jobs: number, now: number): number | null {
    const entries = [...this.#entries.values()];
    const running = entries.filter(({ status }) => status.state === "running");
    const numWaiting = this.#isPaused ? 0 : this.count("waiting");
    const numLeft = running.length + numWaiting;
    if (numLeft === 0) return null;
    const spentMs = ({ begunAt }: Entry): number => (begunAt === null ? 0 : now - begunAt);
    const projected = running.flatMap((entry) => {
      const { step, totalSteps, elapsedMs } = entry.status;
      if (step === 0 || totalSteps === null || elapsedMs === null) return [];
      // What passes before the first step does not grow with the steps.
      return [spentMs(entry) + (elapsedMs * (totalSteps - step)) / step];
    });
    // Of runs that were read from files only the time of training is known.
    const unknownStartMs = 1000 * (this.startSeconds ?? 0);
    const ended = entries.flatMap(({ durationMs, startMs }) =>
      durationMs === null ? [] : [durationMs + (startMs === null ? unknownStartMs : 0)],
    );
    const typicalMs = medianOf(ended.length > 0 ? ended : projected);
    if (typicalMs === null) return null;
    const leftOfRunning = running.map((entry) => Math.max(0, typicalMs - spentMs(entry)));
    const workMs = leftOfRunning.reduce((sum, ms) => sum + ms, 0) + numWaiting * typicalMs;
    // What runs already is not spread over more workers than it has.
    return Math.max(workMs / Math.min(jobs, numLeft), ...leftOfRunning) / 1000;
  }

  /** Runs that have changed since the last call, in order. */
  takeChanged(): readonly StudyRunStatus[] {
    const changed = this.runs.filter(({ id }) => this.#changed.has(id));
    this.#changed.clear();
    return changed;
  }

  /** As a run that has not begun, with its label. */
  #reset(id: string, state: "waiting" | "deleted"): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    const { findings: _, params, name, tags, notes, isPinned } = entry.status;
    entry.status = { ...waitingRun(id, params), name, tags, notes, isPinned, state };
    this.#changed.add(id);
  }

  #change(id: string, change: Partial<StudyRunStatus>): StudyRunStatus | null {
    const entry = this.#entries.get(id);
    if (entry === undefined) return null;
    entry.status = { ...entry.status, ...change };
    this.#changed.add(id);
    return entry.status;
  }
}
