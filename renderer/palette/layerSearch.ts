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

/** Best first; all in palette order for an empty query. */
export const searchLayers = (query: string, all: readonly AnyLayer[] = layers): readonly AnyLayer[] => {
  const inOrder = groupLayers(all).flatMap((group) => group.layers);
  const wanted = query.trim().toLowerCase();
  if (wanted === "") return inOrder;
  return inOrder
    .flatMap((layer) => {
      const score = rank(layer, wanted);
      return score === null ? [] : [{ layer, score }];
    })
    .sort((a, b) => a.score - b.score)
    .map(({ layer }) => layer);
};

export interface FoundLayer {
  readonly layer: AnyLayer;
  /** Why it does not fit where it would go; null: it does. */
  readonly misfit: string | null;
}

/** Found kinds that fit, best first, then those that can be connected but do not fit. */
export const searchFitting = (query: string, fitOf: (layer: AnyLayer) => Fit): readonly FoundLayer[] => {
  const found = searchLayers(query).map((layer) => ({ layer, fit: fitOf(layer) }));
  return [
    ...found.flatMap(({ layer, fit }) => (fit.status === "fits" ? [{ layer, misfit: null }] : [])),
    ...found.flatMap(({ layer, fit }) => (fit.status === "misfit" ? [{ layer, misfit: fit.reason }] : [])),
  ];
};
