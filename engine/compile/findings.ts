/** Findings about one node or the whole program, in words, with the commands that mend them. */
import type { Command } from "../document/commands.ts";
import { defaultParams } from "../document/defaults.ts";
import type { DocumentNode } from "../document/schema.ts";
import { type AnyLayer, counted, formatCount, type LayerProblem, type ParamMeta, type Shape } from "../layer.ts";
import { layerOf } from "../registry.ts";
import type { Diagnostic } from "./compiled.ts";
import { diagnose } from "./diagnostics.ts";
import type { Graph, GraphNode } from "./graph.ts";
import { tooLargeMessage, webAssemblyLimit } from "./memory.ts";
import type { ParamsProblem } from "./params.ts";

/** `Dense "fc1"`. */
export const describeNode = (node: DocumentNode): string => `${layerOf(node.kind)?.title ?? node.kind} "${node.name}"`;

/** Badges stay short whatever users call their nodes. */
export const shorten = (text: string): string => (text.length <= 24 ? text : `${text.slice(0, 23)}…`);

export const diagnoseUnknownKind = (node: DocumentNode): Diagnostic =>
  diagnose("LS112", {
    nodeId: node.id,
    message: `Node "${node.name}" is of kind "${node.kind}", which this version does not know.`,
    badge: shorten(`unknown kind ${node.kind}`),
  });

/** `Filters`, or the name in the file where the kind does not know the param. */
const paramTitle = (layer: AnyLayer, name: string): string => {
  const shape: unknown = "shape" in layer.params ? layer.params.shape : undefined;
  const field: unknown = typeof shape === "object" && shape !== null ? Reflect.get(shape, name) : undefined;
  const meta: unknown =
    typeof field === "object" && field !== null && "meta" in field && typeof field.meta === "function"
      ? field.meta()
      : undefined;
  const title: ParamMeta["title"] | undefined =
    typeof meta === "object" && meta !== null && "title" in meta && typeof meta.title === "string"
      ? meta.title
      : undefined;
  return title ?? `param "${name}"`;
};

export const diagnoseInvalidParams = (node: DocumentNode, layer: AnyLayer, problem: ParamsProblem): Diagnostic => {
  const { names, first } = problem;
  const [name = ""] = names;
  const defaults = defaultParams(node.kind);
  const isKnown = Object.hasOwn(defaults, name);
  const what = isKnown
    ? `${paramTitle(layer, name)} is ${first.found}, expected ${first.expected}.`
    : `There is no param "${name}".`;
  const numMore = names.length - 1;
  const more = numMore === 0 ? "" : ` ${counted(numMore, "more param")} to correct.`;
  return diagnose("LS113", {
    nodeId: node.id,
    param: name,
    message: `${describeNode(node)}: ${what}${more}`,
    badge: shorten(isKnown ? `${name} ${first.found}` : `no param ${name}`),
    fix: {
      label: names.every((each) => !Object.hasOwn(defaults, each)) ? `Remove "${name}"` : "Reset to default",
      commands: [{ type: "resetParams", nodeId: node.id, names }],
    },
  });
};

/** The nearest node upstream that decides how many features or channels arrive: only layers that keep their number lie between. */
const widthNode = (
  start: GraphNode,
  input: number,
  graph: Graph,
  shapes: ReadonlyMap<string, Shape | null>,
): GraphNode | null => {
  let current = start;
  for (let steps = 0; steps < graph.nodes.size; steps++) {
    const edge = current.incoming[current === start ? input : 0];
    const producer = edge ? graph.nodes.get(edge.from.node) : undefined;
    if (producer === undefined || (current !== start && current.incoming.length !== 1)) return null;
    const shape = shapes.get(producer.node.id);
    if (!shape) return null;
    if (producer.layer?.widthParam !== undefined) return producer;
    const [before] = producer.incoming;
    const shapeBefore = before ? shapes.get(before.from.node) : null;
    if (shapeBefore?.length !== shape.length || shapeBefore[0] !== shape[0]) return null;
    current = producer;
  }
  return null;
};

const fixOf = (
  graphNode: GraphNode,
  problem: LayerProblem,
  graph: Graph,
  shapes: ReadonlyMap<string, Shape | null>,
): Diagnostic["fix"] => {
  const { fix } = problem;
  if (fix === undefined) return null;
  const single = (label: string, command: Command): Diagnostic["fix"] => ({ label, commands: [command] });
  if (fix.type === "setParam") {
    return single(fix.label, { type: "setParams", nodeId: graphNode.node.id, params: { [fix.param]: fix.value } });
  }
  if (fix.type === "setBatchSize") {
    return single(`Use batch size ${fix.value}`, { type: "setTraining", training: { batchSize: fix.value } });
  }
  if (fix.type === "insertBefore") {
    const edge = graphNode.incoming[problem.input ?? 0];
    const title = layerOf(fix.kind)?.title;
    if (!edge || title === undefined) return null;
    const { kind, params } = fix;
    const command: Command = { type: "insertNodeOnEdge", edge, kind, ...(params === undefined ? {} : { params }) };
    return single(fix.label ?? `Insert ${title}`, command);
  }
  const target = widthNode(graphNode, problem.input ?? 0, graph, shapes);
  const param = target?.layer?.widthParam;
  if (!target || param === undefined) return null;
  const label = `Set ${param} of ${shorten(target.node.name)} to ${fix.width}`;
  return single(label, { type: "setParams", nodeId: target.node.id, params: { [param]: fix.width } });
};

export const diagnoseLayerProblem = (
  graphNode: GraphNode,
  problem: LayerProblem,
  graph: Graph,
  shapes: ReadonlyMap<string, Shape | null>,
): Diagnostic =>
  diagnose(problem.code, {
    nodeId: graphNode.node.id,
    // Of several edges into one port, only the one at fault.
    port:
      problem.param === undefined && graphNode.layer?.leastEdges === undefined
        ? (graphNode.layer?.inputs[0] ?? null)
        : null,
    edge: problem.param === undefined ? (graphNode.incoming[problem.input ?? 0] ?? null) : null,
    param: problem.param ?? null,
    message: `${describeNode(graphNode.node)}${problem.param === undefined ? " " : ": "}${problem.text}`,
    badge: shorten(problem.badge),
    fix: fixOf(graphNode, problem, graph, shapes),
  });

/** `fitting`: the largest batch that fits, 0 for none. */
export const diagnoseTooLarge = (bytes: number, batchSize: number, fitting: number): Diagnostic =>
  diagnose("LS301", {
    message: tooLargeMessage({ bytes, limit: webAssemblyLimit, batchSize, fitting }),
    badge: "too large for memory",
    fix:
      fitting < 1
        ? null
        : {
            label: `Use batch size ${formatCount(fitting)}`,
            commands: [{ type: "setTraining", training: { batchSize: fitting } }],
          },
  });
