/** Document → ordered layer sequence with shapes, and everything there is to say about what is wrong with it. */
import { factsOfReference } from "../data/datasets.ts";
import { applyCommands } from "../document/applyCommands.ts";
import type { DocumentNode, LayerscopeDocument } from "../document/schema.ts";
import { type DatasetFacts, elementsOf, type LayerProblem, rateFactorOf, type Shape } from "../layer.ts";
import { checkGraph } from "./checkGraph.ts";
import type { Compiled, Diagnostic, NodeFacts, Program, ProgramLayer, Totals } from "./compiled.ts";
import { attribute, type Expansion, expand, passedThrough } from "./expand.ts";
import { diagnoseInvalidParams, diagnoseLayerProblem, diagnoseTooLarge, diagnoseUnknownKind } from "./findings.ts";
import { buildGraph, type Graph, type GraphNode, isSink, producersOf } from "./graph.ts";
import {
  largestBatch,
  MEMORY_LIMIT_BYTES,
  type MemoryCall,
  mayExceedLimit,
  memoryBytes,
  plannedBytes,
} from "./memory.ts";
import { executionOrder } from "./order.ts";
import { checkParams } from "./params.ts";

export interface CompileOptions {
  /** What is known of the dataset; without it what the document's reference tells. null: nothing is known. */
  readonly dataset?: DatasetFacts | null;
  /** Of the machine that is to train: each thread takes some memory. 1 where it is unknown. */
  readonly numCores?: number;
  /**
   * false: the plan of the memory, which takes far longer than all the rest, is not made. Unless it is known already, `memoryBytes` and
   * the diagnostic of a net that is too large are estimates.
   */
  readonly plan?: boolean;
}

/** A node whose params and shapes are known. */
interface Inferred {
  readonly facts: NodeFacts;
  readonly layer: ProgramLayer | null;
  readonly diagnostics: readonly Diagnostic[];
}

const datasetFacts = (document: LayerscopeDocument, options: CompileOptions): DatasetFacts | null => {
  if (options.dataset !== undefined) return options.dataset;
  return factsOfReference(document.dataset);
};

const sumElements = (tensors: readonly { readonly shape: Shape }[]): number =>
  tensors.reduce((sum, tensor) => sum + elementsOf(tensor.shape), 0);

/**
 * Per node, what was inferred of it last and from what. An edit leaves nearly all nodes the objects they were, and documents are never
 * changed in place, so that compiling anew costs little more than what the edit touched. Diagnostics look beyond the node: not kept.
 */
const inferredBefore = new WeakMap<DocumentNode, Known>();
/** The same by the node's params: a node that was moved is another object with the very same params. */
const inferredOfParams = new WeakMap<DocumentNode["params"], Known>();

interface Known {
  readonly node: DocumentNode;
  readonly from: InferredFrom;
  readonly inferred: Inferred;
}

interface InferredFrom {
  readonly dataset: DatasetFacts | null;
  readonly batchSize: number;
  /** In port order; the ids of producers are part of the program. */
  readonly producers: readonly (string | null)[];
  readonly shapes: readonly (Shape | null)[];
}

const knownOf = (node: DocumentNode): Known | undefined => {
  const known = inferredBefore.get(node) ?? inferredOfParams.get(node.params);
  if (known === undefined || known.node === node) return known;
  const { id, kind, name } = known.node;
  return id === node.id && kind === node.kind && name === node.name ? known : undefined;
};

/** By value: a layer that is inferred anew has another list of the same numbers. */
const sameShape = (a: Shape | null | undefined, b: Shape | null): boolean =>
  a === b ||
  (a != null && b !== null && a.length === b.length && a.every((elements, dimension) => elements === b[dimension]));

const inferOnce = (
  graphNode: GraphNode,
  graph: Graph,
  shapes: ReadonlyMap<string, Shape | null>,
  dataset: DatasetFacts | null,
  batchSize: number,
): Inferred => {
  const { node, incoming } = graphNode;
  const producers = incoming.map((edge) => edge?.from.node ?? null);
  const arriving = producers.map((nodeId) => (nodeId === null ? null : (shapes.get(nodeId) ?? null)));
  const before = knownOf(node);
  if (
    before !== undefined &&
    before.from.dataset === dataset &&
    before.from.batchSize === batchSize &&
    before.from.producers.length === producers.length &&
    producers.every((nodeId, index) => nodeId === before.from.producers[index]) &&
    arriving.every((shape, index) => sameShape(before.from.shapes[index], shape))
  ) {
    if (before.node !== node) inferredBefore.set(node, before);
    return before.inferred;
  }
  const inferred = infer(graphNode, graph, shapes, dataset, batchSize);
  if (inferred.diagnostics.length > 0) return inferred;
  const known: Known = { node, from: { dataset, batchSize, producers, shapes: arriving }, inferred };
  inferredBefore.set(node, known);
  inferredOfParams.set(node.params, known);
  return inferred;
};

