/**
 * Relative paths of a document's dataset mean files beside the document, as on the command line. They stay relative in the document, so that
 * it can move with its data; whoever reads the data is told where it lies.
 */
import { type DatasetReference, datasetPath, type LayerscopeDocument } from "../../engine/index.ts";
import { getShell } from "../app/shellAccess.ts";
import { isAbsolute, placedIn } from "./datasetPlace.ts";
import { documentStore } from "./documentStore.ts";
import { sameContent } from "./sameContent.ts";

/** A dataset of the open document with its paths as they are on this computer. */
export const placedDataset = (dataset: DatasetReference): DatasetReference =>
  placedIn(dataset, documentStore.getState().file.folder);

/** Why the files of a dataset cannot be looked for; null: they can. */
export const placeProblem = (dataset: DatasetReference): string | null => {
  const path = datasetPath(dataset);
  // In a browser the names of what was chosen are no paths.
  if (path === null || getShell().platform === "browser" || isAbsolute(path)) return null;
  if (documentStore.getState().file.folder !== "") return null;
  return `"${path}" is a path from the document's folder, and the document is in no file yet. Save it beside its data, or choose the data again.`;
};

let last: {
  readonly document: LayerscopeDocument;
  readonly folder: string;
  readonly placed: LayerscopeDocument;
} | null = null;

/** The open document for a reader elsewhere; the same object while neither it nor its folder changes. */
export const placedDocument = (): LayerscopeDocument => {
  const { document, file } = documentStore.getState();
  if (last?.document === document && last.folder === file.folder) return last.placed;
  const dataset = placedIn(document.dataset, file.folder);
  const placed = dataset === document.dataset ? document : { ...document, dataset };
  last = { document, folder: file.folder, placed };
  return placed;
};

/** A document as a run tells of it, with the paths of the open one where they mean the same files. */
export const asOpenDocument = (document: LayerscopeDocument): LayerscopeDocument => {
  const { dataset } = documentStore.getState().document;
  return sameContent(document.dataset, placedDataset(dataset)) ? { ...document, dataset } : document;
};
