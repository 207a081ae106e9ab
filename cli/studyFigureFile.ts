/** The figure of a study: `sweep --figure FILE.svg`. */
import { existsSync, statSync } from "node:fs";
import { dirname, extname } from "node:path";
import { noDecisions } from "../engine/experiments/keptStudy.ts";
import { rateRange } from "../engine/experiments/rateRange.ts";
import { waitingRun } from "../engine/experiments/studyQueue.ts";
import type { StudyRunStatus } from "../engine/experiments/studyStatus.ts";
import type { StudyFolder } from "../engine/host/nodeStudyFolder.ts";
import { readStudyRunSteps } from "../engine/host/nodeStudyRun.ts";
import { writeNamedFile } from "../engine/host/nodeWholeFile.ts";
import { figureRefusal, studyFigure } from "../renderer/experiments/studyFigure.ts";
import { describeFileError } from "./documentFile.ts";
import { UsageError } from "./usageError.ts";

/** Before anything trains: whether there will be a figure, and where it can be written. */
export const checkFigureFile = (file: string, study: { readonly measure?: string }): void => {
  if (extname(file).toLowerCase() !== ".svg") {
    throw new UsageError(
      `--figure writes SVG and ${file} does not end in .svg. Name it so; browsers and editors make PNG of it.`,
    );
  }
  const refusal = figureRefusal(study);
  if (refusal !== null) throw new UsageError(`--figure: ${refusal}`);
  if (!existsSync(dirname(file))) throw new UsageError(`--figure: there is no folder ${dirname(file)}.`);
  if (existsSync(file) && statSync(file).isDirectory()) throw new UsageError(`--figure: ${file} is a folder.`);
};

/** Of all runs that have ended, whenever that was. */
export const writeFigureFile = (
  file: string,
  folder: StudyFolder,
  runs: readonly { readonly id: string; readonly assignment: StudyRunStatus["params"] }[],
): void => {
  const read = runs.map(({ id, assignment }) => folder.readRun(waitingRun(id, assignment), noDecisions(""), true));
  const ranges = read.flatMap(({ id, findings }) =>
    findings?.learningRateRange === undefined ? [] : [[id, rateRange(readStudyRunSteps(folder.runPath(id)))] as const],
  );
  const figure = studyFigure({ text: folder.readText() ?? "", runs: read, ranges: new Map(ranges) });
  if (!figure.ok) throw new UsageError(`--figure: ${figure.error}`);
  try {
    writeNamedFile(file, figure.value);
  } catch (error) {
    throw new UsageError(`--figure: ${describeFileError(file, error)}`);
  }
};
