/** Paths of a dataset that are relative go from the folder of its document on. */
import { type DatasetReference, mapDatasetPaths } from "../../engine/index.ts";
import { sameContent } from "./sameContent.ts";

export const isAbsolute = (path: string): boolean => /^([\\/]|[A-Za-z]:[\\/])/.test(path);

/** The path from the folder on, without `.` and `..`. */
export const placedPath = (path: string, folder: string): string => {
  if (folder === "" || isAbsolute(path)) return path;
  const separator = folder.includes("\\") ? "\\" : "/";
  const parts: string[] = folder.split(/[\\/]/);
  for (const part of path.split(/[\\/]/)) {
    if (part === "..") {
      // Above the root there is nothing.
      if (parts.length > 1) parts.pop();
    } else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join(separator);
};

/** What no way leads out of: a drive, a share; "" is the one tree of other systems. */
const rootOf = (path: string): string =>
  /^([A-Za-z]:|[\\/]{2}[^\\/]+[\\/]+[^\\/]+)/.exec(path)?.[0].toLowerCase() ?? "";

/** The way from a folder to an absolute path, written so that every system reads it; the path itself where there is none. */
const pathFrom = (folder: string, path: string): string => {
  const root = rootOf(folder);
  if (root !== rootOf(path)) return path;
  const partsOf = (place: string): string[] =>
    place
      .slice(root.length)
      .split(/[\\/]/)
      .filter((part) => part !== "");
  const [from, to] = [partsOf(folder), partsOf(path)];
  const differsAt = from.findIndex((part, index) => part !== to[index]);
  const numShared = differsAt === -1 ? from.length : differsAt;
  return [...from.slice(numShared).map(() => ".."), ...to.slice(numShared)].join("/") || ".";
};

const withPaths = (dataset: DatasetReference, map: (path: string) => string): DatasetReference => {
  const mapped = mapDatasetPaths(dataset, map);
  return sameContent(mapped, dataset) ? dataset : mapped;
};

/** The same reference where it has no relative path. */
export const placedIn = (dataset: DatasetReference, folder: string): DatasetReference =>
  withPaths(dataset, (path) => placedPath(path, folder));

/** The same data as a document writes it that moves from one folder to another; the same reference where no path changes. */
export const movedDataset = (dataset: DatasetReference, from: string, to: string): DatasetReference => {
  if (from === "" || to === "" || from === to) return dataset;
  return withPaths(dataset, (path) => (isAbsolute(path) ? path : pathFrom(to, placedPath(path, from))));
};

/** A document as it is saved in another folder: its data stays where it is. */
export const movedDocument = <T extends { readonly dataset: DatasetReference }>(
  document: T,
  from: string,
  to: string,
): T => {
  const dataset = movedDataset(document.dataset, from, to);
  return dataset === document.dataset ? document : { ...document, dataset };
};
