/** The files of datasets on Node. */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { promisify } from "node:util";
import { gunzip, inflate } from "node:zlib";
import type { DatasetFiles, NamedDataset } from "../data/datasetFiles.ts";

const unpack = { gzip: promisify(gunzip), zlib: promisify(inflate) } as const;

/** Folders of downloaded datasets, below the datasets folder. */
export const datasetFolderNames: Readonly<Record<NamedDataset, string>> = {
  mnist: "mnist",
  fashionMnist: "fashion-mnist",
  cifar10: "cifar-10",
};

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");

const asBytes = (buffer: Buffer): Uint8Array => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);

export const createNodeDatasetFiles = (options: {
  /** Holds MNIST's four IDX files. */
  readonly mnistDirectory: string;
  /** Holds a folder for each downloaded dataset. */
  readonly datasetsDirectory: string;
}): DatasetFiles => ({
  async kindOf(path) {
    try {
      const stats = await stat(path);
      if (stats.isDirectory()) return "folder";
      return stats.isFile() ? "file" : null;
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  },
  async list(folder) {
    const entries = await readdir(folder, { withFileTypes: true });
    const listed = await Promise.all(
      entries.map(async (entry) => ({
        name: entry.name,
        isFolder: entry.isSymbolicLink() ? (await stat(join(folder, entry.name))).isDirectory() : entry.isDirectory(),
      })),
    );
    return listed.sort((a, b) => (a.name < b.name ? -1 : 1));
  },
  read: async (path) => asBytes(await readFile(path)),
  join,
  nameOf: (path) => basename(resolve(path)),
  inflate: async (bytes, format) => asBytes(await unpack[format](bytes)),
  folderOf: (name) =>
    name === "mnist" ? options.mnistDirectory : join(options.datasetsDirectory, datasetFolderNames[name]),
  adviceOn(reference) {
    const isNamed =
      reference.source === "fashionMnist" || (reference.source === "cifar10" && reference.directory === null);
    return isNamed
      ? `Download it with "layerscope download ${datasetFolderNames[reference.source]}", or choose the folder it is in.`
      : "";
  },
});
