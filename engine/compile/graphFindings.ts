/** Findings about nodes and edges, in words, with the commands that mend them. */
import { nextFreeName, nodeHeight } from "../document/applyCommands.ts";
import type { Command } from "../document/commands.ts";
import {
  type DocumentEdge,
  type DocumentNode,
  edgeId,
  type LayerscopeDocument,
  type Position,
} from "../document/schema.ts";
import type { AnyLayer } from "../layer.ts";
import { counted } from "../layer.ts";
import { layers } from "../registry.ts";
import type { Diagnostic } from "./compiled.ts";
import { diagnose } from "./diagnostics.ts";
import { describeNode, shorten } from "./findings.ts";
import { type Graph, type GraphNode, hasOpenPort, portAt, reachableFrom } from "./graph.ts";
import type { Cycle } from "./order.ts";

/** Vertical distance between nodes of a column. */
const NODE_GAP = 16;

const deleteEdges = (edges: readonly DocumentEdge[]): Diagnostic["fix"] => ({
  label: edges.length === 1 ? "Delete edge" : `Delete ${edges.length} edges`,
  commands: [{ type: "deleteEdges", edges }],
});

export const deleteNode = (node: DocumentNode): Diagnostic["fix"] => ({
  label: `Delete ${shorten(node.name)}`,
  commands: [{ type: "deleteNodes", nodeIds: [node.id] }],
});

const nameOf = (graph: Graph, nodeId: string): string => graph.nodes.get(nodeId)?.node.name ?? nodeId;

const lowest = (nodes: readonly DocumentNode[]): DocumentNode | undefined =>
  nodes.reduce<DocumentNode | undefined>(
    (low, node) => (low === undefined || node.position.y > low.position.y ? node : low),
    undefined,
  );

const highest = (nodes: readonly DocumentNode[]): DocumentNode | undefined =>
  nodes.reduce<DocumentNode | undefined>(
    (high, node) => (high === undefined || node.position.y < high.position.y ? node : high),
    undefined,
  );

/** Adds a node of a kind and, where only one node can be meant, connects it. */
const addNodeCommands = (
  document: LayerscopeDocument,
  layer: AnyLayer,
  position: Position,
  edge: (nodeId: string) => DocumentEdge | null,
): readonly Command[] => {
  const id = nextFreeName(layer, new Set(document.nodes.flatMap((node) => [node.id, node.name])));
  const connection = edge(id);
  return [
    { type: "addNode", kind: layer.kind, position, id, name: id },
    ...(connection === null ? [] : [{ type: "connectPorts", ...connection } as const]),
  ];
};

/** The one node whose output nothing takes, if there is exactly one among the candidates. */
const onlyLooseEnd = (candidates: readonly GraphNode[]): { node: string; port: string } | null => {
  const loose = candidates.filter(({ layer, outgoing }) => layer?.outputs.length === 1 && outgoing.length === 0);
  const [only] = loose;
  const port = only?.layer?.outputs[0];
  return loose.length === 1 && only !== undefined && port !== undefined ? { node: only.node.id, port } : null;
};

export const diagnoseMissingInput = (document: LayerscopeDocument, graph: Graph): Diagnostic[] => {
  const layer = layers.find((each) => each.inputs.length === 0);
  const port = layer?.outputs[0];
  if (layer === undefined || port === undefined) return [];
  const top = highest(document.nodes);
  const position =
    top === undefined
      ? { x: 0, y: 0 }
      : { x: top.position.x, y: top.position.y - nodeHeight({ kind: layer.kind }) - NODE_GAP };
  const open = [...graph.nodes.values()].filter((graphNode) => graphNode.layer !== undefined && hasOpenPort(graphNode));
  const [only] = open;
  const openPort = only === undefined ? undefined : portAt(only, only.incoming.indexOf(null));
  const commands = addNodeCommands(document, layer, position, (node) =>
    open.length === 1 && only !== undefined && openPort !== undefined
      ? { from: { node, port }, to: { node: only.node.id, port: openPort } }
      : null,
  );
  return [
    diagnose("LS101", {
      message: "The net has no Input. Samples of the dataset enter it there.",
      badge: "no input",
      fix: { label: `Add ${layer.title}`, commands },
    }),
  ];
};

