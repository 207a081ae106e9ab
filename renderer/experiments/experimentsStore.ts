/** Which studies there are, the open one as its runs report, and how it is looked at. Follows the host; nothing here is saved. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import type { StudyDetail, StudyRunStatus, StudyStatus, StudyUpdate } from "../../engine/protocol.ts";
import { getShell } from "../app/shellAccess.ts";
import { learnSpeed } from "../run/machineSpeed.ts";
import type { CurveId } from "./runMetrics.ts";
import type { Brushes } from "./runPoints.ts";
import type { Sorting } from "./runRows.ts";
import type { StudyDraft } from "./studyDraft.ts";

export type LowerChart = "swept" | "scatter" | "parallel";

export interface ExperimentsState {
  /** The latest first; null: not asked yet. */
  readonly studies: readonly StudyStatus[] | null;
  readonly openId: string | null;
  /** The open one; null while it is read. */
  readonly detail: StudyDetail | null;
  /** Why the open one cannot be shown. */
  readonly problem: string | null;
  /** A study that has not begun: it takes the place of the open one. */
  readonly draft: StudyDraft | null;
  readonly selected: readonly string[];
  readonly filter: string;
  /** null: the best validation or test score first. */
  readonly sorting: Sorting | null;
  readonly brushes: Brushes;
  readonly curve: CurveId;
  readonly lower: LowerChart;
  /** Dimensions of the scatter; null: chosen by what varies. */
  readonly scatter: { readonly x: string; readonly y: string } | null;
  readonly curvesAsTable: boolean;
  readonly lowerAsTable: boolean;
  /** The line that is pointed at, of all charts, by the key of its variant. */
  readonly lit: string | null;
  /** The run whose name is being typed. */
  readonly renaming: string | null;
  /** Whether the title of the open study is being typed. */
  readonly isRetitling: boolean;
  readonly comparing: boolean;
}

/** How a study is looked at when it is opened. */
const FRESH = {
  selected: [],
  filter: "",
  sorting: null,
  brushes: {},
  scatter: null,
  lit: null,
  renaming: null,
  isRetitling: false,
  comparing: false,
} satisfies Partial<ExperimentsState>;

export const experimentsStore = createStore<ExperimentsState>(() => ({
  studies: null,
  openId: null,
  detail: null,
  problem: null,
  draft: null,
  ...FRESH,
  curve: "train",
  lower: "swept",
  curvesAsTable: false,
  lowerAsTable: false,
}));

export const useExperiments = <T>(selector: (state: ExperimentsState) => T): T => useStore(experimentsStore, selector);

const { getState, setState } = experimentsStore;

export const setExperiments = (change: Partial<ExperimentsState>): void => setState(change);

export const openStudy = async (studyId: string): Promise<void> => {
  setState({ openId: studyId, detail: null, problem: null, draft: null, ...FRESH });
  const outcome = await getShell().studies.open(studyId);
  // Another one was chosen meanwhile.
  if (getState().openId !== studyId) return;
  if (outcome.status === "done") setState({ detail: outcome.value });
  else setState({ problem: outcome.status === "failed" ? outcome.problem.message : "The study was not opened." });
};

/** Asks the host anew; opens the latest study where none is open. */
export const refreshStudies = async (): Promise<void> => {
  const studies = await getShell().studies.list();
  setState({ studies });
  const { openId, draft } = getState();
  const [latest] = studies;
  if (openId === null && draft === null && latest !== undefined) await openStudy(latest.studyId);
};

/** The study is no longer there: the next one is opened, if there is one. */
export const forgetStudy = async (studyId: string): Promise<void> => {
  const studies = (getState().studies ?? []).filter((study) => study.studyId !== studyId);
  setState({ studies });
  if (getState().openId !== studyId) return;
  setState({ openId: null, detail: null, problem: null, ...FRESH });
  const [next] = studies;
  if (next !== undefined && getState().draft === null) await openStudy(next.studyId);
};

const withChanged = (
  runs: readonly StudyRunStatus[],
  changed: readonly StudyRunStatus[],
): readonly StudyRunStatus[] => {
  const byId = new Map(changed.map((run) => [run.id, run]));
  return runs.map((run) => byId.get(run.id) ?? run);
};

/** Takes over what a study reports. */
export const takeUpdate = ({ status, runs }: StudyUpdate): void => {
  const { studies, detail } = getState();
  const isKnown = studies?.some(({ studyId }) => studyId === status.studyId) ?? false;
  if (studies !== null) {
    setState({
      studies: isKnown
        ? studies.map((study) => (study.studyId === status.studyId ? status : study))
        : [status, ...studies],
    });
  }
  // How long runs take to begin is known best when all have.
  if (status.state === "finished" && status.startSeconds !== undefined) {
    learnSpeed({ runStartSeconds: status.startSeconds });
  }
  if (detail?.studyId !== status.studyId) return;
  // A study that was given another title: what is saved or copied of it has that one.
  const text =
    status.title === detail.title ? detail.text : JSON.stringify({ ...JSON.parse(detail.text), title: status.title });
  setState({ detail: { ...detail, ...status, text, runs: withChanged(detail.runs, runs) } });
};

/** Returns how to stop. */
export const followStudies = (): (() => void) => {
  const stops = [
    getShell().studies.onChanged(takeUpdate),
    getShell().studies.onRemoved((studyId) => void forgetStudy(studyId)),
  ];
  return () => {
    for (const stop of stops) stop();
  };
};

/** One run alone, or one more or less. */
export const selectRuns = (ids: readonly string[], adds = false): void => {
  if (!adds) {
    setState({ selected: ids });
    return;
  }
  const { selected } = getState();
  const isIn = ids.every((id) => selected.includes(id));
  setState({
    selected: isIn
      ? selected.filter((id) => !ids.includes(id))
      : [...selected, ...ids.filter((id) => !selected.includes(id))],
  });
};
