/** The page's run: starts trainers, follows what they report, and knows which step is shown. */
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";
import { changedTraining, compile, type LayerscopeDocument } from "../../engine/index.ts";
import {
  type ExplainedNormalization,
  PROTOCOL_VERSION,
  type TrainEvent,
  type TrainRequest,
} from "../../engine/protocol.ts";
import { getShell } from "../app/shellAccess.ts";
import { notify } from "../app/viewStore.ts";
import { movedDocument } from "../document/datasetPlace.ts";
import { documentStore } from "../document/documentStore.ts";
import { asOpenDocument, placedDocument } from "../document/placedDocument.ts";
import type { RecordedRun } from "../shell/runHost.ts";
import type { TrainerConnection, TrainerExit } from "../shell/shell.ts";
import { createKeptNet } from "./keptNet.ts";
import { expectedStepSeconds, learnFromRehearsal, machineSpeed } from "./machineSpeed.ts";
import { askRefusal, exportRefusal, openedNet } from "./netRefusals.ts";
import { newestStepOf } from "./newestStep.ts";
import { type Recomputation, recomputationAfter } from "./recomputation.ts";
import { restoreHistory } from "./recordedRun.ts";
import type { RunHistory } from "./runHistory.ts";
import { RunRecorder } from "./runRecorder.ts";
import {
  isUnderWay,
  onScreen,
  type RunAction,
  type RunState,
  runOf,
  STOP_PATIENCE_SECONDS,
  transition,
} from "./runState.ts";
import { needsDataset } from "./runWords.ts";
import { forgetStartingNet, nextStart, type StartingNet } from "./startingNet.ts";
import { isUsual, statisticsRequest, statisticsStore } from "./statisticsSetting.ts";
import { threadsStore } from "./threadsSetting.ts";
import { type BenchAnswer, type BenchQuestion, type ExportOutcome, TrainerQuestions } from "./trainerQuestions.ts";

/** A run from its folder: it has no trainer. */
export interface ReopenedRun {
  readonly runId: string;
  /** Whether its folder has the trained net. */
  readonly hasModel: boolean;
}

export interface RunStoreState {
  readonly state: RunState;
  /** What the current or last run has measured; null before the first run. */
  readonly history: RunHistory | null;
  /** What the current or last run trains. */
  readonly runDocument: LayerscopeDocument | null;
  /** null follows the run: the newest step. */
  readonly shownStep: number | null;
  /** Whether the trainer of this run can still be asked for its weights. */
  readonly canExport: boolean;
  /** Whether the weights as the run left them are in a file. */
  readonly isExported: boolean;
  /** Whether the weights as the run left them stay with it in the library. */
  readonly isNetKept: boolean;
  /** What the run was started from in this window; null: initializers, or another window knows. */
  readonly startedWith: StartingNet | null;
  /** null: the run was not opened from its folder. */
  readonly reopened: ReopenedRun | null;
  /** The last time that running statistics were recomputed in this run; null: never. */
  readonly recomputation: Recomputation | null;
}

export interface RunStoreActions {
  /**
   * Starts the trainer of the next run ahead and has it make ready, by default for the document as it is; does nothing while a run is under
   * way.
   */
  prepare(expected?: LayerscopeDocument): void;
  train(): void;
  /** Goes on with an unfinished run, whose document is open. */
  resumeRun(runId: string): void;
  /** Shows a finished run, whose document is open, as it looked when it ended. */
  reopen(runId: string, run: RecordedRun, recorded: RunRecorder): void;
  pause(): void;
  resume(): void;
  /** One batch, then paused; starts a run when none is under way. */
  stepOnce(): void;
  /** Once more where the trainer has not answered: ends it. */
  stop(): void;
  /** Has the run under way take over what the document's settings have changed since, as far as it can. */
  applySettings(): void;
  showStep(step: number | null): void;
  /** The weights as they are now, as the text of a model JSON. */
  exportModel(): Promise<ExportOutcome>;
  /** Has the trainer write a checkpoint of the run under way as it is now. Resolves with why there is none; null: there is, or no run is under way. */
  keepRun(): Promise<string | null>;
  /** A normalizing node of the net that the run trains, step by step, on the batch trained last. */
  explainNormalization(nodeId: string, set: number): Promise<ExplainedNormalization | { readonly problem: string }>;
  /** Asks the net of the run, as it is at its next step; `onProgress` counts test samples. */
  askBench(
    question: BenchQuestion,
    onProgress?: (done: number, total: number) => void,
  ): Promise<BenchAnswer | { readonly problem: string }>;
  /** Has the running statistics of all batch norms recomputed with the weights as they are. */
  recomputeStatistics(): void;
  stopRecomputing(): void;
  /** Takes the last recomputation back. */
  restoreStatistics(): void;
  /** The weights that were last asked for are in a file now. */
  markExported(): void;
  /** Ends the trainer and forgets the run: another document was opened. */
  reset(): void;
}

