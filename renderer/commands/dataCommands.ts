/** What a net is trained on, and how it does on samples that it has not seen. */
import { viewStore } from "../app/viewStore.ts";
import { askTest, setBench } from "../bench/benchStore.ts";
import { chooseDatasetFile, chooseDatasetFolder } from "../document/datasetActions.ts";
import { askRefusal } from "../run/netRefusals.ts";
import { runStore } from "../run/runStore.ts";
import { type Command, onlyInEditor, onlyWithDocumentInView } from "./command.ts";

export const dataCommands: readonly Command[] = [
  {
    id: "edit.datasetFolder",
    title: () => "Train on a folder…",
    group: "Edit",
    shortcuts: [],
    disabledBecause: onlyWithDocumentInView,
    run: chooseDatasetFolder,
  },
  {
    id: "edit.datasetFile",
    title: () => "Train on a file…",
    group: "Edit",
    shortcuts: [],
    disabledBecause: onlyWithDocumentInView,
    run: chooseDatasetFile,
  },
  {
    id: "run.evaluate",
    title: () => "Evaluate the test set",
    group: "Run",
    shortcuts: [],
    disabledBecause: () => onlyInEditor() ?? askRefusal(runStore.getState()),
    run: async () => {
      viewStore.setState({ editorView: "bench" });
      setBench({ tab: "test" });
      await askTest();
    },
  },
];
