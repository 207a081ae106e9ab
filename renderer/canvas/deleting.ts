/** Deleting, with what stays connected across the gap. Pure. */
import {
  applyCommands,
  type Command,
  type Compiled,
  compile,
  type DatasetFacts,
  edgeId,
  type LayerscopeDocument,
  type PortReference,
} from "../../engine/index.ts";
import type { Gesture } from "./gesture.ts";
import { connectArriving } from "./splice.ts";

/** The one output outside the deleted nodes that what leaves a deleted node comes from; null: none, or several. */
const sourceBehind = (
  document: LayerscopeDocument,
  deleted: ReadonlySet<string>,
  from: PortReference,
): PortReference | null => {
  const passed = new Set<string>();
  let at = from;
  while (deleted.has(at.node)) {
    const arriving = document.edges.filter(({ to }) => to.node === at.node);
    const [only] = arriving;
    if (only === undefined || arriving.length > 1 || passed.has(at.node)) return null;
    passed.add(at.node);
    at = only.from;
  }
  return at;
};

const errorKeys = ({ diagnostics }: Compiled): ReadonlySet<string> =>
  new Set(
    diagnostics
      .filter(({ severity }) => severity === "error")
      .map(({ code, nodeId, port }) => `${code} ${nodeId ?? ""} ${port ?? ""}`),
  );

interface Reconnection {
  readonly to: PortReference;
  readonly commands: readonly Command[];
}

/** For each port that loses what feeds it through the deleted nodes: the commands that feed it from behind them. */
const reconnections = (
  document: LayerscopeDocument,
  deleted: ReadonlySet<string>,
  cut: ReadonlySet<string>,
): readonly Reconnection[] => {
  const ports = new Map<string, PortReference>();
  for (const { from, to } of document.edges) {
    if (deleted.has(from.node) && !deleted.has(to.node)) ports.set(`${to.node} ${to.port}`, to);
  }
  const kept = { ...document, edges: document.edges.filter((edge) => !cut.has(edgeId(edge))) };
  return [...ports.values()].flatMap((to) => {
    const commands = connectArriving(kept, to, ({ from }) => sourceBehind(kept, deleted, from));
    return commands.length === 0 ? [] : [{ to, commands }];
  });
};

const applied = (document: LayerscopeDocument, commands: readonly Command[]): LayerscopeDocument => {
  const result = applyCommands(document, commands);
  return result.ok ? result.value : document;
};

/** Those reconnections with which the net has no error that it does not have without. */
const withoutNewErrors = (
  document: LayerscopeDocument,
  deleting: readonly Command[],
  found: readonly Reconnection[],
  dataset: DatasetFacts | null,
): readonly Command[] => {
  const errorsWith = (commands: readonly Command[]): ReadonlySet<string> =>
    errorKeys(compile(applied(document, [...deleting, ...commands]), { dataset, plan: false }));
  const before = errorKeys(compile(document, { dataset, plan: false }));
  const isClean = (commands: readonly Command[], known: ReadonlySet<string>): boolean =>
    [...errorsWith(commands)].every((key) => before.has(key) || known.has(key));
  const all = found.flatMap(({ commands }) => commands);
  if (isClean(all, new Set())) return all;
  let kept: readonly Command[] = [];
  for (const { commands } of found) {
    if (isClean([...kept, ...commands], errorsWith(kept))) kept = [...kept, ...commands];
  }
  return kept;
};

/**
 * Deletes nodes and edges. With `reconnect`, what fed a deleted node feeds what came after it, wherever that makes no new error.
 * `dataset` is what the document was compiled with. null: nothing to delete.
 */
export const deleteItems = (
  document: LayerscopeDocument,
  nodeIds: readonly string[],
  edgeIds: readonly string[],
  { reconnect, dataset }: { readonly reconnect: boolean; readonly dataset: DatasetFacts | null },
): Gesture | null => {
  const deleted = new Set(nodeIds);
  const nodes = document.nodes.filter(({ id }) => deleted.has(id));
  const cut = new Set(edgeIds);
  // The edges of a deleted node go with it.
  const edges = document.edges.filter(
    (edge) => cut.has(edgeId(edge)) && !deleted.has(edge.from.node) && !deleted.has(edge.to.node),
  );
  const numItems = nodes.length + edges.length;
  if (numItems === 0) return null;
  const [first] = nodes;
  const label = numItems === 1 ? (first ? `delete ${first.name}` : "delete a connection") : `delete ${numItems} items`;
  const deleting: readonly Command[] = [
    ...(edges.length > 0 ? [{ type: "deleteEdges", edges } as const] : []),
    ...(nodes.length > 0 ? [{ type: "deleteNodes", nodeIds: nodes.map(({ id }) => id) } as const] : []),
  ];
  const found = reconnect ? reconnections(document, deleted, cut) : [];
  const commands = found.length === 0 ? [] : withoutNewErrors(document, deleting, found, dataset);
  return { commands: [...deleting, ...commands], label, select: null };
};
