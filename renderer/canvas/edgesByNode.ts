/** The edges of a document by the nodes at their ends. */
import type { DocumentEdge } from "../../engine/index.ts";

const groupByEnd = (
  edges: readonly DocumentEdge[],
  end: "from" | "to",
): ReadonlyMap<string, readonly DocumentEdge[]> => {
  const groups = new Map<string, DocumentEdge[]>();
  for (const edge of edges) {
    const group = groups.get(edge[end].node);
    if (group === undefined) groups.set(edge[end].node, [edge]);
    else group.push(edge);
  }
  return groups;
};

interface EdgesByNode {
  readonly arriving: ReadonlyMap<string, readonly DocumentEdge[]>;
  readonly leaving: ReadonlyMap<string, readonly DocumentEdge[]>;
}

const knownBefore = new WeakMap<readonly DocumentEdge[], EdgesByNode>();

export const edgesByNode = (edges: readonly DocumentEdge[]): EdgesByNode => {
  const known = knownBefore.get(edges);
  if (known !== undefined) return known;
  const ends = { arriving: groupByEnd(edges, "to"), leaving: groupByEnd(edges, "from") };
  knownBefore.set(edges, ends);
  return ends;
};
