/** Downloads of published datasets: each in a process of its own that outlives the dialog, one of a dataset at a time. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import type { DatasetReference } from "../../engine/index.ts";
import { messageOf } from "../../engine/index.ts";
import {
  connectToDatasets,
  type DatasetConnection,
  type DownloadFound,
  type DownloadName,
} from "./datasetConnection.ts";

export type Download =
  /** Not begun, or stopped: so many bytes are here already. */
  | { readonly state: "waiting"; readonly receivedBytes: number }
  | { readonly state: "running"; readonly receivedBytes: number; readonly totalBytes: number | null }
  | { readonly state: "failed"; readonly receivedBytes: number; readonly problem: string }
  | { readonly state: "complete" }
  /** Where the page runs, nothing can be downloaded. */
  | { readonly state: "impossible" };

/** Where the files of a dataset belong, and which of them are not there. */
export type DownloadPlace = Pick<DownloadFound, "folder" | "missing">;

interface Downloads {
  /** What is not here was not looked for yet. */
  readonly byName: Readonly<Partial<Record<DownloadName, Download>>>;
  readonly places: Readonly<Partial<Record<DownloadName, DownloadPlace>>>;
}

const downloadStore = createStore<Downloads>(() => ({ byName: {}, places: {} }));
const connections = new Map<DownloadName, DatasetConnection>();

const show = (name: DownloadName, download: Download): void =>
  downloadStore.setState(({ byName }) => ({ byName: { ...byName, [name]: download } }));

/** The published dataset that a reference stands for; null: a set in files, or one that needs none. */
export const downloadNameOf = (dataset: DatasetReference): DownloadName | null => {
  if (dataset.source === "fashionMnist") return dataset.source;
  return dataset.source === "cifar10" && dataset.directory === null ? dataset.source : null;
};

/** Looks whether a dataset is here. */
export const findDownload = async (name: DownloadName): Promise<void> => {
  if (connections.has(name)) return;
  const connection = connectToDatasets();
  try {
    const { status, receivedBytes, folder, missing } = await connection.findDownload(name);
    downloadStore.setState(({ places }) => ({ places: { ...places, [name]: { folder, missing } } }));
    // A download that has begun since knows better.
    if (connections.has(name)) return;
    show(name, status === "incomplete" ? { state: "waiting", receivedBytes } : { state: status });
  } catch (error) {
    show(name, { state: "failed", receivedBytes: 0, problem: messageOf(error) });
  } finally {
    connection.close();
  }
};

const receivedOf = (name: DownloadName): number => {
  const download = downloadStore.getState().byName[name];
  return download !== undefined && "receivedBytes" in download ? download.receivedBytes : 0;
};

/** Begins, or goes on where an earlier attempt ended. */
export const startDownload = async (name: DownloadName): Promise<void> => {
  if (connections.has(name)) return;
  const connection = connectToDatasets();
  connections.set(name, connection);
  show(name, { state: "running", receivedBytes: receivedOf(name), totalBytes: null });
  let problem: string | null;
  try {
    ({ problem } = await connection.download(name, (receivedBytes, totalBytes) => {
      if (connections.get(name) === connection) show(name, { state: "running", receivedBytes, totalBytes });
    }));
  } catch (error) {
    problem = messageOf(error);
  }
  // It was stopped, and what happened then is nobody's concern.
  if (connections.get(name) !== connection) return;
  connections.delete(name);
  connection.close();
  show(name, problem === null ? { state: "complete" } : { state: "failed", receivedBytes: receivedOf(name), problem });
};

/** What was received stays. */
export const stopDownload = (name: DownloadName): void => {
  connections.get(name)?.close();
  connections.delete(name);
  show(name, { state: "waiting", receivedBytes: receivedOf(name) });
};

/** undefined: not known yet. */
export const useDownload = (name: DownloadName | null): Download | undefined =>
  useStore(downloadStore, ({ byName }) => (name === null ? undefined : byName[name]));

/** undefined: not known yet. */
export const useDownloadPlace = (name: DownloadName): DownloadPlace | undefined =>
  useStore(downloadStore, ({ places }) => places[name]);
