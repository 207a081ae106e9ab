/** Which layers of a run have rows, in the order of the net. Pure. */
import {
  compile,
  type DatasetFacts,
  expand,
  type Family,
  formatShape,
  type LayerscopeDocument,
  layerOf,
} from "../../engine/index.ts";
import type { RowFilter } from "./statisticsStore.ts";

export interface StatisticsRow {
  readonly nodeId: string;
  readonly name: string;
  readonly kind: string;
  readonly title: string;
  readonly family: Family | null;
  readonly shape: string;
  readonly hasWeights: boolean;
}

/** Layers that only pass values on measure what the one before them does; the output has no values of its own. */
export const statisticsRows = (
  drawn: LayerscopeDocument,
  dataset: DatasetFacts | null,
): { readonly rows: readonly StatisticsRow[]; readonly hidden: readonly string[] } => {
  // Each copy of a repeated layer is a layer of its own here, and what is bypassed measures nothing.
  const { document } = expand(drawn);
  const compiled = compile(document, dataset === null ? {} : { dataset });
  const nodes = new Map(document.nodes.map((node) => [node.id, node]));
  const rows: StatisticsRow[] = [];
  const hidden = new Set<string>();
  for (const [nodeId, facts] of compiled.facts) {
    const node = nodes.get(nodeId);
    const layer = node === undefined ? undefined : layerOf(node.kind);
    if (node === undefined) continue;
    if (layer?.compact || layer?.outputs.length === 0) {
      hidden.add(layer.title.toLowerCase());
      continue;
    }
    rows.push({
      nodeId,
      name: node.name,
      kind: node.kind,
      title: layer?.title ?? node.kind,
      family: layer?.family ?? null,
      shape: facts.outputShape ? formatShape(facts.outputShape) : "?",
      hasWeights: (facts.numWeights ?? 0) > 0,
    });
  }
  return { rows, hidden: [...hidden] };
};

export const filterRows = (rows: readonly StatisticsRow[], filter: RowFilter): readonly StatisticsRow[] =>
  rows.filter((row) => filter === "all" || (filter === "weights" ? row.hasWeights : row.family === filter));
