/** Which dataset the document trains on, as the inspector and a failed run let the user change it. */
import type { DatasetReference } from "../../engine/index.ts";
import { getShell } from "../app/shellAccess.ts";
import { dismissNotices, notify } from "../app/viewStore.ts";
import { connectToDatasets } from "../dataset/datasetConnection.ts";
import { documentStore } from "./documentStore.ts";

export const trainOn = (dataset: DatasetReference): void => {
  documentStore.getState().apply([{ type: "setDataset", dataset }], "set dataset");
};

export const trainOnMnist = (): void => trainOn({ source: "mnist" });

const refuse = (text: string): void => notify({ tone: "error", title: "The dataset was not changed", text });

/** Reads the dataset as it is set now, and says so where that is impossible. */
export const explainDataset = async (dataset: DatasetReference): Promise<void> => {
  const connection = connectToDatasets();
  const title = "The dataset cannot be read like this";
  try {
    const { description, problem } = await connection.open(dataset);
    // What was found about a setting that was changed again says nothing.
    if (documentStore.getState().document.dataset !== dataset) return;
    if (description === null) notify({ tone: "error", title, text: problem ?? "The trainer gave no reason." });
    else dismissNotices(title);
  } catch (error) {
    notify({ tone: "error", title, text: error instanceof Error ? error.message : String(error) });
  } finally {
    connection.close();
  }
};

/** Takes what is at a path if it is a dataset; says why if not. */
const trainOnPath = async (path: string): Promise<void> => {
  const connection = connectToDatasets();
  try {
    const { dataset, problem } = await connection.recognize(path);
    if (dataset === null) refuse(problem ?? "The trainer gave no reason.");
    else trainOn(dataset);
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error));
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
