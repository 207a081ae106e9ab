/** Workers that train the runs of one or several studies: never more at a time than there are cores, one that dies is replaced. */
import type { StudyQueue } from "./studyQueue.ts";
import type { StudyRunStatus } from "./studyStatus.ts";
import type { StudyEvent, StudyRequest, StudyTask } from "./studyTask.ts";

/** A worker of the platform: a process or a thread that trains one run after the other. */
export interface StudyWorker {
  post(request: StudyRequest): void;
  /** Ends it at once, in the middle of a run too; `onExit` follows. */
  end(): void;
}

export interface StudyWorkerListener {
  readonly onEvent: (event: StudyEvent) => void;
  /** It is gone; `reason` is a sentence. */
  readonly onExit: (reason: string) => void;
}

/** A study whose runs are to be trained. */
export interface CrewStudy {
  readonly queue: StudyQueue;
  taskOf(run: StudyRunStatus): StudyTask;
  /** Something of the run has changed, or how it stands in the queue. */
  onChanged(runId: string, event: StudyEvent | null): void;
}

interface Assignment {
  readonly study: CrewStudy;
  readonly runId: string;
  /** Nobody waits for it any more: it was cancelled. */
  isGivenUp: boolean;
}

interface Member {
  readonly worker: StudyWorker;
  assignment: Assignment | null;
}

export class StudyCrew {
  readonly size: number;
  readonly #now: () => number;
  readonly #startWorker: (listener: StudyWorkerListener) => StudyWorker;
  readonly #studies: CrewStudy[] = [];
  readonly #members = new Set<Member>();
  #released: (() => void)[] = [];
  /** null: it is not held. */
  #heldSince: number | null = null;
  #hasEnded = false;

  constructor(call: {
    /** Runs at a time, each on one thread. */
    readonly size: number;
    readonly now: () => number;
    readonly startWorker: (listener: StudyWorkerListener) => StudyWorker;
  }) {
    this.size = call.size;
    this.#now = call.now;
    this.#startWorker = call.startWorker;
  }

  get isHeld(): boolean {
    return this.#heldSince !== null;
  }

  /** Starts workers ahead of a study, as many as it can use, and asks them to be ready for it; `end` if it does not come. */
  prepare(numRuns: number, request: Extract<StudyRequest, { type: "prepare" }>): void {
    while (this.#members.size < Math.min(this.size, numRuns)) this.#recruit().worker.post(request);
  }

  /** The runs of a study come after those of the studies before. */
  add(study: CrewStudy): void {
    this.#studies.push(study);
    this.dispatch();
  }

  /** Ends the workers of a study in the middle of what they do; resolves when they are gone. Its queue is left as it is. */
  async withdraw(study: CrewStudy): Promise<void> {
    const index = this.#studies.indexOf(study);
    if (index !== -1) this.#studies.splice(index, 1);
    for (const { assignment, worker } of this.#members) {
      if (assignment?.study !== study) continue;
      assignment.isGivenUp = true;
      worker.end();
    }
    await this.released(study);
  }

  /** Asks the workers of runs that were cancelled to stop. */
  giveUp(study: CrewStudy, runIds: readonly string[]): void {
    for (const { assignment, worker } of this.#members) {
      if (assignment?.study !== study || !runIds.includes(assignment.runId)) continue;
      assignment.isGivenUp = true;
      // One that is held would not get there.
      if (this.isHeld) worker.post({ type: "hold", isHeld: false });
      worker.post({ type: "stop" });
    }
  }

  /** Asks all workers to stop; their runs wait again. */
  stop(): void {
    for (const { assignment, worker } of this.#members) if (assignment !== null) worker.post({ type: "stop" });
  }

  /** Resolves when no worker is at these runs of a study, or at any of it. */
  async released(study: CrewStudy, runIds?: readonly string[]): Promise<void> {
    const isBusy = ({ assignment }: Member): boolean =>
      assignment?.study === study && (runIds?.includes(assignment.runId) ?? true);
    while ([...this.#members].some(isBusy)) {
      await new Promise<void>((resolve) => {
        this.#released.push(resolve);
      });
    }
  }

  /** Holds all runs and begins no new one, or goes on. */
  hold(isHeld: boolean): void {
    if (this.isHeld === isHeld) return;
    if (this.#heldSince !== null) {
      const heldMs = this.#now() - this.#heldSince;
      for (const { queue } of this.#studies) queue.skipTime(heldMs);
    }
    this.#heldSince = isHeld ? this.#now() : null;
    for (const { assignment, worker } of this.#members) {
      if (assignment !== null) worker.post({ type: "hold", isHeld });
    }
    this.dispatch();
  }

  /** Ends all workers at once, for good. */
  end(): void {
    this.#hasEnded = true;
    for (const { worker } of this.#members) worker.end();
  }

  /** Hands out runs as long as there are any and somebody to train them. To be called when a queue has changed. */
  dispatch(): void {
    while (!this.isHeld && !this.#hasEnded) {
      const study = this.#studies.find(({ queue }) => queue.hasWork);
      const member = study === undefined ? null : this.#freeMember();
      if (study === undefined || member === null) break;
      const run = study.queue.begin(this.#now());
      if (run === null) break;
      member.assignment = { study, runId: run.id, isGivenUp: false };
      member.worker.post(study.taskOf(run));
      study.onChanged(run.id, null);
    }
    if (this.#studies.some(({ queue }) => queue.hasWork)) return;
    // They hold samples in memory that nobody needs.
    for (const member of this.#members) {
      if (member.assignment !== null) continue;
      this.#members.delete(member);
      member.worker.end();
    }
  }

  #freeMember(): Member | null {
    const idle = [...this.#members].find(({ assignment }) => assignment === null);
    if (idle !== undefined) return idle;
    return this.#members.size < this.size ? this.#recruit() : null;
  }

  #recruit(): Member {
    const member: Member = {
      worker: this.#startWorker({
        onEvent: (event) => this.#heard(member, event),
        onExit: (reason) => this.#lost(member, reason),
      }),
      assignment: null,
    };
    this.#members.add(member);
    return member;
  }

  #heard(member: Member, event: StudyEvent): void {
    const { assignment } = member;
    if (assignment === null) return;
    if (event.type === "ended") member.assignment = null;
    if (!assignment.isGivenUp) {
      assignment.study.queue.receive(assignment.runId, event, this.#now());
      assignment.study.onChanged(assignment.runId, event);
    }
    if (event.type === "ended") this.#release();
  }

  #lost(member: Member, reason: string): void {
    if (!this.#members.delete(member)) return;
    const { assignment } = member;
    member.assignment = null;
    if (assignment !== null && !assignment.isGivenUp) {
      assignment.study.queue.crash(assignment.runId, reason);
      assignment.study.onChanged(assignment.runId, null);
    }
    this.#release();
  }

  #release(): void {
    const waiting = this.#released;
    this.#released = [];
    for (const resolve of waiting) resolve();
    this.dispatch();
  }
}
