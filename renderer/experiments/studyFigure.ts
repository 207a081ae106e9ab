/**
 * The figure of a study as SVG, as the view of experiments draws it: learning curves in small multiples, and the best scores against the swept
 * value; of a range test the losses against the rate. The door for the command line: nothing here or below needs a page.
 */
import { err, ok, type RateRange, type Result } from "../../engine/index.ts";
import type { StudyRunStatus } from "../../engine/protocol.ts";
import { paperColors } from "../charts/paperColors.ts";
import { svgPen } from "../charts/pen.ts";
import { readDefinition, studyModel } from "./studyModel.ts";
import { curvesPicture, quantityOf, rateLine, ratesPicture, type StudyPicture, sweptPicture } from "./studyPictures.ts";

const GAP = 12;
const CURVE = "train";

/** Why a study has no figure; null: it has one. */
export const figureRefusal = ({ measure }: { readonly measure?: string }): string | null =>
  measure === "gradients" ? "A gradient check has no curves to draw; results.jsonl has the error of each layer." : null;

export const studyFigure = (call: {
  /** The study with its document inside. */
  readonly text: string;
  /** With their epochs. */
  readonly runs: readonly StudyRunStatus[];
  /** What a run of a range test has found, by its id. */
  readonly ranges: ReadonlyMap<string, RateRange>;
}): Result<string, string> => {
  const { text, runs, ranges } = call;
  const definition = readDefinition(text);
  if ("problem" in definition) return err(definition.problem);
  const refusal = figureRefusal(definition.study);
  if (refusal !== null) return err(refusal);
  const model = studyModel(definition, { runs });
  const { title } = definition.study;
  const lines = runs.flatMap((run) => {
    const range = ranges.get(run.id);
    return range === undefined ? [] : [rateLine(model, run, range)];
  });
  const swept = sweptPicture({ title, model, runs }, quantityOf(CURVE));
  const pictures: readonly StudyPicture[] =
    model.measure === "learningRateRange"
      ? [ratesPicture(title, lines)]
      : [curvesPicture({ title, model, runs }, CURVE), ...(swept === null ? [] : [swept])];
  const pen = svgPen(1);
  let top = 0;
  for (const picture of pictures) {
    picture.draw(pen, paperColors, top);
    top += picture.height + GAP;
  }
  const width = Math.max(...pictures.map((picture) => picture.width));
  return ok(pen.finish(width, top - GAP, paperColors.raised));
};
