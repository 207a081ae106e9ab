/** The kinds by family, and finding one by what people call it. Everything comes from the registry. */
import { type AnyLayer, type Family, layers } from "../../engine/index.ts";
import type { Fit } from "../canvas/looseEnd.ts";

export interface LayerGroup {
  readonly family: Family;
  readonly title: string;
  readonly layers: readonly AnyLayer[];
}

const FAMILY_TITLES: Readonly<Record<Family, string>> = {
  io: "Source and loss",
  linear: "Weights",
  norm: "Normalization",
  activation: "Activation",
  shape: "Shape",
  regularization: "Regularization",
  merge: "Merge",
};

const FAMILY_ORDER: readonly Family[] = ["io", "linear", "norm", "activation", "shape", "regularization", "merge"];

/** Families that have kinds, in the order of the palette; kinds in the order of the registry. */
export const groupLayers = (all: readonly AnyLayer[] = layers): readonly LayerGroup[] =>
  FAMILY_ORDER.map((family) => ({
    family,
    title: FAMILY_TITLES[family],
    layers: all.filter((layer) => layer.family === family),
  })).filter((group) => group.layers.length > 0);

/** How well a kind fits a query: smaller is better, null not at all. */
const rank = (layer: AnyLayer, query: string): number | null => {
  const title = layer.title.toLowerCase();
  const words = [...layer.aliases, layer.subtitle, layer.namePrefix, layer.kind].map((word) => word.toLowerCase());
  if (title === query) return 0;
  if (title.startsWith(query)) return 1;
  if (words.some((word) => word.startsWith(query))) return 2;
  if (title.includes(query)) return 3;
  if (words.some((word) => word.includes(query))) return 4;
  if (layer.formula.toLowerCase().includes(query)) return 5;
  return FAMILY_TITLES[layer.family].toLowerCase().includes(query) ? 6 : null;
};

interface Ranked {
  readonly layer: AnyLayer;
  readonly score: number;
}

const rankLayers = (query: string, all: readonly AnyLayer[]): readonly Ranked[] => {
  const inOrder = groupLayers(all).flatMap((group) => group.layers);
  const wanted = query.trim().toLowerCase();
  if (wanted === "") return inOrder.map((layer) => ({ layer, score: 0 }));
  return inOrder
    .flatMap((layer) => {
      const score = rank(layer, wanted);
      return score === null ? [] : [{ layer, score }];
    })
    .sort((a, b) => a.score - b.score);
};

/** Best first; all in palette order for an empty query. */
export const searchLayers = (query: string, all: readonly AnyLayer[] = layers): readonly AnyLayer[] =>
  rankLayers(query, all).map(({ layer }) => layer);

export interface FoundLayer {
  readonly layer: AnyLayer;
  /** Why it does not fit where it would go; null: it does. */
  readonly misfit: string | null;
  readonly certainty: Certainty;
}

/** What the query is the beginning of: its title, another of its names, or neither, and it merely has the letters. */
export type Certainty = "title" | "name" | "letters";

const CERTAINTIES: readonly Certainty[] = ["title", "name", "letters"];

/** The most certain first. */
export const byCertainty = (a: Certainty, b: Certainty): number => CERTAINTIES.indexOf(a) - CERTAINTIES.indexOf(b);

const certaintyOf = (score: number): Certainty => (score <= 1 ? "title" : score === 2 ? "name" : "letters");

export const certaintyOfLayer = (query: string, layer: AnyLayer): Certainty =>
  certaintyOf(rank(layer, query.trim().toLowerCase()) ?? Number.POSITIVE_INFINITY);

/** Found kinds that can be connected, the most certain first; of equally certain ones those that fit. */
export const searchFitting = (query: string, fitOf: (layer: AnyLayer) => Fit): readonly FoundLayer[] => {
  const found = rankLayers(query, layers).flatMap(({ layer, score }) => {
    const fit = fitOf(layer);
    if (fit.status === "never") return [];
    return [{ layer, certainty: certaintyOf(score), misfit: fit.status === "misfit" ? fit.reason : null }];
  });
  return found.sort(
    (a, b) => byCertainty(a.certainty, b.certainty) || Number(a.misfit !== null) - Number(b.misfit !== null),
  );
};
