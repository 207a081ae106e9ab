/** A study file with all that it names: its document, which may be another file, and datasets, by paths relative to the file that names them. */
import path from "node:path";
import {
  describeParseError,
  type LayerscopeDocument,
  mapDatasetPaths,
  parse,
  parseStudy,
  serialize,
} from "../engine/index.ts";
import type { FileStore } from "./fileStore.ts";
import type { FileOutcome, SavedFile, StudyFile } from "./ipcContract.ts";

const failed = (message: string): FileOutcome<never> => ({ status: "failed", problem: { message } });

const withPathsIn = (document: LayerscopeDocument, folder: string): LayerscopeDocument => ({
  ...document,
  dataset: mapDatasetPaths(document.dataset, (file) => path.resolve(folder, file)),
});

/** Reads the study of a known handle again, and what it names. Nothing but a document leaves the other file. */
export const readStudyFile = async (
  files: Pick<FileStore, "open" | "openPath">,
  handle: string,
): Promise<FileOutcome<StudyFile>> => {
  const opened = await files.open(handle);
  if (opened.status !== "done") return opened;
  const { folder, text } = opened.value;
  const parsed = parseStudy(text);
  if (!parsed.ok) return failed(parsed.error);
  const study = parsed.value;
  const answer = (document: LayerscopeDocument, file: SavedFile | null): FileOutcome<StudyFile> => {
    const dataset =
      study.dataset === undefined
        ? {}
        : { dataset: mapDatasetPaths(study.dataset, (name) => path.resolve(folder, name)) };
    const whole = { ...study, ...dataset, document: JSON.parse(serialize(document)) };
    return { status: "done", value: { text: JSON.stringify(whole), document: file } };
  };
  if (typeof study.document !== "string") {
    const inline = parse(JSON.stringify(study.document));
    if (!inline.ok) return failed(`The document inside the study: ${describeParseError(inline.error)}`);
    return answer(withPathsIn(inline.value, folder), null);
  }
  const named = await files.openPath(path.resolve(folder, study.document));
  if (named.status === "failed" && !named.problem.missing) {
    return failed(`The study trains ${study.document}. ${named.problem.message}`);
  }
  if (named.status !== "done") return named;
  const { handle: documentHandle, fileName, folder: documentFolder } = named.value;
  const document = parse(named.value.text);
  if (!document.ok) return failed(`The study trains ${study.document}: ${describeParseError(document.error)}`);
  const file = { handle: documentHandle, fileName, folder: documentFolder };
  return answer(withPathsIn(document.value, documentFolder), file);
};
