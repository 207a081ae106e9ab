/** Which dataset the document trains on, as the inspector and a failed run let the user change it. */
import type { DatasetReference } from "../../engine/index.ts";
import { messageOf } from "../../engine/index.ts";
import { getShell } from "../app/shellAccess.ts";
import { notify } from "../app/viewStore.ts";
import { connectToDatasets } from "../dataset/datasetConnection.ts";
import { learnDataset } from "../dataset/datasetFacts.ts";
import { documentStore } from "./documentStore.ts";

export const trainOn = (dataset: DatasetReference): void => {
  documentStore.getState().apply([{ type: "setDataset", dataset }], "set dataset");
};

export const trainOnMnist = (): void => trainOn({ source: "mnist" });

const refuse = (text: string): void => notify({ tone: "error", title: "The dataset was not changed", text });

/** Takes what is at a path if it is a dataset; says why if not. */
const trainOnPath = async (path: string): Promise<void> => {
  const connection = connectToDatasets();
  try {
    const { dataset, problem } = await connection.recognize(path);
    if (dataset === null) {
      refuse(problem ?? "The trainer gave no reason.");
      return;
    }
    const before = documentStore.getState().document.dataset;
    trainOn(dataset);
    // The same path again: what is there may have changed, or come back.
    if (documentStore.getState().document.dataset === before) learnDataset(before, await connection.open(before));
  } catch (error) {
    refuse(messageOf(error));
  } finally {
    connection.close();
  }
};

/** Asks for the folder of a dataset; nothing changes when none is chosen. */
export const chooseDatasetFolder = async (): Promise<void> => {
  const outcome = await getShell().chooseDatasetFolder();
  if (outcome.status === "failed") refuse(outcome.problem.message);
  else if (outcome.status === "done") await trainOnPath(outcome.value.directory);
};

/** Asks for a table, or for images beside their labels. */
export const chooseDatasetFile = async (): Promise<void> => {
  const outcome = await getShell().chooseDatasetFile();
  if (outcome.status === "failed") refuse(outcome.problem.message);
  else if (outcome.status === "done") await trainOnPath(outcome.value.file);
};
