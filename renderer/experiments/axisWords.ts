/** What the axes of a study are called on screen, and their values. */
import {
  type AxisValue,
  counted,
  initializers,
  type LayerscopeDocument,
  layerOf,
  optimizers,
  type StudyAxis,
  schedules,
} from "../../engine/index.ts";
import { formatFixed, formatShort, MINUS, NONE } from "../charts/format.ts";

const VARY_TITLES: Readonly<Partial<Record<string, string>>> = {
  initializerScale: "Initial std",
  initializer: "Initializer",
  learningRate: "Learning rate",
  batchSize: "Batch size",
  epochs: "Epochs",
  weightDecay: "Weight decay",
  optimizer: "Optimizer",
  seed: "Seed",
  normalization: "Normalization",
  clipNorm: "Clip norm",
};

/** `learningRate` → `Learning rate`. */
export const varyTitle = (vary: string): string => {
  const known = VARY_TITLES[vary];
  if (known !== undefined) return known;
  const words = vary.replace(/([A-Z])/g, " $1").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const NORMALIZATION_TITLES: Readonly<Partial<Record<string, string>>> = {
  none: "none",
  batch: "BatchNorm",
  layer: "LayerNorm",
  group: "GroupNorm",
};

type Nodes = LayerscopeDocument["nodes"];

const nameOf = (nodes: Nodes, id: string): string => {
  const name = nodes.find((node) => node.id === id)?.name ?? "";
  return name === "" ? id : name;
};

/** `bn1 to bn5` where names count up without a gap, `bn1 and bn3`, `bn1, relu2 and 3 more`. */
export const nodesWords = (nodes: Nodes, ids: readonly string[]): string => {
  const names = ids.map((id) => nameOf(nodes, id));
  const [first = "", ...rest] = names;
  const last = names.at(-1) ?? first;
  const split = (name: string) => /^(.*?)(\d+)$/.exec(name);
  const start = split(first);
  const countsUp =
    start !== null &&
    names.every(
      (name, index) => split(name)?.[1] === start[1] && Number(split(name)?.[2]) === Number(start[2]) + index,
    );
  if (countsUp && names.length > 2) return `${first} to ${last}`;
  if (rest.length === 0) return first;
  if (names.length <= 3) return `${names.slice(0, -1).join(", ")} and ${last}`;
  return `${names.slice(0, 2).join(", ")} and ${names.length - 2} more`;
};

/** What an axis is called: `Initial std`, `bn1 to bn5`, `conv1 filters`. */
export const axisWords = (axis: StudyAxis, nodes: Nodes): string => {
  if (axis.vary === "bypass") return nodesWords(nodes, axis.nodes);
  if (axis.vary !== "param") return varyTitle(axis.vary);
  const target =
    axis.node === undefined ? (layerOf(axis.kind ?? "")?.title ?? axis.kind ?? "?") : nameOf(nodes, axis.node);
  return `${target} ${varyTitle(axis.name).toLowerCase()}`;
};

/** A number as short as it goes, three digits, exponents only for very small and very large ones: `0.000341`, `1`, `3e−7`. */
export const numberWords = (value: number): string => {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && magnitude < 0.001 && magnitude >= 1e-5) {
    return (value < 0 ? MINUS : "") + Number(magnitude.toPrecision(3)).toFixed(9).replace(/0+$/, "");
  }
  return Number.isInteger(value) && magnitude < 100_000 ? formatFixed(value, 0) : formatShort(value, 3);
};

type Named = { readonly name: string } & Readonly<Record<string, unknown>>;

const isNamed = (value: unknown): value is Named =>
  typeof value === "object" && value !== null && "name" in value && typeof value.name === "string";

/** `Adam`, `Normal 0.01`; with the numbers of its own only where they tell it from what is usual. */
const namedWords = (value: Named): string => {
  const optimizer = Object.entries(optimizers).find(([name]) => name === value.name)?.[1];
  const initializer = Object.entries(initializers).find(([name]) => name === value.name)?.[1];
  const schedule = Object.entries(schedules).find(([name]) => name === value.name)?.[1];
  const usual: Readonly<Record<string, unknown>> = (optimizer ?? schedule)?.start ?? {};
  const numbers = Object.entries(value).filter(
    ([key, own]) => key !== "name" && typeof own === "number" && usual[key] !== own,
  );
  const title = (optimizer ?? initializer ?? schedule)?.title ?? varyTitle(value.name);
  return [title, ...numbers.map(([key, own]) => (initializer ? numberWords(Number(own)) : `${key} ${own}`))].join(" ");
};

/** As the study itself calls it. */
const ownName = (axis: StudyAxis | undefined, value: AxisValue): string | undefined => {
  if (axis?.names === undefined || !Array.isArray(axis.values)) return undefined;
  const values: readonly AxisValue[] = axis.values;
  const text = JSON.stringify(value);
  return axis.names[values.findIndex((other) => JSON.stringify(other) === text)];
};

/** A value of an axis in words: `0.0858`, `BatchNorm`, `on`, `bypassed`, `Adam`. */
export const valueWords = (axis: StudyAxis | undefined, value: AxisValue | undefined): string => {
  if (value === undefined) return NONE;
  const own = ownName(axis, value);
  if (own !== undefined) return own;
  if (value === null) return "none";
  if (axis?.vary === "activation") return layerOf(String(value))?.title ?? String(value);
  if (typeof value === "number") return numberWords(value);
  if (axis?.vary === "bypass") return value === true ? "bypassed" : "on";
  if (axis?.vary === "normalization") return NORMALIZATION_TITLES[String(value)] ?? String(value);
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "string") return value;
  if (isNamed(value)) return namedWords(value);
  if (Array.isArray(value)) return value.map(String).join(" × ");
  return JSON.stringify(value);
};

/** A value that names a line by itself: `no BatchNorm`, where `bypassed` or `none` alone would not say of what. */
export const lineWords = (
  axis: StudyAxis,
  title: string,
  value: AxisValue | undefined,
  all: readonly AxisValue[],
): string => {
  const own = value === undefined ? undefined : ownName(axis, value);
  if (own !== undefined) return own;
  if (axis.vary === "normalization") {
    const others = all.filter((other) => other !== "none");
    if (value === "none") return others.length === 1 ? `no ${valueWords(axis, others[0])}` : "no normalization";
    return valueWords(axis, value);
  }
  if (axis.vary === "bypass") return value === true ? `without ${title}` : `with ${title}`;
  if (typeof value === "number" || typeof value === "boolean")
    return `${title.toLowerCase()} ${valueWords(axis, value)}`;
  return valueWords(axis, value);
};

/** What an axis goes through: `16 values, 1 to 0.0001, log`, `5, 10, 50`, `SGD, Adam`. */
export const valuesWords = (axis: StudyAxis, values: readonly AxisValue[]): string => {
  const { values: declared } = axis;
  if (!Array.isArray(declared)) {
    const { from, to, scale } = declared;
    return `${counted(values.length, "value")}, ${numberWords(from)} to ${numberWords(to)}${scale === "log" ? ", log" : ""}`;
  }
  const shown = values.slice(0, 6).map((value) => valueWords(axis, value));
  return values.length > 6 ? `${counted(values.length, "value")}: ${shown.join(", ")}, …` : shown.join(", ");
};

/** The values that an axis declares, before its study is expanded; of a range only as many as it has. */
export const variedValues = ({ values }: StudyAxis): readonly AxisValue[] =>
  Array.isArray(values) ? values : Array.from({ length: values.count }, () => values.from);
