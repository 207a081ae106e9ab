/** One thing changed, and everything else the same: what a paired run can be of the open document. Pure. */
import {
  applyCommands,
  bypassProblem,
  type Command,
  type Initializer,
  initializers,
  insertNormThroughout,
  type LayerscopeDocument,
  layerOf,
  type StudyAxis,
  serialize,
} from "../../engine/index.ts";
import { makeRoom } from "../canvas/placement.ts";

export interface PairChoice {
  readonly id: string;
  readonly title: string;
  /** What the two runs are. */
  readonly hint: string;
  readonly axis: StudyAxis;
  /** What the net has in both runs that it has not now: left out in the first. */
  readonly added?: readonly Command[];
}

type Node = LayerscopeDocument["nodes"][number];

const nameOf = ({ name, id }: Node): string => name || id;

const listed = (nodes: readonly Node[]): string => {
  const names = nodes.map(nameOf);
  return names.length <= 3 ? names.join(", ") : `${names[0]} and ${names.length - 1} more`;
};

const bypassOf = (id: string, nodes: readonly Node[], what: string): PairChoice => ({
  id,
  title: `Without ${what}`,
  hint: `With and without ${listed(nodes)}`,
  axis: {
    vary: "bypass",
    nodes: nodes.map((node) => node.id),
    values: [false, true],
    names: [`with ${what}`, `without ${what}`],
  },
});

const NORMS = { batchNorm: "batch", layerNorm: "layer", groupNorm: "group" } as const;
const NORM_TITLES = { batch: "BatchNorm", layer: "LayerNorm", group: "GroupNorm" } as const;
type Norm = keyof typeof NORM_TITLES;

const normOf = ({ kind }: Node): Norm | null => Object.entries(NORMS).find(([known]) => known === kind)?.[1] ?? null;

const swapOf = (from: Norm, to: Norm): PairChoice => ({
  id: `swap-${to}`,
  title: `${NORM_TITLES[to]} in place of ${NORM_TITLES[from]}`,
  hint: "At every place, under the same names",
  axis: { vary: "normalization", values: [from, to], names: [NORM_TITLES[from], NORM_TITLES[to]] },
});

/** What a net without normalization would be with it: what it has bypassed, or BatchNorm after its layers. */
const withNorm = (document: LayerscopeDocument): PairChoice | null => {
  const resting = document.nodes.filter(({ kind, bypassed }) => bypassed && layerOf(kind)?.family === "norm");
  const inserted = resting.length > 0 ? null : insertNormThroughout(document, makeRoom);
  if (resting.length === 0 && inserted === null) return null;
  const [norm = null] = [...new Set(resting.map(normOf))];
  const what = norm === null ? "BatchNorm" : NORM_TITLES[norm];
  return {
    id: "with-norm",
    title: `With ${what}`,
    hint: inserted === null ? `With and without ${listed(resting)}` : `After ${listed(inserted.after)}`,
    axis: {
      vary: "bypass",
      nodes: [...(inserted?.normIds ?? resting.map(({ id }) => id))],
      values: [true, false],
      names: [`without ${what}`, `with ${what}`],
    },
    ...(inserted === null ? {} : { added: inserted.commands }),
  };
};

/** The usual one for ReLU, the one of the first deep nets, and the one that the tutorials begin with. */
const STARTS: readonly Initializer[] = [
  initializers.heNormal.start,
  initializers.xavierNormal.start,
  initializers.normal.start,
];

const initializerTitle = (initializer: Initializer): string =>
  "std" in initializer
    ? `${initializers[initializer.name].title} ${initializer.std}`
    : initializers[initializer.name].title;

const startOf = (from: Initializer, to: Initializer): PairChoice => ({
  id: `start-${to.name}`,
  title: `Start from ${initializerTitle(to)}`,
  hint: `In place of ${initializerTitle(from)}, in all layers`,
  axis: { vary: "initializer", values: [from, to], names: [initializerTitle(from), initializerTitle(to)] },
});

/** What is selected comes first. */
export const pairChoices = (document: LayerscopeDocument, selected: readonly string[]): readonly PairChoice[] => {
  const inUse = document.nodes.filter(({ bypassed }) => !bypassed);
  const chosen = inUse.filter((node) => selected.includes(node.id) && bypassProblem(document, node) === null);
  const norms = inUse.filter(({ kind }) => layerOf(kind)?.family === "norm");
  const kinds = [...new Set(norms.map(normOf))];
  const [norm = null] = kinds;
  const choices: PairChoice[] = [];
  if (chosen.length > 0) choices.push(bypassOf("selected", chosen, listed(chosen)));
  const isAllNorms =
    norms.length > 0 &&
    norms.every(({ id }) => chosen.some((node) => node.id === id)) &&
    chosen.length === norms.length;
  if (norms.length > 0 && !isAllNorms) {
    choices.push(bypassOf("norms", norms, norm !== null && kinds.length === 1 ? NORM_TITLES[norm] : "normalization"));
  }
  const gained = norms.length === 0 ? withNorm(document) : null;
  if (gained !== null) choices.push(gained);
  // Of a mixture "in place of" would say nothing.
  if (norm !== null && kinds.length === 1) {
    for (const to of ["batch", "layer", "group"] as const) if (to !== norm) choices.push(swapOf(norm, to));
  }
  const { initializer } = document.training;
  const hasWeights = document.nodes.some(({ params }) => "initializer" in params);
  if (hasWeights) {
    for (const to of STARTS)
      if (JSON.stringify(to) !== JSON.stringify(initializer)) choices.push(startOf(initializer, to));
  }
  return choices;
};

/** The text of a study of two runs: the same seed, one thing changed. `from`: the name of the trained net that both start from; null: initializers. */
export const pairStudy = (
  document: LayerscopeDocument,
  title: string,
  { axis, title: change, added = [] }: PairChoice,
  from: string | null = null,
): string => {
  const grown = applyCommands(document, added);
  return JSON.stringify({
    format: "layerscope-study",
    version: 1,
    title: `${title}: ${change.charAt(0).toLowerCase()}${change.slice(1)}`.slice(0, 200),
    document: JSON.parse(serialize(grown.ok ? grown.value : document)),
    ...(from === null ? {} : { from: { name: from } }),
    search: { by: "grid" },
    axes: [axis],
  });
};
