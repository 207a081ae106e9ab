/** The figure of a study: `sweep --figure FILE.svg`. */
import { extname } from "node:path";
import { noDecisions } from "../engine/experiments/keptStudy.ts";
import { rateRange } from "../engine/experiments/rateRange.ts";
import { waitingRun } from "../engine/experiments/studyQueue.ts";
import type { StudyRunStatus } from "../engine/experiments/studyStatus.ts";
import type { StudyFolder } from "../engine/host/nodeStudyFolder.ts";
import { readStudyRunSteps } from "../engine/host/nodeStudyRun.ts";
import { figureRefusal, studyFigure } from "../renderer/experiments/studyFigure.ts";
import { checkOptionFile, writeOptionFile } from "./namedPlaces.ts";
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
  checkOptionFile("figure", file);
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
  writeOptionFile("figure", file, figure.value);
};
