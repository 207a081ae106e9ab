/** A workspace of studies on the disk: a folder each, and those put away in a folder beside. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type KeptStudy, noDecisions } from "../experiments/keptStudy.ts";
import { StudyFolder } from "./nodeStudyFolder.ts";
import type { StudyStore } from "./studies.ts";

/** Of studies that were removed, until the app starts again. */
const TRASH = ".trash";

export interface NodeStudyStore extends StudyStore {
  /** Holds the folders of a study's runs, by their ids. */
  runsPath(studyId: string): string;
  /** Removes for good what was put away before the app started, runs that were deleted included. */
  emptyTrash(): void;
}

export const createNodeStudyStore = (path: string, timestamp: () => string): NodeStudyStore => {
  const folderOf = (studyId: string): StudyFolder => new StudyFolder(join(path, studyId));
  const trash = join(path, TRASH);
  const oldTrash = existsSync(trash) ? readdirSync(trash) : [];
  /** Folders of runs that were deleted before the app started, and are not trained again. */
  const oldRuns = new Set<string>();

  const read = (studyId: string): KeptStudy | null => {
    const folder = folderOf(studyId);
    const text = folder.readText();
    return text === null ? null : { studyId, text, decisions: folder.readState() ?? noDecisions(timestamp()) };
  };

  return {
    async load() {
      const names = existsSync(path) ? readdirSync(path) : [];
      const studies = names.flatMap((name) => (name === TRASH ? [] : (read(name) ?? [])));
      for (const { studyId, decisions } of studies) {
        for (const id of decisions.deleted) oldRuns.add(folderOf(studyId).runPath(id));
      }
      return studies;
    },
    async create({ studyId, text, decisions }, net) {
      const folder = folderOf(studyId);
      const problem = folder.claim(text, net);
      if (problem !== null) throw new Error(`${folder.path} ${problem}`);
      folder.writeState(decisions);
    },
    saveDecisions: async (studyId, decisions) => folderOf(studyId).writeState(decisions),
    saveResults: async (studyId, results) => folderOf(studyId).writeResults(results),
    async readRuns(studyId, runs, decisions) {
      const folder = folderOf(studyId);
      return runs.map((run) => folder.readRun(run, decisions, false));
    },
    readEpochs: async (studyId, runId) => folderOf(studyId).readEpochs(runId),
    readRunEnd: async (studyId, runId) => folderOf(studyId).runEnd(runId),
    async clearRun(studyId, runId) {
      oldRuns.delete(folderOf(studyId).runPath(runId));
      folderOf(studyId).clearRun(runId);
    },
    placeOf: (studyId, runId) => folderOf(studyId).runPath(runId),
    readNet: async (studyId) => folderOf(studyId).readNet(),
    netPlaceOf: (studyId) => folderOf(studyId).netPath,
    async remove(studyId) {
      mkdirSync(trash, { recursive: true });
      rmSync(join(trash, studyId), { recursive: true, force: true });
      renameSync(join(path, studyId), join(trash, studyId));
    },
    async restore(studyId) {
      if (!existsSync(join(trash, studyId))) return null;
      renameSync(join(trash, studyId), join(path, studyId));
      return read(studyId);
    },
    runsPath: (studyId) => folderOf(studyId).runsPath,
    emptyTrash() {
      for (const studyId of oldTrash) rmSync(join(trash, studyId), { recursive: true, force: true });
      for (const run of oldRuns) rmSync(run, { recursive: true, force: true });
      oldRuns.clear();
    },
  };
};