const infer = (
  graphNode: GraphNode,
  graph: Graph,
  shapes: ReadonlyMap<string, Shape | null>,
  dataset: DatasetFacts | null,
  batchSize: number,
): Inferred => {
  const { node, layer } = graphNode;
  const inputShapes = graphNode.incoming.map((edge) => (edge === null ? null : (shapes.get(edge.from.node) ?? null)));
  const unknown = (summary: string, diagnostics: readonly Diagnostic[]): Inferred => ({
    facts: {
      nodeId: node.id,
      inputShapes,
      outputShape: null,
      numWeights: null,
      numState: null,
      multiplyAdds: null,
      summary,
    },
    layer: null,
    diagnostics,
  });
  if (layer === undefined) return unknown("", [diagnoseUnknownKind(node)]);
  const params = checkParams(layer, node.params);
  if (!params.ok) return unknown("", [diagnoseInvalidParams(node, layer, params.error)]);
  const known = inputShapes.filter((shape) => shape !== null);
  const summary = layer.summary(params.value, inputShapes, null);
  if (known.length < inputShapes.length) return unknown(summary, []);
  const outputShape = layer.inferShape(params.value, known);
  const describe = (problem: LayerProblem): Diagnostic => diagnoseLayerProblem(graphNode, problem, graph, shapes);
  if (!outputShape.ok) return unknown(summary, [describe(outputShape.error)]);

  const weights = layer.weights(params.value, known);
  const state = layer.state(params.value, known);
  const multiplyAdds = layer.multiplyAdds(params.value, known, outputShape.value);
  const problems = [
    dataset === null ? null : layer.checkDataset?.(params.value, known, dataset),
    layer.checkBatch?.(params.value, known, batchSize),
  ].filter((problem) => problem != null);
  return {
    facts: {
      nodeId: node.id,
      inputShapes,
      outputShape: outputShape.value,
      numWeights: sumElements(weights),
      numState: sumElements(state),
      multiplyAdds,
      summary: layer.summary(params.value, inputShapes, outputShape.value),
    },
    layer: {
      nodeId: node.id,
      kind: node.kind,
      name: node.name,
      params: params.value,
      inputs: producersOf(graphNode),
      inputShapes: known,
      outputShape: outputShape.value,
      weights,
      rateFactor: rateFactorOf(params.value),
      state,
      multiplyAdds,
      operation: layer.lower?.(params.value, known) ?? null,
    },
    diagnostics: problems.map(describe),
  };
};

/** Diagnostics of the document as a whole first, then in program order, then from top to bottom on the canvas. */
const sortDiagnostics = (diagnostics: readonly Diagnostic[], order: readonly string[], graph: Graph): Diagnostic[] => {
  const ranks = new Map(order.map((nodeId, index) => [nodeId, index]));
  const key = ({ nodeId }: Diagnostic): readonly [number, number, number] => {
    if (nodeId === null) return [-1, 0, 0];
    const position = graph.nodes.get(nodeId)?.node.position;
    return [ranks.get(nodeId) ?? order.length, position?.y ?? 0, position?.x ?? 0];
  };
  return diagnostics
    .map((diagnostic) => ({ diagnostic, key: key(diagnostic) }))
    .sort((a, b) => a.key[0] - b.key[0] || a.key[1] - b.key[1] || a.key[2] - b.key[2])
    .map(({ diagnostic }) => diagnostic);
};

/** The layers that lead to the output, as a program; null without an output. */
const assemble = (graph: Graph, layers: readonly ProgramLayer[], document: LayerscopeDocument): Program | null => {
  const [first] = layers;
  const last = layers.find((layer) => {
    const graphNode = graph.nodes.get(layer.nodeId);
    return graphNode !== undefined && isSink(graphNode);
  });
  if (first === undefined || last === undefined) return null;
  return {
    // Nothing reads the output, so moving it to the end keeps the order valid.
    layers: [...layers.filter((layer) => layer !== last), last],
    inputShape: first.outputShape,
    inputScaling: graph.nodes.get(first.nodeId)?.layer?.scaling?.(first.params) ?? "standardize",
    numClasses: last.inputShapes[0]?.[0] ?? 0,
    batchSize: document.training.batchSize,
  };
};