export const diagnoseMissingOutput = (document: LayerscopeDocument, graph: Graph): Diagnostic[] => {
  const layer = layers.find((each) => each.outputs.length === 0);
  const port = layer?.inputs[0];
  if (layer === undefined || port === undefined) return [];
  const bottom = lowest(document.nodes);
  const position =
    bottom === undefined
      ? { x: 0, y: 4 * (nodeHeight({ kind: layer.kind }) + NODE_GAP) }
      : { x: bottom.position.x, y: bottom.position.y + nodeHeight(bottom) + NODE_GAP };
  const looseEnd = onlyLooseEnd([...graph.nodes.values()]);
  const commands = addNodeCommands(document, layer, position, (node) =>
    looseEnd === null ? null : { from: looseEnd, to: { node, port } },
  );
  return [
    diagnose("LS102", {
      message: "The net has no Output. Training lowers its loss.",
      badge: "no output",
      fix: { label: `Add ${layer.title}`, commands },
    }),
  ];
};

export const diagnoseCycle = (graph: Graph, cycle: Cycle): Diagnostic => {
  const [nodeId = null] = cycle.nodeIds;
  const names = cycle.path.map((id) => nameOf(graph, id));
  const shown = names.length <= 6 ? names : [...names.slice(0, 3), "…", ...names.slice(-2)];
  // An edge that waits for one of these ports would take its place and could close the cycle again.
  const heirs = graph.surplus.filter((edge) =>
    cycle.closingEdges.some((closing) => closing.to.node === edge.to.node && closing.to.port === edge.to.port),
  );
  return diagnose("LS105", {
    nodeId,
    edge: cycle.closingEdges[0] ?? null,
    message: `${cycle.nodeIds.length} ${cycle.nodeIds.length === 1 ? "layer feeds itself" : "layers feed each other in a cycle"}: ${[...shown, names[0] ?? ""].join(" → ")}. Delete an edge.`,
    badge: `cycle of ${cycle.nodeIds.length}`,
    fix: deleteEdges([...cycle.closingEdges, ...heirs]),
  });
};

export const diagnoseOpenPorts = (graph: Graph, graphNode: GraphNode): Diagnostic[] => {
  const index = graphNode.incoming.indexOf(null);
  const port = portAt(graphNode, index);
  if (port === undefined) return [];
  const numOpen = graphNode.incoming.filter((edge) => edge === null).length;
  const least = graphNode.layer?.leastEdges;
  const numConnected = graphNode.incoming.length - numOpen;
  const which = graphNode.incoming.length === 1 ? "its input" : `input "${port}"`;
  const rest = numOpen === 1 ? "" : ` and ${numOpen - 1} more`;
  const what =
    least === undefined
      ? `has nothing connected to ${which}${rest}.`
      : `takes ${least} or more inputs but has ${numConnected === 0 ? "none" : numConnected}.`;
  const downstream = reachableFrom([graphNode.node.id], (id) =>
    (graph.nodes.get(id)?.outgoing ?? []).map((edge) => edge.to.node),
  );
  const from = onlyLooseEnd([...graph.nodes.values()].filter((other) => !downstream.has(other.node.id)));
  return [
    diagnose("LS106", {
      nodeId: graphNode.node.id,
      // Edges that are there are not at fault.
      port: least !== undefined && numConnected > 0 ? null : port,
      message: `${describeNode(graphNode.node)} ${what}`,
      badge: numConnected === 0 ? "not connected" : `${numConnected} of ${counted(graphNode.incoming.length, "input")}`,
      fix:
        from === null
          ? null
          : {
              label: `Connect ${shorten(nameOf(graph, from.node))}`,
              commands: [{ type: "connectPorts", from, to: { node: graphNode.node.id, port } }],
            },
    }),
  ];
};

