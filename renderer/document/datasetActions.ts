/** Which dataset the document trains on, as the inspector and a failed run let the user change it. */
import { getShell } from "../app/shellAccess.ts";
import { notify } from "../app/viewStore.ts";
import { documentStore } from "./documentStore.ts";

const DATASET_EDIT = "set dataset";

/** Asks for a folder of IDX files; nothing changes when none is chosen. */
export const chooseDatasetFolder = async (): Promise<void> => {
  const outcome = await getShell().chooseDatasetFolder();
  if (outcome.status === "failed")
    notify({ tone: "error", title: "No folder was chosen", text: outcome.problem.message });
  if (outcome.status !== "done") return;
  const { directory } = outcome.value;
  documentStore.getState().apply([{ type: "setDataset", dataset: { source: "idx", directory } }], DATASET_EDIT);
};

export const trainOnMnist = (): void => {
  documentStore.getState().apply([{ type: "setDataset", dataset: { source: "mnist" } }], DATASET_EDIT);
};
