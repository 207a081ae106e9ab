/**
 * The runs of a study. Runs are paired: unless the seed itself is varied they share it and the ids of their nodes, and every random stream is
 * named after seed and node, so layers of the same shape start with the same bits and batches come in the same order.
 */
import type { LayerscopeDocument } from "../document/schema.ts";
import { counted, formatCount } from "../layer.ts";
import { err, ok, type Result } from "../result.ts";
import { createStream } from "../train/rng.ts";
import type { Study } from "./study.ts";
import {
  type AxisChoice,
  type AxisChoices,
  type AxisValue,
  axisChoices,
  axisProblem,
  withTraining,
} from "./studyAxes.ts";

const MAX_RUNS = 10_000;

export interface StudyRun {
  /** `run-001`; the same study gives the same ids. */
  readonly id: string;
  /** What each axis is in this run, by the axis's title. */
  readonly assignment: Readonly<Record<string, AxisValue>>;
  /** Frozen: with everything that the study sets. */
  readonly document: LayerscopeDocument;
}

/** A choice for each axis, in the order of the axes. */
type Combination = readonly AxisChoice[];

const combine = (search: Study["search"], axes: readonly AxisChoices[]): Result<readonly Combination[], string> => {
  if (search.by === "grid") {
    const count = axes.reduce((product, { listed }) => product * listed.length, 1);
    if (count > MAX_RUNS) return err(`The grid has ${counted(count, "run")}; ${formatCount(MAX_RUNS)} are allowed.`);
    return ok(
      axes.reduce<readonly Combination[]>(
        (found, { listed }) => found.flatMap((before) => listed.map((choice) => [...before, choice])),
        [[]],
      ),
    );
  }
  if (search.by === "list") {
    const count = axes[0]?.listed.length ?? 0;
    const odd = axes.findIndex(({ listed }) => listed.length !== count);
    if (odd !== -1) {
      return err(
        `axes[0] has ${counted(count, "value")} and axes[${odd}] ${axes[odd]?.listed.length}; a list needs as many of each.`,
      );
    }
    return ok(Array.from({ length: count }, (_, run) => axes.flatMap(({ listed }) => listed[run] ?? [])));
  }
  const streams = axes.map(({ title, draw }) => ({ draw, stream: createStream(search.seed, `study:${title}`) }));
  return ok(Array.from({ length: search.count }, () => streams.map(({ draw, stream }) => draw(stream()))));
};

/** Every run of a study of `document`, in the order in which it is trained. The error is a sentence that names the axis and the value. */
export const expandStudy = (study: Study, document: LayerscopeDocument): Result<readonly StudyRun[], string> => {
  for (const [index, axis] of study.axes.entries()) {
    const problem = axisProblem(axis, `axes[${index}]`, study.search);
    if (problem !== null) return err(problem);
  }
  const axes = study.axes.map(axisChoices);
  const titles = axes.map(({ title }) => title);
  const twice = titles.findIndex((title, index) => titles.indexOf(title) !== index);
  if (twice !== -1) {
    return err(`axes[${twice}] varies ${titles[twice]}, as axes[${titles.indexOf(titles[twice] ?? "")}] does.`);
  }
  const [scale, initializer] = [titles.indexOf("initializerScale"), titles.indexOf("initializer")];
  if (scale !== -1 && initializer !== -1) {
    const [first, second] = [Math.min(scale, initializer), Math.max(scale, initializer)];
    return err(
      `axes[${second}] sets how all weights start, as axes[${first}] does: of that nothing would be left. Vary one of them.`,
    );
  }
  const based = withTraining({ ...document, dataset: study.dataset ?? document.dataset }, study.training ?? {});
  if (!based.ok) return err(`training: ${based.error}.`);
  const { earlyStopping, validation } = based.value.training;
  if (study.testSamples === 0 && earlyStopping !== null && earlyStopping.metric !== "trainLoss" && validation == null) {
    return err(
      `testSamples is 0, but early stopping judges by ${earlyStopping.metric}. Set samples apart for validation, or let it judge by trainLoss.`,
    );
  }
  const combinations = combine(study.search, axes);
  if (!combinations.ok) return combinations;
  const digits = Math.max(3, String(combinations.value.length).length);
  const runs: StudyRun[] = [];
  for (const [run, choices] of combinations.value.entries()) {
    let changed = based.value;
    const assignment: Record<string, AxisValue> = {};
    for (const [index, { value, apply }] of choices.entries()) {
      const title = titles[index] ?? "";
      const applied = apply(changed);
      if (!applied.ok) return err(`axes[${index}] (${title}) with ${JSON.stringify(value)}: ${applied.error}.`);
      changed = applied.value;
      assignment[title] = value;
    }
    runs.push({ id: `run-${String(run + 1).padStart(digits, "0")}`, assignment, document: changed });
  }
  return ok(runs);
};
