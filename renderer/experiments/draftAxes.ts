/** What a study can vary, with what each begins, and what can be chosen for it. */
import {
  type AxisValue,
  initializerNames,
  initializers,
  type LayerscopeDocument,
  layerOf,
  optimizerNames,
  optimizers,
  type StudyAxis,
  scheduleNames,
  schedules,
} from "../../engine/index.ts";
import { type ParamControl, paramControls } from "../inspector/paramControls.ts";
import { varyTitle } from "./axisWords.ts";
import { keyOf } from "./studyModel.ts";

type Vary = StudyAxis["vary"];

const normalizing = ({ nodes }: LayerscopeDocument): readonly string[] =>
  nodes.filter(({ kind }) => layerOf(kind)?.family === "norm").map(({ id }) => id);

/** Nodes that can be left out: all but what goes in and comes out. */
export const inner = ({ nodes }: LayerscopeDocument): LayerscopeDocument["nodes"] =>
  nodes.filter(({ kind }) => layerOf(kind)?.family !== "io");

/** A kind, or a single node, whose params can be varied. */
export interface ParamTarget {
  /** `kind:dense`, `node:fc1`. */
  readonly id: string;
  readonly title: string;
  readonly kind: string;
  readonly node: string | null;
}

const controlsOf = (kind: string): readonly ParamControl[] => {
  const layer = layerOf(kind);
  return layer === undefined ? [] : paramControls(layer);
};

/** Kinds that the document has, then its nodes. */
export const paramTargets = (document: LayerscopeDocument): readonly ParamTarget[] => {
  const nodes = inner(document).filter(({ kind }) => controlsOf(kind).length > 0);
  const kinds = [...new Set(nodes.map(({ kind }) => kind))];
  return [
    ...kinds.map((kind) => ({
      ...{ id: `kind:${kind}`, kind, node: null },
      title: `Every ${layerOf(kind)?.title ?? kind}`,
    })),
    ...nodes.map(({ id, kind, name }) => ({ id: `node:${id}`, title: name === "" ? id : name, kind, node: id })),
  ];
};

export const targetParams = (target: ParamTarget | undefined): readonly ParamControl[] =>
  target === undefined ? [] : controlsOf(target.kind);

export const targetOf = (
  axis: Extract<StudyAxis, { vary: "param" }>,
  document: LayerscopeDocument,
): ParamTarget | undefined =>
  paramTargets(document).find(({ id }) => id === (axis.node === undefined ? `kind:${axis.kind}` : `node:${axis.node}`));

/** Around the value that a document has: half of it, it, twice it. */
const numbersAround = (value: unknown): number[] =>
  typeof value === "number" && value !== 0
    ? [value / 2, value, value * 2].map((each) => (Number.isInteger(value) ? Math.max(1, Math.round(each)) : each))
    : [0, 1];

/** An axis over a param of a target, with some values to begin with. */
export const paramAxis = (target: ParamTarget, param: string, document: LayerscopeDocument): StudyAxis => {
  const control = targetParams(target).find((each) => each.param === param);
  const present = inner(document).find(({ id, kind }) =>
    target.node === null ? kind === target.kind : id === target.node,
  )?.params[param];
  const choices = control === undefined ? null : paramChoices(control);
  const values = choices === null ? [...new Set(numbersAround(present))] : choices.slice(0, 3);
  const place = target.node === null ? { kind: target.kind } : { node: target.node };
  return { vary: "param", ...place, name: param, values: [...values] as never };
};

const optimizerStarts = optimizerNames.map((name) => optimizers[name].start);
const initializerStarts = initializerNames.map((name) => initializers[name].start);

const STARTS: Readonly<Record<Exclude<Vary, "bypass" | "param">, StudyAxis>> = {
  initializerScale: { vary: "initializerScale", values: { from: 1, to: 0.0001, count: 9, scale: "log" } },
  initializer: {
    vary: "initializer",
    values: initializerStarts.filter(({ name }) => name === "heNormal" || name === "xavierNormal" || name === "normal"),
  },
  learningRate: { vary: "learningRate", values: { from: 0.001, to: 1, count: 7, scale: "log" } },
  batchSize: { vary: "batchSize", values: [5, 10, 50] },
  epochs: { vary: "epochs", values: [5, 10, 20] },
  weightDecay: { vary: "weightDecay", values: [0, 0.0001, 0.001] },
  optimizer: {
    vary: "optimizer",
    values: optimizerStarts.filter(({ name }) => name === "sgd" || name === "momentum" || name === "adam"),
  },
  seed: { vary: "seed", values: [1, 2, 3] },
  normalization: { vary: "normalization", values: ["batch", "none"] },
  activation: { vary: "activation", values: ["relu", "tanh", "sigmoid"] },
  schedule: { vary: "schedule", values: scheduleNames.slice(0, 3).map((name) => schedules[name].start) },
  clipNorm: { vary: "clipNorm", values: [null, 1] },
};

