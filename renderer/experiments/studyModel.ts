/** A study as its view shows it: axes, what each of them is for, and the runs in groups. Made anew whenever a run reports. */
import {
  type AxisValue,
  axisTitle,
  type LayerscopeDocument,
  parse,
  parseStudy,
  type Study,
  type StudyAxis,
} from "../../engine/index.ts";
import type { StudyDetail, StudyRunStatus } from "../../engine/protocol.ts";
import { NUM_COLORS, NUM_STYLES } from "../library/runStyle.ts";
import { axisWords, lineWords, valueWords } from "./axisWords.ts";

export interface AxisView {
  /** Names it in the params of runs. */
  readonly id: string;
  readonly axis: StudyAxis;
  readonly title: string;
  /** Those that occur, in the order of the runs. */
  readonly values: readonly AxisValue[];
  readonly isNumeric: boolean;
  /** Whether its values are better seen by their factors. */
  readonly isLog: boolean;
}

/** Runs that share one line: the same in all but the cell and the seed. */
export interface Variant {
  readonly key: string;
  /** `BatchNorm`, `no BatchNorm`; empty where nothing but the cells differs. */
  readonly title: string;
  /** Its colour and dash. */
  readonly style: number;
}

export interface StudyModel {
  readonly study: Study;
  readonly document: LayerscopeDocument;
  /** What its runs report: their epochs, the loss against a rising rate, or how far gradients are from difference quotients. */
  readonly measure: "epochs" | NonNullable<Study["measure"]>;
  readonly axes: readonly AxisView[];
  /** One small chart for each of its values; null: one chart for all. */
  readonly cellAxis: AxisView | null;
  readonly variantAxes: readonly AxisView[];
  /** Varied, and nothing is shown for each of its values: lines are the mean of these runs. */
  readonly seedAxis: AxisView | null;
  readonly variants: readonly Variant[];
  readonly hasValidation: boolean;
  /** Samples have targets: R² in place of accuracy. */
  readonly hasTargets: boolean;
}

/** Lines of one chart that colours tell from each other. */
const FEW = NUM_COLORS;
const WIDE_RATIO = 10;

export const keyOf = (value: AxisValue | undefined): string => JSON.stringify(value ?? null);

const distinct = (values: readonly (AxisValue | undefined)[]): readonly AxisValue[] => {
  const found = new Map<string, AxisValue>();
  for (const value of values) if (value !== undefined && !found.has(keyOf(value))) found.set(keyOf(value), value);
  return [...found.values()];
};

const isWide = (values: readonly AxisValue[]): boolean => {
  const numbers = values.filter((value) => typeof value === "number");
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return low > 0 && high / low >= WIDE_RATIO;
};

const axisViews = (study: Study, document: LayerscopeDocument, runs: readonly StudyRunStatus[]): readonly AxisView[] =>
  study.axes.map((axis) => {
    const id = axisTitle(axis);
    const values = distinct(runs.map(({ params }) => params[id]));
    const isNumeric = values.length > 0 && values.every((value) => typeof value === "number");
    const isLog = isNumeric && (Array.isArray(axis.values) ? isWide(values) : axis.values.scale === "log");
    return { id, axis, title: axisWords(axis, document.nodes), values, isNumeric, isLog };
  });

/** The axis with the most values gets the cells, a numeric one before others; few values of a single axis are lines of one chart. */
const chooseCells = (varied: readonly AxisView[]): AxisView | null => {
  const [only] = varied;
  if (only === undefined) return null;
  if (varied.length === 1) return only.values.length > FEW ? only : null;
  const weight = ({ values, isNumeric }: AxisView): number => values.length + (isNumeric ? 0.5 : 0);
  return varied.reduce((best, axis) => (weight(axis) > weight(best) ? axis : best), only);
};

/** The axis that tells most runs of a list apart. */
const longest = (shown: readonly AxisView[]): AxisView | undefined =>
  shown.reduce<AxisView | undefined>(
    (best, axis) => (best === undefined || axis.values.length > best.values.length ? axis : best),
    undefined,
  );

/** Runs of a list that one axis tells apart are lines of one chart, if they are few. */
const chooseListed = (shown: readonly AxisView[]): AxisView | null => {
  const axis = longest(shown);
  return axis === undefined || axis.values.length <= FEW ? null : axis;
};

