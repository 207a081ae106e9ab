/** Where the runs of a comparison come from: all that is kept of a run, whoever keeps it. */
import { getShell } from "../app/shellAccess.ts";
import type { RecordedRun } from "../shell/runHost.ts";
import type { FileOutcome } from "../shell/shell.ts";
import type { LibraryEntry } from "./libraryEntries.ts";

export interface CompareSource {
  readonly key: string;
  readonly name: string;
  readonly read: () => Promise<FileOutcome<RecordedRun>>;
}

export const sourceOfEntry = ({ key, name, source }: LibraryEntry): CompareSource => ({
  key,
  name,
  read: () => {
    const { runs, studies } = getShell();
    return source.type === "run" ? runs.read(source.run.runId) : studies.readRun(source.study.studyId, source.run.id);
  },
});
