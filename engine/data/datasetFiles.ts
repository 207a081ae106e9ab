/** What reading a dataset needs of its platform. `engine/host` implements it for Node and for the browser. */
import type { DatasetReference } from "../document/schema.ts";
import type { RandomStream } from "../layer.ts";

export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** Files by path. Paths are opaque here but for `join`. */
export interface DatasetFiles {
  /** null: there is nothing. */
  kindOf(path: string): Promise<"file" | "folder" | null>;
  /** In the order of their names by code unit, so that every platform numbers samples alike. */
  list(folder: string): Promise<readonly FolderEntry[]>;
  /** Rejects when the file cannot be read. */
  read(path: string): Promise<Uint8Array>;
  join(folder: string, name: string): string;
  /** The last part of a path. */
  nameOf(path: string): string;
  /** Rejects on anything that is not such a stream. */
  inflate(bytes: Uint8Array, format: "gzip" | "zlib"): Promise<Uint8Array>;
  /** The folder of a dataset that comes with the app or was downloaded; it need not exist. */
  folderOf(name: NamedDataset): string;
  /** What to do about a dataset that is not there: `Download it with …`. */
  adviceOn(reference: DatasetReference): string;
}

/** Datasets that are known by name. */
export type NamedDataset = "mnist" | "fashionMnist" | "cifar10";

/** Named random streams; `engine/train/rng.ts` makes them. */
export interface RandomSource {
  uniform(seed: number, name: string): RandomStream;
  normal(seed: number, name: string): RandomStream;
}
