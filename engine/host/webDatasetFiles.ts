/**
 * The files of datasets in a browser: MNIST comes from the server that served the page; what the user has chosen is in the origin's private
 * file system, below `datasets/`, where the page put it (`renderer/shell/browserDatasets.ts`).
 */
import type { DatasetFiles, FolderEntry } from "../data/datasetFiles.ts";
import { idxFileNames } from "../data/datasets.ts";

/** Folder of the origin's private file system. */
export const WEB_DATASETS_FOLDER = "datasets";

const MNIST_FOLDER = "/data/mnist";
const mnistFiles: ReadonlySet<string> = new Set(Object.values(idxFileNames).map(([name]) => `${MNIST_FOLDER}/${name}`));

/** Rejects with a sentence that names the path and what the server answered. */
export const fetchBytes = async (path: string): Promise<Uint8Array> => {
  const response = await fetch(new URL(path, self.location.origin));
  if (!response.ok) throw new Error(`${path} answered ${response.status} ${response.statusText}`.trimEnd());
  return new Uint8Array(await response.arrayBuffer());
};

const isNotThere = (error: unknown): boolean =>
  error instanceof DOMException && (error.name === "NotFoundError" || error.name === "TypeMismatchError");

const partsOf = (path: string): string[] => path.split(/[\\/]/).filter((part) => part !== "");

const folderHandle = async (parts: readonly string[]): Promise<FileSystemDirectoryHandle> => {
  const root = await navigator.storage.getDirectory();
  let folder = await root.getDirectoryHandle(WEB_DATASETS_FOLDER);
  for (const part of parts) folder = await folder.getDirectoryHandle(part);
  return folder;
};

const fileHandle = async (path: string): Promise<FileSystemFileHandle> => {
  const parts = partsOf(path);
  const folder = await folderHandle(parts.slice(0, -1));
  return folder.getFileHandle(parts.at(-1) ?? "");
};

/** Whether the promise is kept; false where it fails because there is no such entry. */
const exists = async (entry: Promise<unknown>): Promise<boolean> => {
  try {
    await entry;
    return true;
  } catch (error) {
    if (isNotThere(error)) return false;
    throw error;
  }
};

export const webDatasetFiles: DatasetFiles = {
  async kindOf(path) {
    if (path === MNIST_FOLDER) return "folder";
    if (path.startsWith(`${MNIST_FOLDER}/`)) return mnistFiles.has(path) ? "file" : null;
    if (await exists(fileHandle(path))) return "file";
    return (await exists(folderHandle(partsOf(path)))) ? "folder" : null;
  },
  async list(path) {
    const entries: FolderEntry[] = [];
    const folder: AsyncIterable<FileSystemHandle> = (await folderHandle(partsOf(path))).values();
    for await (const { name, kind } of folder) entries.push({ name, isFolder: kind === "directory" });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  },
  async read(path) {
    if (path.startsWith(`${MNIST_FOLDER}/`)) return fetchBytes(path);
    const file = await (await fileHandle(path)).getFile();
    return new Uint8Array(await file.arrayBuffer());
  },
  join: (folder, name) => `${folder}/${name}`,
  nameOf: (path) => partsOf(path).at(-1) ?? path,
  async inflate(bytes, format) {
    const stream = new DecompressionStream(format === "gzip" ? "gzip" : "deflate");
    // A copy: the stream takes no view of shared memory.
    const unpacked = new Blob([bytes.slice()]).stream().pipeThrough(stream);
    return new Uint8Array(await new Response(unpacked).arrayBuffer());
  },
  folderOf: (name) => (name === "mnist" ? MNIST_FOLDER : name),
  adviceOn: () => "Choose it with Dataset: the page keeps a copy in this browser.",
};
