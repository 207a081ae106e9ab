/** Walking the document's nodes and edges as they are, compiled or not. Pure. */
import { type DocumentNode, type LayerscopeDocument, layerOf } from "../../engine/index.ts";

export const nodeOf = (document: LayerscopeDocument, nodeId: string): DocumentNode | undefined =>
  document.nodes.find((node) => node.id === nodeId);

export const nameOf = (document: LayerscopeDocument, nodeId: string): string =>
  nodeOf(document, nodeId)?.name ?? nodeId;

/** Whether the node's input port takes several edges. */
export const takesSeveral = (document: LayerscopeDocument, nodeId: string): boolean =>
  layerOf(nodeOf(document, nodeId)?.kind ?? "")?.leastEdges !== undefined;

/** The given nodes and all that lead to them (`upstream`) or that they lead to (`downstream`). */
export const connectedTo = (
  { edges }: LayerscopeDocument,
  nodeIds: readonly string[],
  direction: "upstream" | "downstream",
): ReadonlySet<string> => {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) {
    const [here, there] = direction === "downstream" ? [from.node, to.node] : [to.node, from.node];
    const list = next.get(here);
    if (list === undefined) next.set(here, [there]);
    else list.push(there);
  }
  const seen = new Set(nodeIds);
  const open = [...seen];
  for (let nodeId = open.pop(); nodeId !== undefined; nodeId = open.pop()) {
    for (const other of next.get(nodeId) ?? []) {
      if (seen.has(other)) continue;
      seen.add(other);
      open.push(other);
    }
  }
  return seen;
};

/** Whether the output of `from` reaches `to` along the edges. */
export const reaches = (document: LayerscopeDocument, from: string, to: string): boolean =>
  connectedTo(document, [from], "downstream").has(to);
