/** What can be said of a document from its nodes and edges alone, before any shape is known. */
import type { LayerscopeDocument } from "../document/schema.ts";
import type { Diagnostic } from "./compiled.ts";
import { diagnose } from "./diagnostics.ts";
import { describeNode } from "./findings.ts";
import { type Graph, hasOpenPort, isSink, isSource, producersOf, reachableFrom } from "./graph.ts";
import {
  deleteNode,
  diagnoseBrokenEdges,
  diagnoseCycle,
  diagnoseDuplicateNames,
  diagnoseMissingInput,
  diagnoseMissingOutput,
  diagnoseOpenPorts,
  diagnoseSurplusEdges,
  groupCopies,
} from "./graphFindings.ts";
import { findCycles } from "./order.ts";

export interface GraphFindings {
  readonly diagnostics: readonly Diagnostic[];
  /** Nodes that training leaves out because no path leads from them to the output. */
  readonly strays: ReadonlySet<string>;
}

/** `order`: the nodes that could be put in order. Where that is all of them there is no cycle. */
export const checkGraph = (document: LayerscopeDocument, graph: Graph, order: readonly string[]): GraphFindings => {
  const all = [...graph.nodes.values()];
  // A surplus edge leads somewhere too: its node has the fault of the edge already.
  const surplusProducers = new Map<string, string[]>();
  for (const { from, to } of graph.surplus) {
    surplusProducers.set(to.node, [...(surplusProducers.get(to.node) ?? []), from.node]);
  }
  const upstream = (nodeId: string): readonly string[] => {
    const graphNode = graph.nodes.get(nodeId);
    const producers = graphNode === undefined ? [] : producersOf(graphNode);
    const others = surplusProducers.get(nodeId);
    return others === undefined ? producers : [...producers, ...others];
  };
  const sinks = all.filter(isSink);
  // Of several the one that something feeds is meant.
  const mainSink = sinks.find((graphNode) => !hasOpenPort(graphNode)) ?? sinks[0];
  const leadsToMain = reachableFrom(mainSink === undefined ? [] : [mainSink.node.id], upstream);
  const leadsToSink =
    sinks.length <= 1
      ? leadsToMain
      : reachableFrom(
          sinks.map((sink) => sink.node.id),
          upstream,
        );
  const sources = all.filter(isSource);
  const mainSource = sources.find((source) => leadsToMain.has(source.node.id)) ?? sources[0];
  const cycles = order.length === graph.nodes.size ? [] : findCycles(graph);

  // While there is a gap on the way to the output, the loose nodes are what will fill it: then they are unfinished, not stray.
  const hasGap =
    sinks.length === 0 ||
    all.some((graphNode) => leadsToSink.has(graphNode.node.id) && hasOpenPort(graphNode)) ||
    cycles.some((cycle) => cycle.nodeIds.some((nodeId) => leadsToSink.has(nodeId)));
  const strays = new Set(hasGap ? [] : [...graph.nodes.keys()].filter((nodeId) => !leadsToSink.has(nodeId)));

  const diagnostics: Diagnostic[] = [];
  // A document with a node of an unknown kind may have its input or output there.
  const hasUnknownKind = all.some((graphNode) => graphNode.layer === undefined);
  if (sources.length === 0 && !hasUnknownKind) diagnostics.push(...diagnoseMissingInput(document, graph));
  if (sinks.length === 0 && !hasUnknownKind) diagnostics.push(...diagnoseMissingOutput(document, graph));
  const superfluous = new Set<string>();
  // The one open port of a net without input is where the input belongs: one gap, one diagnostic.
  const open = all.filter(hasOpenPort);
  const isGapOfInput = sources.length === 0 && open.length === 1;
  for (const [code, nodes, main, noun] of [
    ["LS103", sources, mainSource, "input"],
    ["LS104", sinks, mainSink, "output"],
  ] as const) {
    for (const { node } of nodes) {
      if (node === main?.node) continue;
      superfluous.add(node.id);
      diagnostics.push(
        diagnose(code, {
          nodeId: node.id,
          message: `${describeNode(node)} is one of ${nodes.length} ${noun}s; a net has one.`,
          badge: `${nodes.length} ${noun}s`,
          fix: deleteNode(node),
        }),
      );
    }
  }
  diagnostics.push(...cycles.map((cycle) => diagnoseCycle(graph, cycle)));
  for (const graphNode of all) {
    const { node } = graphNode;
    if (superfluous.has(node.id)) continue;
    if (strays.has(node.id)) {
      diagnostics.push(
        diagnose("LS109", {
          nodeId: node.id,
          message: `${describeNode(node)} does not lead to the output; training leaves it out.`,
          badge: "not used",
          fix: deleteNode(node),
        }),
      );
    } else if (!isGapOfInput && hasOpenPort(graphNode)) {
      diagnostics.push(...diagnoseOpenPorts(graph, graphNode));
    }
  }
  diagnostics.push(...groupCopies(graph.surplus).map((copies) => diagnoseSurplusEdges(graph, copies)));
  diagnostics.push(...groupCopies(graph.broken).map((copies) => diagnoseBrokenEdges(graph, copies)));
  for (const node of graph.duplicates) {
    const first = graph.nodes.get(node.id);
    diagnostics.push(
      diagnose("LS110", {
        nodeId: node.id,
        message: `${describeNode(node)} has the id "${node.id}" of ${first === undefined ? "another node" : describeNode(first.node)}.`,
        badge: "id used twice",
      }),
    );
  }
  diagnostics.push(...diagnoseDuplicateNames(document, graph));
  return { diagnostics, strays };
};