/** Copies of the same edge together: one fault, one diagnostic. */
export const groupCopies = (edges: readonly DocumentEdge[]): (readonly [DocumentEdge, ...DocumentEdge[]])[] => {
  const groups = new Map<string, [DocumentEdge, ...DocumentEdge[]]>();
  for (const edge of edges) {
    const group = groups.get(edgeId(edge));
    if (group === undefined) groups.set(edgeId(edge), [edge]);
    else group.push(edge);
  }
  return [...groups.values()];
};

export const diagnoseSurplusEdges = (graph: Graph, copies: readonly [DocumentEdge, ...DocumentEdge[]]): Diagnostic => {
  const [edge] = copies;
  const to = graph.nodes.get(edge.to.node);
  if (to?.layer?.leastEdges !== undefined) {
    return diagnose("LS107", {
      nodeId: edge.to.node,
      edge,
      message: `${describeNode(to.node)} has more than one edge from ${nameOf(graph, edge.from.node)}. Each input counts once.`,
      badge: "same edge twice",
      fix: { label: "Delete the copy", commands: [{ type: "deleteEdges", edges: copies }] },
    });
  }
  const first = to?.incoming[to.layer?.inputs.indexOf(edge.to.port) ?? -1];
  return diagnose("LS107", {
    nodeId: edge.to.node,
    port: edge.to.port,
    edge,
    message: `${to === undefined ? edge.to.node : describeNode(to.node)} has two edges into its port "${edge.to.port}", from ${nameOf(graph, first?.from.node ?? "")} and ${nameOf(graph, edge.from.node)}. One port takes one edge.`,
    badge: "two edges into one port",
    fix: {
      label: `Delete edge from ${shorten(nameOf(graph, edge.from.node))}`,
      commands: [{ type: "deleteEdges", edges: copies }],
    },
  });
};

export const diagnoseBrokenEdges = (graph: Graph, copies: readonly [DocumentEdge, ...DocumentEdge[]]): Diagnostic => {
  const [edge] = copies;
  const from = graph.nodes.get(edge.from.node);
  const to = graph.nodes.get(edge.to.node);
  const missing =
    from === undefined
      ? `there is no node "${edge.from.node}"`
      : to === undefined
        ? `there is no node "${edge.to.node}"`
        : from.layer !== undefined && !from.layer.outputs.includes(edge.from.port)
          ? `${describeNode(from.node)} has no output port "${edge.from.port}"`
          : `${describeNode(to.node)} has no input port "${edge.to.port}"`;
  return diagnose("LS108", {
    nodeId: to?.node.id ?? from?.node.id ?? null,
    edge,
    message: `The edge from "${edge.from.node}" to "${edge.to.node}" has no end: ${missing}.`,
    badge: "edge without an end",
    fix: deleteEdges(copies),
  });
};

export const diagnoseDuplicateNames = (document: LayerscopeDocument, graph: Graph): Diagnostic[] => {
  const seen = new Set<string>();
  const copies: GraphNode[] = [];
  for (const graphNode of graph.nodes.values()) {
    if (seen.has(graphNode.node.name)) copies.push(graphNode);
    else seen.add(graphNode.node.name);
  }
  if (copies.length === 0) return [];
  const taken = new Set(document.nodes.flatMap((node) => [node.id, node.name]));
  const diagnostics: Diagnostic[] = [];
  for (const { node, layer } of copies) {
    const name = layer === undefined ? null : nextFreeName(layer, taken);
    if (name !== null) taken.add(name);
    diagnostics.push(
      diagnose("LS111", {
        nodeId: node.id,
        message: `${describeNode(node)} has the name of another node.`,
        badge: "name used twice",
        fix:
          name === null
            ? null
            : { label: `Rename to ${name}`, commands: [{ type: "renameNode", nodeId: node.id, name }] },
      }),
    );
  }
  return diagnostics;
};
