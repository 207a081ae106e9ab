/** The numbers of the test bench: what the net says of a sample, what its layers put out, and how it does on the test set. */
import type { InspectedSample, TestEvaluation } from "../../engine/protocol.ts";
import type { Cell, ChartColumn, ChartTable } from "../charts/chartTable.ts";
import { formatCount, formatPercent, formatReadout, NONE } from "../charts/format.ts";
import { classScores, sortedScores, WORST_FIRST } from "./classScores.ts";
import { areaOf, type LayerOutput, outputOf } from "./layerOutputs.ts";

export const nameOfClass = (classNames: readonly string[], at: number | undefined): string =>
  at === undefined ? NONE : (classNames[at] ?? String(at));

/** Probabilities of the classes, or predictions beside their targets. */
export const predictionTable = (sample: InspectedSample, classNames: readonly string[]): ChartTable => {
  const { evaluation, training, target } = sample;
  const isClasses = classNames.length > 0;
  const value = isClasses ? "probability" : "prediction";
  const columns = [isClasses ? "class" : "output", `${value}_evaluation`, `${value}_training`, "target"];
  const rows = evaluation.map((own, at): Cell[] => [
    isClasses ? nameOfClass(classNames, at) : `y${at + 1}`,
    own,
    training?.[at] ?? null,
    target === null ? null : isClasses ? Number(target[0] === at) : (target[at] ?? null),
  ]);
  return { columns: columns.map((id) => ({ id, title: null })), rows };
};

/** Every value that came with the answer. */
export const valuesTable = (sample: InspectedSample, layer: LayerOutput): ChartTable => {
  const [, height = 1, width = 1] = layer.shape;
  const isMaps = layer.shape.length === 3;
  const values = outputOf(sample, layer);
  const columns = [...(isMaps ? ["channel", "row", "column"] : ["feature"]), "value"];
  const rows = Array.from(values, (value, at): Cell[] =>
    isMaps ? [Math.floor(at / (height * width)), Math.floor(at / width) % height, at % width, value] : [at, value],
  );
  return { columns: columns.map((id) => ({ id, title: null })), rows };
};

const count = (id: string, title: string): ChartColumn => ({ id, title, format: formatCount });

/** A row for each map, or each feature. */
export const channelsTable = (sample: InspectedSample, layer: LayerOutput): ChartTable => {
  const values = outputOf(sample, layer);
  if (layer.shape.length !== 3) {
    const rows = Array.from(values, (value, feature) => [feature, value]);
    return { columns: [count("feature", "Feature"), { id: "value", title: "Value" }], rows };
  }
  const area = areaOf(layer);
  const rows = Array.from({ length: layer.channels }, (_, channel) => {
    const map = values.subarray(channel * area, (channel + 1) * area);
    let [low, high, sum, zeros] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
    for (const value of map) {
      low = Math.min(low, value);
      high = Math.max(high, value);
      sum += value;
      if (value === 0) zeros += 1;
    }
    const mean = sum / area;
    let squares = 0;
    for (const value of map) squares += (value - mean) ** 2;
    return [channel, mean, Math.sqrt(squares / area), low, high, zeros / area];
  });
  const columns = [
    count("channel", "Channel"),
    ...["Mean", "Std", "Min", "Max"].map((title) => ({ id: title.toLowerCase(), title })),
    { id: "zeros", title: "Zeros", format: (share: number) => formatPercent(share) },
  ];
  return { columns, rows };
};

/** Labels in rows, what they were taken for in columns. */
export const confusionTable = (confusion: readonly number[], classNames: readonly string[]): ChartTable => {
  const size = Math.round(Math.sqrt(confusion.length));
  const names = Array.from({ length: size }, (_, at) => nameOfClass(classNames, at));
  const ids = ["label", ...names.map((name) => `taken_for_${name}`), "accuracy"];
  const rows = names.map((name, row): Cell[] => {
    const counts = confusion.slice(row * size, (row + 1) * size);
    const total = counts.reduce((sum, each) => sum + each, 0);
    return [name, ...counts, total === 0 ? null : (counts[row] ?? 0) / total];
  });
  return { columns: ids.map((id) => ({ id, title: null })), rows };
};

/** How good each class is, the worst first, and what it is taken for most often. */
export const classesTable = (confusion: readonly number[], classNames: readonly string[]): ChartTable => ({
  columns: ["class", "precision", "recall", "f1", "support", "most_often_taken_for", "times"].map((id) => ({
    id,
    title: null,
  })),
  rows: sortedScores(classScores(confusion), WORST_FIRST).map(
    ({ index, precision, recall, f1, support, mistakenFor }): Cell[] => [
      ...[nameOfClass(classNames, index), precision, recall, f1, support],
      ...(mistakenFor === null ? [null, null] : [nameOfClass(classNames, mistakenFor.index), mistakenFor.count]),
    ],
  ),
});

/** The mistakes with the largest loss, worst first. */
export const mistakesTable = ({ worst }: TestEvaluation, classNames: readonly string[]): ChartTable => {
  const written = (values: readonly number[], isClass: boolean): Cell =>
    isClass ? nameOfClass(classNames, values[0]) : values.map((value) => formatReadout(value)).join(" ");
  const rows = worst.map(({ index, actual, predicted, probability, loss }): Cell[] => {
    const isClass = probability !== null;
    return [index, written(actual, isClass), written(predicted, isClass), probability, loss];
  });
  const ids = ["test_sample", "is", "taken_for", "probability", "loss"];
  return { columns: ids.map((id) => ({ id, title: null })), rows };
};
