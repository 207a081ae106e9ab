/**
 * Tells the compiler what is in the document's dataset: the shape of its samples, its classes and how many samples there are. A named or
 * generated set says so itself; files are read, in a process of their own, as soon as the document names them.
 */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { type DatasetFacts, type DatasetReference, datasetPath, messageOf } from "../../engine/index.ts";
import type { DatasetDescription } from "../../engine/protocol.ts";
import { documentStore, useDocument } from "../document/documentStore.ts";
import { connectToDatasets } from "./datasetConnection.ts";

export type DatasetReading =
  | { readonly state: "reading"; readonly dataset: DatasetReference }
  /** `problem`: one sentence; null: it was read. */
  | { readonly state: "read"; readonly dataset: DatasetReference; readonly problem: string | null };

/** null: nothing had to be read yet. */
const readingStore = createStore<{ readonly reading: DatasetReading | null }>(() => ({ reading: null }));

const factsOf = ({ shape, classNames, targetWidth, train, test, stores }: DatasetDescription): DatasetFacts => ({
  sampleShape: shape,
  numClasses: classNames.length,
  ...(targetWidth === null ? {} : { targetWidth }),
  trainCount: train.count,
  testCount: test.count,
  ...(stores === "numbers" ? { stores } : {}),
});

/** What reading a dataset has shown, whoever read it. */
export const learnDataset = (
  dataset: DatasetReference,
  { description, problem }: { readonly description: DatasetDescription | null; readonly problem: string | null },
): void => {
  documentStore.getState().learnDataset(dataset, description === null ? null : factsOf(description));
  if (documentStore.getState().document.dataset !== dataset) return;
  const why = description === null ? (problem ?? "The trainer gave no reason.") : null;
  readingStore.setState({ reading: { state: "read", dataset, problem: why } });
};

const NOTHING = (): void => undefined;

/** Reads one dataset; returns how to stop. */
const read = (dataset: DatasetReference): (() => void) => {
  const connection = connectToDatasets();
  let isOver = false;
  const end = (): void => {
    isOver = true;
    connection.close();
  };
  const settle = (outcome: { description: DatasetDescription | null; problem: string | null }): void => {
    if (isOver) return;
    end();
    learnDataset(dataset, outcome);
  };
  readingStore.setState({ reading: { state: "reading", dataset } });
  connection.open(dataset).then(settle, (error: unknown) => settle({ description: null, problem: messageOf(error) }));
  return end;
};

/** Reads whatever dataset in files the document has, from now on. Returns how to stop. */
export const followDatasets = (): (() => void) => {
  let stopReading = NOTHING;
  const follow = (dataset: DatasetReference): void => {
    stopReading();
    stopReading = NOTHING;
    if (datasetPath(dataset) !== null) stopReading = read(dataset);
    else readingStore.setState({ reading: null });
  };
  follow(documentStore.getState().document.dataset);
  const stopFollowing = documentStore.subscribe(({ document, file }, before) => {
    // In another folder a relative path means other files.
    if (document.dataset !== before.document.dataset || file.folder !== before.file.folder) follow(document.dataset);
  });
  return () => {
    stopFollowing();
    stopReading();
  };
};

/** How the reading of the document's dataset stands; null: it is not in files. */
export const useDatasetReading = (): DatasetReading | null => {
  const dataset = useDocument((state) => state.document.dataset);
  const reading = useStore(readingStore, (state) => state.reading);
  return reading?.dataset === dataset ? reading : null;
};