/** What is on screen while the next run starts, and comes back if that cannot begin. */
interface LeftRun {
  readonly shown: Omit<RunStoreState, "state">;
  readonly connection: TrainerConnection | null;
  readonly recorder: RunRecorder | null;
}

export type RunStore = StoreApi<RunStoreState & RunStoreActions>;

const MAX_TITLE_LENGTH = 255;
const NO_TRAINER = "This run was opened from disk and has no trainer.";

/** `lenet-bn-avg.layerscope` is listed as `lenet-bn-avg`. */
const titleOf = (fileName: string): string => fileName.replace(/\.layerscope$/, "").slice(0, MAX_TITLE_LENGTH);

export const createRunStore = (): RunStore => {
  let connection: TrainerConnection | null = null;
  /** Until the trainer has accepted the run that starts, the one before is not given up. */
  let left: LeftRun | null = null;
  /** A trainer that waits for the next run. */
  let spare: TrainerConnection | null = null;
  /** What the spare trainer was told to expect. */
  let prepared: { readonly document: LayerscopeDocument | null; readonly threads: number | null } = {
    document: null,
    threads: null,
  };
  let recorder: RunRecorder | null = null;
  /** What the run measured whose trainer ended last, should it go on. */
  let interrupted: { readonly runId: string; readonly recorder: RunRecorder } | null = null;
  /** The same disk refuses every checkpoint; once is enough. */
  let hasWarned = false;
  let numRuns = 0;
  const questions = new TrainerQuestions();
  /** Runs while a trainer that was told to stop says nothing. */
  let patience: ReturnType<typeof setTimeout> | undefined;

  return createStore((set, get) => {
    const dispatch = (action: RunAction): void => {
      const state = transition(get().state, action);
      if (state !== get().state) set({ state });
      // Each word from a trainer that is to stop gives it the whole time again.
      clearTimeout(patience);
      if (state.phase === "stopping" && !state.isUnanswered) {
        patience = setTimeout(() => dispatch({ type: "stopUnanswered" }), STOP_PATIENCE_SECONDS * 1000);
      }
    };

    const giveUpLeft = (): void => {
      left?.connection?.kill();
      left = null;
    };

    const disconnect = (problem: string): void => {
      connection?.kill();
      connection = null;
      keptNet.close();
      giveUpLeft();
      questions.answerAll(problem);
      // What was found stays on screen; what was not will never be.
      const { recomputation } = get();
      set({ canExport: false, recomputation: recomputation?.phase === "working" ? null : recomputation });
    };

    const keptNet = createKeptNet({
      onEvent: (event) => questions.receive(event),
      onProblem: (problem) => questions.answerAll(problem),
    });

    const receive = (event: TrainEvent): void => {
      questions.receive(event);
      const recomputation = recomputationAfter(get().recomputation, event);
      if (recomputation !== get().recomputation) {
        set({ recomputation });
        // The file, if there is one, has the other statistics.
        if (recomputation?.phase === "done") set({ isExported: false });
      }
      if (event.type === "started") {
        const before = event.resumedStep === undefined || event.runId !== interrupted?.runId ? null : interrupted;
        interrupted = null;
        giveUpLeft();
        before?.recorder.rewindTo(event.resumedStep ?? 0);
        recorder = before?.recorder ?? new RunRecorder(event.nodeIds, event.hasTargets === true);
        set({ history: recorder, shownStep: null, canExport: true });
      } else if (event.type === "frame") {
        const problem = recorder?.addFrame(event) ?? null;
        if (problem) {
          trainerExited({ reason: "crashed", message: problem.message });
          return;
        }
        connection?.post({ type: "acknowledgeFrame", sequence: event.sequence });
      } else if (event.type === "epoch") {
        recorder?.addEpoch(event);
      } else if (event.type === "history") {
        set({ runDocument: asOpenDocument(event.document) });
        const frames = event.frames === null ? null : new Uint8Array(event.frames);
        const problems = recorder === null ? [] : restoreHistory(recorder, { ...event, frames });
        if (problems.length > 0)
          notify({ tone: "error", title: "What this run had measured before is not whole", text: problems.join(" ") });
      } else if (event.type === "checkpointFailed") {
        if (!hasWarned) notify({ tone: "error", title: "This run is not kept", text: event.message });
        hasWarned = true;
      } else if (event.type === "trainingChanged") {
        const { runDocument } = get();
        recorder?.addChange(event);
        if (runDocument) set({ runDocument: { ...runDocument, training: event.settings } });
      } else if (event.type === "finished") {
        set({ isNetKept: event.isNetKept === true });
      } else if (event.type === "failed") {
        if (get().state.phase === "starting") {
          putBack({ type: "eventReceived", event });
          return;
        }
        set({ canExport: false });
      }
      dispatch({ type: "eventReceived", event });
    };

    /** The run could not begin: the one before stands again as it stood, with its trainer. */
    function putBack(action: RunAction): void {
      connection?.kill();
      const state = transition(get().state, action);
      connection = left?.connection ?? null;
      recorder = left?.recorder ?? null;
      set({ ...left?.shown, state });
      left = null;
    }

    function trainerExited(exit: TrainerExit): void {
      if (get().state.phase === "starting") {
        questions.answerAll(`The trainer has ended: ${exit.message}`);
        putBack({ type: "trainerExited", exit });
        return;
      }
      const runId = runOf(get().state)?.started.runId;
      interrupted = runId === undefined || recorder === null ? null : { runId, recorder };
      disconnect(`The trainer has ended: ${exit.message}`);
      dispatch({ type: "trainerExited", exit });
    }

    const startTrainer = (): TrainerConnection => {
      // A trainer that was replaced may still have something to say; only the present one is listened to.
      const own = getShell().startTrainer({
        onEvent: (event) => {
          if (event.type === "rehearsed") learnFromRehearsal(event.work, event.seconds);
          else if (own === connection) receive(event);
        },
        onExit: (exit) => {
          // The next run starts a trainer of its own, and tells when that one fails, too.
          if (own === spare) spare = null;
          if (left !== null && own === left.connection) {
            left = { ...left, shown: { ...left.shown, canExport: false }, connection: null };
          }
          if (own === connection) trainerExited(exit);
        },
      });
      return own;
    };

    const begin = (request: Extract<TrainRequest, { type: "start" | "resumeRun" }>): TrainerConnection => {
      questions.answerAll("Another run has begun.");
      keptNet.close();
      const { state: _, ...shown } = get();
      const isRecomputing = shown.recomputation?.phase === "working";
      if (isRecomputing) connection?.post({ type: "stopRecomputing" });
      left = { shown: { ...shown, ...(isRecomputing && { recomputation: null }) }, connection, recorder };
      connection = null;
      recorder = null;
      hasWarned = false;
      numRuns += 1;
      dispatch({ type: "trainPressed", number: numRuns });
      const { document } = documentStore.getState();
      set({ runDocument: document, history: null, shownStep: null, isExported: false, recomputation: null });
      set({ reopened: null, isNetKept: false, canExport: false, startedWith: null });
      const own = spare ?? startTrainer();
      spare = null;
      connection = own;
      // A run begins with every layer measured; one that goes on from a checkpoint is told once it has been taken up.
      const [first, second] =
        request.type === "start" ? [statisticsRequest(), request] : [request, statisticsRequest()];
      for (const each of [first, second]) {
        if (each.type !== "changeStatistics" || !isUsual(statisticsStore.getState())) own.post(each);
      }
      return own;
    };

    documentStore.subscribe(({ document, file, openedCount }, before) => {
      const { runDocument, state } = get();
      if (openedCount !== before.openedCount) return;
      // What a run asked for that could not begin is answered.
      if (needsDataset(state) && document.dataset !== before.document.dataset) {
        set({ state: state.phase === "failed" ? (state.before ?? { phase: "idle" }) : state });
      }
      if (runDocument === null) return;
      // The same data, written as the document now writes it.
      const moved = movedDocument(runDocument, before.file.folder, file.folder);
      if (moved !== runDocument) set({ runDocument: moved });
    });

    statisticsStore.subscribe(() => {
      if (isUnderWay(get().state)) connection?.post(statisticsRequest());
    });

    const start = (): TrainerConnection | null => {
      const { compiled, file } = documentStore.getState();
      if (isUnderWay(get().state) || !compiled.program) return null;
      interrupted = null;
      const { threads } = threadsStore.getState();
      const title = titleOf(file.fileName);
      const net = nextStart();
      const request = {
        type: "start",
        protocol: PROTOCOL_VERSION,
        document: placedDocument(),
        threads,
        title,
      } as const;
      const own = begin(net === null ? request : { ...request, from: { name: net.name, text: net.text } });
      set({ startedWith: net });
      return own;
    };

    return {
      state: { phase: "idle" },
      history: null,
      runDocument: null,
      shownStep: null,
      canExport: false,
      isExported: false,
      isNetKept: false,
      startedWith: null,
      reopened: null,
      recomputation: null,

      prepare(expected) {
        if (isUnderWay(get().state) || (!expected && !documentStore.getState().compiled.program)) return;
        const document = expected ?? placedDocument();
        const compiled = expected ? compile(expected, { plan: false }) : documentStore.getState().compiled;
        const { threads } = threadsStore.getState();
        if (spare !== null && prepared.document === document && prepared.threads === threads) return;
        spare ??= startTrainer();
        prepared = { document, threads };
        const rehearse = expectedStepSeconds(compiled, document.training.batchSize, machineSpeed.getState()) === null;
        spare.post({ type: "prepare", protocol: PROTOCOL_VERSION, document, threads, rehearse });
      },
      train() {
        start();
      },
      resumeRun(runId) {
        if (isUnderWay(get().state)) return;
        begin({ type: "resumeRun", protocol: PROTOCOL_VERSION, runId, threads: threadsStore.getState().threads });
      },
      reopen(runId, { started, ended, hasModel }, recorded) {
        if (isUnderWay(get().state)) return;
        disconnect("Another run was opened.");
        recorder = recorded;
        interrupted = null;
        numRuns += 1;
        const { document } = documentStore.getState();
        set({ runDocument: document, history: recorded, shownStep: null, isExported: false, recomputation: null });
        set({ reopened: { runId, hasModel }, isNetKept: hasModel, startedWith: null });
        dispatch({ type: "runReopened", run: { number: numRuns, started }, ended });
      },
      pause() {
        if (get().state.phase === "running") connection?.post({ type: "pause" });
      },
      resume() {
        if (get().state.phase === "paused") connection?.post({ type: "resume" });
      },
      stepOnce() {
        const { phase } = get().state;
        if (phase === "paused") connection?.post({ type: "stepOnce" });
        else if (phase !== "running") start()?.post({ type: "stepOnce" });
      },
      stop() {
        const { state } = get();
        // Nothing has been trained yet: there is no batch to wait for.
        if (state.phase === "starting") {
          questions.answerAll("The run was stopped before it began.");
          putBack({ type: "stopPressed" });
          return;
        }
        if (state.phase === "stopping") {
          // What it wrote last stays, and the run can go on from there.
          const message = `it did not answer for ${STOP_PATIENCE_SECONDS} s and was ended.`;
          if (state.isUnanswered) trainerExited({ reason: "killed", message });
          return;
        }
        dispatch({ type: "stopPressed" });
        connection?.post({ type: "stop" });
      },
      applySettings() {
        const { runDocument, state } = get();
        if (!runDocument || !runOf(state) || !isUnderWay(state)) return;
        const training = changedTraining(runDocument.training, documentStore.getState().document.training);
        if (training) connection?.post({ type: "changeTraining", training });
      },
      showStep(step) {
        const { shownStep } = get();
        const newest = newestStepOf(get());
        const shown = step === null || step >= newest ? null : Math.max(1, Math.round(step));
        if (shown !== shownStep) set({ shownStep: shown });
      },
      async exportModel() {
        const { reopened } = get();
        if (reopened?.hasModel) {
          const read = await getShell().runs.readModel(reopened.runId);
          if (read.status === "done") return read.value;
          return { problem: read.status === "failed" ? read.problem.message : "The net was not read." };
        }
        const opened = openedNet(get());
        if (opened !== null) return { text: opened.text };
        const present = connection;
        if (!present || !get().canExport) {
          return { problem: exportRefusal(get()) ?? "There is no trained net to export. Train first." };
        }
        return questions.askExport((request) => present.post(request));
      },
      async keepRun() {
        const present = connection;
        if (present === null || !isUnderWay(get().state)) return null;
        let timer: ReturnType<typeof setTimeout> | undefined;
        const silence = new Promise<{ readonly problem: string }>((resolve) => {
          const problem = `The trainer did not answer for ${STOP_PATIENCE_SECONDS} s.`;
          timer = setTimeout(() => resolve({ problem }), STOP_PATIENCE_SECONDS * 1000);
        });
        const kept = await Promise.race([questions.askKeep((request) => present.post(request)), silence]);
        clearTimeout(timer);
        // It has come to its end meanwhile, and is kept as one that has.
        return kept === null || !isUnderWay(get().state) ? null : kept.problem;
      },
      explainNormalization(nodeId, wantedSet) {
        const present = connection;
        if (!present || !get().canExport) {
          const problem = "Train to look inside: the steps are computed on the batch trained last.";
          return Promise.resolve({ problem: get().reopened === null ? problem : `${NO_TRAINER} ${problem}` });
        }
        return questions.askExplanation(nodeId, wantedSet, (request) => present.post(request));
      },
      recomputeStatistics() {
        const { canExport, recomputation } = get();
        if (!connection || !canExport || recomputation?.phase === "working") return;
        set({ recomputation: { phase: "working", done: 0, total: 0 } });
        connection.post({ type: "recomputeStatistics", requestId: questions.nextId() });
      },
      stopRecomputing() {
        if (get().recomputation?.phase === "working") connection?.post({ type: "stopRecomputing" });
      },
      restoreStatistics() {
        const { recomputation } = get();
        if (recomputation?.phase !== "done" || recomputation.isRestored) return;
        connection?.post({ type: "restoreStatistics", requestId: questions.nextId() });
      },
      askBench(question, onProgress = () => undefined) {
        const refusal = askRefusal(get());
        if (refusal !== null) return Promise.resolve({ problem: refusal });
        const { canExport, reopened } = get();
        const opened = openedNet(get());
        return questions.askBench(question, onProgress, (asked) => {
          if (canExport) connection?.post(asked);
          else if (reopened !== null) {
            const { runId } = reopened;
            keptNet.ask({ key: runId, read: () => getShell().runs.readModel(runId) }, asked);
          } else if (opened !== null) {
            keptNet.ask({ key: opened.number, read: async () => ({ status: "done", value: opened }) }, asked);
          }
        });
      },
      markExported() {
        // A run that goes on learns more than the file holds.
        if (onScreen(get().state).phase === "finished") set({ isExported: true });
      },
      reset() {
        disconnect("Another document was opened.");
        recorder = null;
        interrupted = null;
        set({ state: { phase: "idle" }, history: null, runDocument: null, shownStep: null, isExported: false });
        set({ recomputation: null, reopened: null, isNetKept: false, startedWith: null });
        forgetStartingNet();
      },
    };
  });
};

export const runStore: RunStore = createRunStore();

export const useRun = <T>(selector: (state: RunStoreState & RunStoreActions) => T): T => useStore(runStore, selector);