/** Of a list or a random search every run has values of its own: only choices among a few can be lines. */
const lists = (shown: readonly AxisView[], cellAxis: AxisView | null): readonly AxisView[] => {
  if (cellAxis === null) return shown.filter((axis) => axis === longest(shown));
  return shown.filter((axis) => axis !== cellAxis && !axis.isNumeric && axis.values.length <= FEW);
};

const variantKey = (axes: readonly AxisView[], { params }: StudyRunStatus): string =>
  axes.map(({ id }) => keyOf(params[id])).join(" ");

const variantsOf = (axes: readonly AxisView[], runs: readonly StudyRunStatus[]): readonly Variant[] => {
  const firsts = new Map<string, StudyRunStatus>();
  for (const run of runs) {
    const key = variantKey(axes, run);
    if (!firsts.has(key)) firsts.set(key, run);
  }
  const [main] = axes;
  // Of more lines than colours, those of one value of the first axis share its colour, and dashes tell them apart.
  const isByMain = firsts.size > FEW && main !== undefined && main.values.length <= FEW;
  const mainIndex = (params: StudyRunStatus["params"]): number =>
    main?.values.findIndex((value) => keyOf(value) === keyOf(params[main.id])) ?? 0;
  const members = [...firsts.values()].map(({ params }) => mainIndex(params));
  const mostOfOne = Math.max(0, ...members.map((value) => members.filter((other) => other === value).length));
  return [...firsts].map(([key, { params }], index) => {
    const among = members.slice(0, index).filter((value) => value === members[index]).length;
    return {
      key,
      title: axes.map(({ id, axis, title, values }) => lineWords(axis, title, params[id], values)).join(", "),
      style: (isByMain && mostOfOne <= FEW ? (members[index] ?? 0) + NUM_COLORS * among : index) % NUM_STYLES,
    };
  });
};

interface Definition {
  readonly study: Study;
  readonly document: LayerscopeDocument;
}

/** What a study's text says; the error is a sentence. */
export const readDefinition = (text: string): Definition | { readonly problem: string } => {
  const study = parseStudy(text);
  if (!study.ok) return { problem: study.error };
  const document = parse(JSON.stringify(study.value.document));
  if (!document.ok) return { problem: "The document inside the study cannot be read." };
  return { study: study.value, document: document.value };
};

export const studyModel = ({ study, document }: Definition, { runs }: Pick<StudyDetail, "runs">): StudyModel => {
  const axes = axisViews(study, document, runs);
  const varied = axes.filter(({ values }) => values.length > 1);
  const seeds = varied.find(({ axis }) => axis.vary === "seed") ?? null;
  const seedAxis = varied.length > 1 && study.search.by === "grid" ? seeds : null;
  const shown = varied.filter((axis) => axis !== seedAxis);
  const isGrid = study.search.by === "grid";
  const cellAxis = isGrid ? chooseCells(shown) : chooseListed(shown);
  const variantAxes = isGrid ? shown.filter((axis) => axis !== cellAxis) : lists(shown, cellAxis);
  const epochs = runs.flatMap(({ epochs: own }) => own.at(-1) ?? []);
  return {
    study,
    document,
    measure: study.measure ?? "epochs",
    axes,
    cellAxis,
    variantAxes,
    seedAxis,
    variants: variantsOf(variantAxes, runs),
    hasValidation: epochs.some(({ validationLoss }) => validationLoss !== undefined),
    hasTargets: epochs.length > 0 && epochs.every(({ trainAccuracy }) => trainAccuracy === null),
  };
};

export const variantOf = (model: StudyModel, run: StudyRunStatus): Variant | undefined => {
  const key = variantKey(model.variantAxes, run);
  return model.variants.find((variant) => variant.key === key);
};

/** `initial std 0.0251, BatchNorm`: what a run differs in from the others. */
export const paramsWords = (model: StudyModel, run: StudyRunStatus): string =>
  model.axes
    .map(({ id, axis, title, values }) => {
      const value = run.params[id];
      return typeof value === "number"
        ? `${title.toLowerCase()} ${valueWords(axis, value)}`
        : lineWords(axis, title, value, values);
    })
    .join(", ");

/** The name that the user gave it, or what it differs in. */
export const runWords = (model: StudyModel, run: StudyRunStatus): string => run.name ?? paramsWords(model, run);