/** Facts by the nodes of the document as it is drawn: copies have none of their own, a bypassed node comes after what it passes on. */
const factsAsDrawn = (
  document: LayerscopeDocument,
  expansion: Expansion,
  facts: ReadonlyMap<string, NodeFacts>,
): ReadonlyMap<string, NodeFacts> => {
  if (expansion.document === document) return facts;
  const passed = new Map<string | null, string[]>();
  for (const { id, bypassed } of document.nodes) {
    if (!bypassed || facts.has(id)) continue;
    const source = passedThrough(document, id);
    passed.set(source, [...(passed.get(source) ?? []), id]);
  }
  const names = new Map(document.nodes.map(({ id, name }) => [id, name]));
  const bypassedAfter = (source: string | null, shape: Shape | null): [string, NodeFacts][] =>
    (passed.get(source) ?? []).map((nodeId) => [
      nodeId,
      {
        nodeId,
        inputShapes: [shape],
        outputShape: shape,
        numWeights: 0,
        numState: 0,
        multiplyAdds: 0,
        summary: source === null ? "nothing to pass on" : `passes ${names.get(source) ?? source} through`,
      },
    ]);
  const drawn = new Map(
    [...facts].flatMap(([nodeId, known]): [string, NodeFacts][] =>
      expansion.origins.has(nodeId) ? [] : [[nodeId, known], ...bypassedAfter(nodeId, known.outputShape)],
    ),
  );
  // What nothing feeds, or only an edge without an end.
  for (const source of passed.keys()) {
    for (const [nodeId, known] of bypassedAfter(source, null)) if (!drawn.has(nodeId)) drawn.set(nodeId, known);
  }
  return drawn;
};

const compileExpanded = (document: LayerscopeDocument, expansion: Expansion, options: CompileOptions): Compiled => {
  const graph = buildGraph(expansion.document);
  const order = executionOrder(graph);
  const dataset = datasetFacts(document, options);
  const structure = checkGraph(expansion.document, graph, order);

  const shapes = new Map<string, Shape | null>();
  const facts = new Map<string, NodeFacts>();
  const trained: ProgramLayer[] = [];
  const diagnostics: Diagnostic[] = [...expansion.diagnostics, ...structure.diagnostics];
  // A Set keeps the order of insertion: nodes on a cycle or behind one come last and stay unknown.
  for (const nodeId of new Set([...order, ...graph.nodes.keys()])) {
    const graphNode = graph.nodes.get(nodeId);
    if (graphNode === undefined) continue;
    const inferred = inferOnce(graphNode, graph, shapes, dataset, document.training.batchSize);
    shapes.set(nodeId, inferred.facts.outputShape);
    facts.set(nodeId, inferred.facts);
    const isStray = structure.strays.has(nodeId);
    if (inferred.layer !== null && !isStray) trained.push(inferred.layer);
    for (const diagnostic of inferred.diagnostics) {
      // What training leaves out does not keep it from running.
      diagnostics.push(isStray ? { ...diagnostic, severity: "warning" } : diagnostic);
    }
  }

  const { batchSize } = document.training;
  const hasError = (): boolean => diagnostics.some((diagnostic) => diagnostic.severity === "error");
  const program = hasError() ? null : assemble(graph, trained, document);
  const { numCores = 1, plan = true } = options;
  const memory: MemoryCall = { layers: trained, program, training: document.training, dataset, numCores, plan };
  if (program !== null && mayExceedLimit(memory, batchSize)) {
    const bytesAt = (size: number): number => memoryBytes(memory, size);
    const bytes = bytesAt(batchSize);
    if (bytes > MEMORY_LIMIT_BYTES) {
      diagnostics.push(diagnoseTooLarge(bytes, batchSize, largestBatch(bytesAt, MEMORY_LIMIT_BYTES, batchSize)));
    }
  }
  const totals: Totals = {
    numWeights: trained.reduce((sum, layer) => sum + sumElements(layer.weights), 0),
    multiplyAdds: trained.reduce((sum, layer) => sum + layer.multiplyAdds, 0),
    // Worked out when somebody asks: a plan takes longer than all the rest.
    get memoryBytes() {
      return memoryBytes(memory, batchSize);
    },
    get isMemoryPlanned() {
      return plannedBytes(memory, batchSize) !== null;
    },
  };
  return {
    program: hasError() ? null : program,
    diagnostics: sortDiagnostics(diagnostics, order, graph),
    facts: factsAsDrawn(document, expansion, facts),
    writtenFacts: facts,
    totals,
    dataset,
  };
};

/**
 * Compiles a document. Never throws on a document that `parse` accepts: whatever is wrong becomes a diagnostic, one for each broken
 * node, and what depends on it is unknown (null in its facts).
 */
export const compile = (document: LayerscopeDocument, options: CompileOptions = {}): Compiled => {
  const expansion = expand(document);
  const compiled = compileExpanded(document, expansion, options);
  if (expansion.document === document) return compiled;
  // What was found in the net that the document means may have a fix that the document as it is drawn cannot take.
  const mends = ({ code, message, fix }: Diagnostic): boolean => {
    const mended = fix === null ? null : applyCommands(document, fix.commands);
    if (!mended?.ok) return false;
    const { diagnostics } = compileExpanded(mended.value, expand(mended.value), options);
    return !diagnostics.some((other) => other.code === code && other.message === message);
  };
  return { ...compiled, diagnostics: attribute(compiled.diagnostics, expansion, mends) };
};