/** What can be varied, in the order in which it is offered. */
export const variables: readonly { readonly vary: Vary; readonly title: string }[] = [
  ...(["initializerScale", "initializer", "learningRate", "batchSize", "optimizer", "normalization"] as const),
  ...(["activation", "schedule", "clipNorm", "weightDecay", "epochs", "seed"] as const),
]
  .map((vary): { readonly vary: Vary; readonly title: string } => ({ vary, title: varyTitle(vary) }))
  .concat([
    { vary: "bypass", title: "Layers left out" },
    { vary: "param", title: "A param" },
  ]);

/** An axis as it begins, once it has been chosen. */
export const startAxis = (vary: Vary, document: LayerscopeDocument): StudyAxis => {
  if (vary === "bypass") {
    const norms = normalizing(document);
    const nodes =
      norms.length > 0
        ? norms
        : inner(document)
            .slice(0, 1)
            .map(({ id }) => id);
    return { vary, nodes: [...nodes], values: [false, true] };
  }
  if (vary === "param") {
    const target = paramTargets(document)[0];
    const param = targetParams(target).find(({ type }) => type === "number") ?? targetParams(target)[0];
    if (target === undefined || param === undefined) return { vary, kind: "dense", name: "units", values: [50, 100] };
    return paramAxis(target, param.param, document);
  }
  return STARTS[vary];
};

const START_OF_WEIGHTS: readonly Vary[] = ["initializerScale", "initializer"];

/** The first thing that a study does not vary yet, that the document has, and that would not undo what is varied. */
export const nextVary = (axes: readonly StudyAxis[], document: LayerscopeDocument): Vary => {
  const taken = new Set(axes.map(({ vary }) => vary));
  const startVaries = START_OF_WEIGHTS.some((vary) => taken.has(vary));
  const isFree = (vary: Vary): boolean =>
    !taken.has(vary) &&
    !(startVaries && START_OF_WEIGHTS.includes(vary)) &&
    !(vary === "normalization" && normalizing(document).length === 0) &&
    !(vary === "activation" && !document.nodes.some(({ kind }) => layerOf(kind)?.family === "activation"));
  return variables.find(({ vary }) => isFree(vary))?.vary ?? "param";
};

/** What a param can be; null: any number. */
export const paramChoices = (control: ParamControl): readonly AxisValue[] | null => {
  if (control.type === "number") return null;
  if (control.type === "toggle") return [true, false];
  if (control.type === "select" || control.type === "padding") return control.options.map(({ value }) => value);
  if (control.type === "initializer") return initializerStarts;
  if (control.type === "pair")
    return [
      [3, 3],
      [5, 5],
      [7, 7],
    ];
  return [];
};

/** What can be chosen for an axis, what it has already included; null: numbers. */
export const choicesOf = (axis: StudyAxis, document: LayerscopeDocument): readonly AxisValue[] | null => {
  const offered = ((): readonly AxisValue[] | null => {
    if (axis.vary === "initializer") return initializerStarts;
    if (axis.vary === "optimizer") return optimizerStarts;
    if (axis.vary === "normalization") return ["none", "batch", "layer", "group"];
    if (axis.vary === "activation") return ["relu", "leakyRelu", "elu", "gelu", "silu", "sigmoid", "tanh"];
    if (axis.vary === "schedule") return scheduleNames.map((name) => schedules[name].start);
    if (axis.vary === "clipNorm") return [null, 0.1, 1, 5, 10];
    if (axis.vary === "bypass") return [false, true];
    if (axis.vary !== "param") return null;
    const control = targetParams(targetOf(axis, document)).find(({ param }) => param === axis.name);
    return control === undefined ? null : paramChoices(control);
  })();
  if (offered === null || !Array.isArray(axis.values)) return offered;
  const known = new Set(offered.map(keyOf));
  return [...offered, ...(axis.values as readonly AxisValue[]).filter((value) => !known.has(keyOf(value)))];
};

/** The axis with other values; whether they are good is for `checkDraft` to say. */
export const withValues = ({ names: _, ...axis }: StudyAxis, values: unknown): StudyAxis =>
  ({ ...axis, values }) as StudyAxis;
