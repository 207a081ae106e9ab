/** The datasets that can be downloaded, and the folders they come to. */
import { join } from "node:path";
import { type DownloadFile, type DownloadName, type Downloads, downloads, withMirror } from "../data/downloads.ts";
import type { DatasetDownloads } from "./host.ts";
import { datasetFolderNames } from "./nodeDatasetFiles.ts";
import { downloadDataset, findDownload } from "./nodeDownload.ts";

/** `LAYERSCOPE_MIRROR` is the URL of a folder that holds a folder for each dataset: `fashion-mnist`, `cifar-10`. */
export const downloadFiles = (name: DownloadName, environment: NodeJS.ProcessEnv): readonly DownloadFile[] => {
  const mirror = environment.LAYERSCOPE_MIRROR;
  return withMirror(downloads[name], mirror ? `${mirror.replace(/\/+$/, "")}/${datasetFolderNames[name]}` : null);
};

export const createNodeDownloads = (datasetsDirectory: string, files: Downloads | undefined): DatasetDownloads => {
  const filesOf = (name: DownloadName): readonly DownloadFile[] => files?.[name] ?? downloadFiles(name, process.env);
  const folderOf = (name: DownloadName): string => join(datasetsDirectory, datasetFolderNames[name]);
  return {
    find: (name) => findDownload(filesOf(name), folderOf(name)),
    download: (name, onProgress) =>
      downloadDataset({
        files: filesOf(name),
        folder: folderOf(name),
        onProgress: ({ receivedBytes, totalBytes }) => onProgress(receivedBytes, totalBytes),
      }),
  };
};
