/** Studies: to their view, and what can be done with the open one and its runs. */
import { viewStore } from "../app/viewStore.ts";
import { documentStore } from "../document/documentStore.ts";
import { experimentsStore, refreshStudies, setExperiments } from "../experiments/experimentsStore.ts";
import {
  beginDraft,
  cancelStudy,
  copyStudy,
  deleteStudy,
  deleteStudyRuns,
  hasEnded,
  isDeletable,
  openRun,
  pauseStudy,
  resumeStudy,
  retriableSelected,
  retryRuns,
  saveRunsCsv,
  startDraft,
} from "../experiments/studyActions.ts";
import { type Command, onlyInEditor } from "./command.ts";

const { getState } = experimentsStore;

/** Why nothing can be done with the open study, or null. */
const onlyWithStudy = (): string | null => {
  const closed = onlyInEditor();
  if (closed !== null) return closed;
  if (viewStore.getState().editorView !== "experiments") return "Show the experiments first";
  const { detail, draft } = getState();
  if (draft !== null) return "The study has not begun";
  return detail === null ? "No study is open" : null;
};

const selectedRun = () => {
  const { detail, selected } = getState();
  return detail?.runs.find(({ id }) => id === selected[0]);
};

export const studyCommands: readonly Command[] = [
  {
    id: "view.experiments",
    title: () => "Show the experiments",
    group: "View",
    shortcuts: ["Mod+4"],
    // A study brings its own document.
    disabledBecause: () => null,
    run: () => {
      viewStore.setState({ view: "editor", editorView: "experiments" });
      return refreshStudies();
    },
  },
  {
    id: "study.new",
    title: () => "New study of the document…",
    group: "Run",
    shortcuts: ["Mod+Shift+E"],
    disabledBecause: () =>
      onlyInEditor() ??
      (documentStore.getState().document.nodes.length === 0 ? "The document has no layers yet" : null),
    run: () => beginDraft(),
  },
  {
    id: "study.start",
    title: () => "Start the study",
    group: "Run",
    shortcuts: [],
    disabledBecause: () => (getState().draft === null ? "No study is being defined" : null),
    run: startDraft,
  },
  {
    id: "study.pause",
    title: () => (getState().detail?.state === "paused" ? "Resume the study" : "Pause the study"),
    name: "Pause or resume the study",
    group: "Run",
    shortcuts: [],
    disabledBecause: () => {
      const { detail } = getState();
      return (
        onlyWithStudy() ??
        (detail?.state === "running" || (detail?.state === "paused" && detail.numEnded < detail.numRuns)
          ? null
          : "The study has ended")
      );
    },
    run: () => (getState().detail?.state === "paused" ? resumeStudy() : pauseStudy()),
  },
  {
    id: "study.stop",
    title: () => "Stop the study",
    group: "Run",
    shortcuts: [],
    disabledBecause: () => {
      const { detail } = getState();
      const hasEnded = detail?.state === "finished" || detail?.state === "cancelled";
      return onlyWithStudy() ?? (hasEnded ? "The study has ended" : null);
    },
    run: cancelStudy,
  },
  {
    id: "study.openRun",
    title: () => "Open the selected run of the study",
    group: "Run",
    shortcuts: [],
    disabledBecause: () => {
      const run = selectedRun();
      return (
        onlyWithStudy() ??
        (run === undefined
          ? "Select a run in the table"
          : run.findings?.gradients !== undefined
            ? "Nothing was trained in this run"
            : hasEnded(run)
              ? null
              : run.state === "deleted"
                ? "The run was deleted"
                : "The run has not come to its end")
      );
    },
    run: () => openRun(),
  },
  {
    id: "study.compare",
    title: () => "Compare the selected runs of the study",
    group: "Run",
    shortcuts: [],
    disabledBecause: () => {
      const { detail, selected } = getState();
      const ended =
        detail?.runs.filter((run) => selected.includes(run.id) && hasEnded(run) && !run.findings?.gradients) ?? [];
      return onlyWithStudy() ?? (ended.length < 2 ? "Select two runs that have ended" : null);
    },
    run: () => setExperiments({ comparing: true }),
  },
  {
    id: "study.rename",
    title: () => "Name the selected run of the study",
    group: "Run",
    shortcuts: [],
    disabledBecause: () => onlyWithStudy() ?? (selectedRun() === undefined ? "Select a run in the table" : null),
    run: () => setExperiments({ renaming: selectedRun()?.id ?? null }),
  },
  {
    id: "study.retitle",
    title: () => "Rename the study",
    group: "Run",
    shortcuts: [],
    disabledBecause: onlyWithStudy,
    run: () => setExperiments({ isRetitling: true }),
  },
  {
    id: "study.retryRuns",
    title: () => "Train the selected runs of the study again",
    group: "Run",
    shortcuts: [],
    disabledBecause: () =>
      onlyWithStudy() ??
      (retriableSelected().length === 0 ? "Select runs that failed, diverged, were stopped or deleted" : null),
    run: () => retryRuns(retriableSelected()),
  },
  {
    id: "study.deleteRuns",
    title: () => "Delete the selected runs of the study",
    group: "Run",
    shortcuts: [],
    disabledBecause: () => {
      const { detail, selected } = getState();
      const some = detail?.runs.some((run) => selected.includes(run.id) && isDeletable(run)) ?? false;
      return onlyWithStudy() ?? (some ? null : "Select runs that have ended");
    },
    run: () => deleteStudyRuns(),
  },
  {
    id: "study.saveCsv",
    title: () => "Save the runs of the study as CSV…",
    group: "File",
    shortcuts: [],
    disabledBecause: onlyWithStudy,
    run: saveRunsCsv,
  },
  {
    id: "study.copy",
    title: () => "Copy the study as JSON",
    group: "Edit",
    shortcuts: [],
    disabledBecause: onlyWithStudy,
    run: copyStudy,
  },
  {
    id: "study.delete",
    title: () => "Delete the study",
    group: "File",
    shortcuts: [],
    disabledBecause: onlyWithStudy,
    run: deleteStudy,
  },
];
