/** What the canvas shows of each node and edge, derived from the document, its compilation and what the run trains. Pure. */
import {
  type AnyLayer,
  type Compiled,
  type DatasetFacts,
  type Diagnostic,
  type DocumentEdge,
  type DocumentNode,
  datasetTitle,
  edgeId,
  expand,
  type Family,
  formatShape,
  isCompact,
  type LayerscopeDocument,
  layerOf,
  type NodeFacts,
} from "../../engine/index.ts";
import { formatCount, formatCounted, formatQuantity, NO_BREAK_SPACE, UNKNOWN } from "../charts/format.ts";
import type { Divergence } from "../run/runState.ts";
import { type Box, boxOf, overlaps } from "./geometry.ts";

/** Where a node's measurements stand: none, of this very part of the graph, or of the graph before an edit. */
export type Measured = "none" | "current" | "stale";

export interface NodeView {
  readonly nodeId: string;
  readonly kind: string;
  /** `Conv2D`; an unknown kind shows its own name. */
  readonly title: string;
  readonly family: Family | null;
  readonly name: string;
  /** `50×9×9`, or `?`. */
  readonly shape: string;
  /** `25,050 weights · 2.03 M MACs`. */
  readonly facts: string;
  readonly compact: boolean;
  readonly bypassed: boolean;
  /** Samples enter here: the strip shows images. */
  readonly isSource: boolean;
  /** The net ends here: the strips show loss and accuracy. */
  readonly isLoss: boolean;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** What each port says of itself, by its name: `in: 20×13×13 from pool1`. */
  readonly inputTexts: Readonly<Record<string, string>>;
  readonly outputTexts: Readonly<Record<string, string>>;
  /** Errors first. */
  readonly diagnostics: readonly Diagnostic[];
  readonly measured: Measured;
  /** The last run ended here: values that are not finite. */
  readonly divergence: Divergence | null;
}

export interface EdgeView {
  readonly id: string;
  readonly edge: DocumentEdge;
  /** Shape of what it carries, or `?`. */
  readonly shape: string;
  readonly diagnostic: Diagnostic | null;
  /** Something stands in the straight way. */
  readonly obstructed: boolean;
  readonly stale: boolean;
  readonly sourceName: string;
  readonly targetName: string;
}

/** `MNIST, 60,000 images`; the title alone of a dataset that was not read. */
const datasetLine = ({ dataset }: LayerscopeDocument, facts: DatasetFacts | null): string => {
  const title = datasetTitle(dataset);
  if (facts === null) return title;
  const what = facts.sampleShape.length === 3 ? "image" : dataset.source === "generated" ? "point" : "row";
  return `${title}, ${formatCount(facts.trainCount)}${NO_BREAK_SPACE}${what}${facts.trainCount === 1 ? "" : "s"}`;
};

const learns = (layer: AnyLayer): boolean => layer.family === "linear" || layer.family === "norm";

/** The line below the name: what matters for the kind. */
export const factsLine = (
  document: LayerscopeDocument,
  layer: AnyLayer | undefined,
  facts: NodeFacts | undefined,
  dataset: DatasetFacts | null,
  bypassed = false,
): string => {
  if (layer === undefined) return "unknown kind of layer";
  const summary = facts?.summary ?? "";
  if (layer.inputs.length === 0) return datasetLine(document, dataset);
  if (layer.outputs.length === 0 || layer.compact || bypassed) return summary;
  const { numWeights = null, numState = null, multiplyAdds = null } = facts ?? {};
  if (numWeights === null && learns(layer))
    return [summary, "weights unknown"].filter((part) => part !== "").join(" · ");
  if (numWeights === null || numWeights === 0) {
    const macs = multiplyAdds ? `${formatQuantity(multiplyAdds)}${NO_BREAK_SPACE}MACs` : "no weights";
    return [summary, macs].filter((part) => part !== "").join(" · ");
  }
  const weights = formatCounted(numWeights, "weight");
  if (numState) return `${weights}, ${formatCount(numState)}${NO_BREAK_SPACE}running`;
  return multiplyAdds ? `${weights} · ${formatQuantity(multiplyAdds)}${NO_BREAK_SPACE}MACs` : weights;
};

/** Key order does not make a difference. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

/** Documents are never changed in place: what stays in an edit is the same object, of which the text is known. */
const canonicalParams = new WeakMap<DocumentNode["params"], string>();

const paramsText = (params: DocumentNode["params"]): string => {
  const known = canonicalParams.get(params);
  if (known !== undefined) return known;
  const text = canonical(params);
  canonicalParams.set(params, text);
  return text;
};

/** A run's document is compared with at every edit. */
const knownSignatures = new WeakMap<LayerscopeDocument, ReadonlyMap<string, string>>();

/**
 * For each node a text that is equal in two documents exactly when the node and everything that feeds it are: what it measures is
 * then the same quantity. Names and positions make no difference.
 */
export const signatures = (drawn: LayerscopeDocument): ReadonlyMap<string, string> => {
  const known = knownSignatures.get(drawn);
  if (known !== undefined) return known;
  const made = signaturesOf(expand(drawn).document);
  knownSignatures.set(drawn, made);
  return made;
};

const signaturesOf = (document: LayerscopeDocument): ReadonlyMap<string, string> => {
  const done = new Map<string, string>();
  const nodes = new Map(document.nodes.map((node) => [node.id, node]));
  const edges = document.edges.filter((edge) => nodes.has(edge.from.node) && nodes.has(edge.to.node));
  const feeding = groupByEnd(edges, "to");
  const fed = groupByEnd(edges, "from");
  const missing = new Map([...nodes.keys()].map((nodeId) => [nodeId, feeding.get(nodeId)?.length ?? 0]));
  const sign = (node: DocumentNode): void => {
    const inputs = (feeding.get(node.id) ?? []).map(
      ({ from, to }) => `${to.port}=${from.port}@${done.get(from.node) ?? "cycle"}`,
    );
    // Of several edges into one port, the order counts.
    if (layerOf(node.kind)?.leastEdges === undefined) inputs.sort();
    // Hashed: spelled out, the signatures of a deep net would grow with the square of its depth.
    done.set(node.id, hash([node.kind, paramsText(node.params), ...inputs].join("|")));
  };
  const ready = [...nodes.values()].filter((node) => missing.get(node.id) === 0);
  for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
    sign(node);
    for (const { to } of fed.get(node.id) ?? []) {
      const left = (missing.get(to.node) ?? 0) - 1;
      missing.set(to.node, left);
      const target = nodes.get(to.node);
      if (left === 0 && target !== undefined) ready.push(target);
    }
  }
  for (const node of nodes.values()) if (!done.has(node.id)) sign(node);
  return done;
};

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

/** Two 32-bit FNV-1a hashes with different starts: equal for different texts about once in 10¹⁹. */
const hash = (text: string): string => {
  let [a, b] = [0x811c9dc5, 0x01234567];
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x01000193) ^ (b >>> 13);
  }
  return `${(a >>> 0).toString(36)}.${(b >>> 0).toString(36)}`;
};

const portsOf = (document: LayerscopeDocument, node: DocumentNode, side: "from" | "to"): readonly string[] => [
  ...new Set(document.edges.filter((edge) => edge[side].node === node.id).map((edge) => edge[side].port)),
];

const portTexts = (ports: readonly string[], text: (port: string) => string): Readonly<Record<string, string>> =>
  Object.fromEntries(ports.map((port) => [port, text(port)]));

/** More names than these would not fit beside a port. */
const MOST_NAMES = 3;

const listed = (names: readonly string[]): string =>
  names.length <= MOST_NAMES
    ? names.join(", ")
    : `${names.slice(0, MOST_NAMES - 1).join(", ")} and ${names.length - MOST_NAMES + 1} more`;

/** `Input: 20×13×13 from pool1`; several one after the other. */
const inputText = (
  arriving: readonly DocumentEdge[],
  port: string,
  shapeText: (nodeId: string) => string,
  names: ReadonlyMap<string, string>,
): string => {
  const edges = arriving.filter(({ to }) => to.port === port);
  if (edges.length === 0) return "Input: not connected";
  return `Input: ${listed(edges.map(({ from }) => `${shapeText(from.node)} from ${names.get(from.node) ?? from.node}`))}`;
};

/** `Output: 50×9×9 to bn2`. */
const outputText = (
  leaving: readonly DocumentEdge[],
  port: string,
  shape: string,
  names: ReadonlyMap<string, string>,
): string => {
  const targets = leaving.filter(({ from }) => from.port === port).map(({ to }) => names.get(to.node) ?? to.node);
  return targets.length === 0 ? `Output: ${shape}, not connected` : `Output: ${shape} to ${listed(targets)}`;
};

const bySeverity = (a: Diagnostic, b: Diagnostic): number =>
  Number(a.severity === "warning") - Number(b.severity === "warning");

const uniqueNodes = (document: LayerscopeDocument): readonly DocumentNode[] => {
  const seen = new Set<string>();
  return document.nodes.filter((node) => !seen.has(node.id) && seen.add(node.id));
};

/** In execution order, as far as there is one: the order of the keyboard. */
export const nodeViews = (
  document: LayerscopeDocument,
  compiled: Compiled,
  runDocument: LayerscopeDocument | null,
  divergence: Divergence | null = null,
): readonly NodeView[] => {
  // Only what was measured is compared.
  const now = runDocument === null ? null : signatures(document);
  const then = runDocument === null ? null : signatures(runDocument);
  const order = new Map([...compiled.facts.keys()].map((nodeId, index) => [nodeId, index]));
  const found = new Map<string | null, Diagnostic[]>();
  for (const diagnostic of compiled.diagnostics) {
    found.set(diagnostic.nodeId, [...(found.get(diagnostic.nodeId) ?? []), diagnostic]);
  }
  const names = new Map(document.nodes.map(({ id, name }) => [id, name]));
  const [arriving, leaving] = [groupByEnd(document.edges, "to"), groupByEnd(document.edges, "from")];
  const shapeText = (nodeId: string): string => {
    const shape = compiled.facts.get(nodeId)?.outputShape;
    return shape ? formatShape(shape) : UNKNOWN;
  };
  const nodes = [...uniqueNodes(document)].sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
  return nodes.map((node) => {
    const layer = layerOf(node.kind);
    const facts = compiled.facts.get(node.id);
    const trained = then?.get(node.id);
    return {
      nodeId: node.id,
      kind: node.kind,
      title: layer?.title ?? node.kind,
      family: layer?.family ?? null,
      name: node.name,
      shape: facts?.outputShape ? formatShape(facts.outputShape) : UNKNOWN,
      facts: factsLine(document, layer, facts, compiled.dataset, node.bypassed),
      compact: isCompact(node),
      bypassed: node.bypassed === true,
      isSource: layer !== undefined && layer.inputs.length === 0,
      isLoss: layer !== undefined && layer.outputs.length === 0,
      inputs: layer?.inputs ?? portsOf(document, node, "to"),
      outputs: layer?.outputs ?? portsOf(document, node, "from"),
      inputTexts: portTexts(layer?.inputs ?? [], (port) =>
        inputText(arriving.get(node.id) ?? [], port, shapeText, names),
      ),
      outputTexts: portTexts(layer?.outputs ?? [], (port) =>
        outputText(leaving.get(node.id) ?? [], port, shapeText(node.id), names),
      ),
      diagnostics: [...(found.get(node.id) ?? [])].sort(bySeverity),
      measured: trained === undefined ? "none" : trained === now?.get(node.id) ? "current" : "stale",
      divergence: divergence?.nodeId === node.id ? divergence : null,
    };
  });
};

/** Of boxes sorted by their tops, those whose tops lie between. */
const between = <T extends { readonly box: Box }>(sorted: readonly T[], low: number, high: number): readonly T[] => {
  const firstFrom = (limit: number): number => {
    let [start, end] = [0, sorted.length];
    while (start < end) {
      const middle = (start + end) >> 1;
      if ((sorted[middle]?.box.top ?? 0) < limit) start = middle + 1;
      else end = middle;
    }
    return start;
  };
  return low < high ? sorted.slice(firstFrom(low), firstFrom(high)) : [];
};

/** Edges whose both ends exist; the others are diagnostics only. */
export const edgeViews = (
  document: LayerscopeDocument,
  compiled: Compiled,
  nodes: readonly NodeView[],
): readonly EdgeView[] => {
  const views = new Map(nodes.map((view) => [view.nodeId, view]));
  const ofEdges = compiled.diagnostics.filter(({ edge }) => edge !== null);
  const placed = new Map(document.nodes.map((node) => [node.id, node]));
  const boxes = document.nodes.map((node) => ({ id: node.id, box: boxOf(node) })).sort((a, b) => a.box.top - b.box.top);
  const tallest = boxes.reduce((most, { box }) => Math.max(most, box.bottom - box.top), 0);
  const seen = new Map<string, number>();
  return document.edges.flatMap((edge) => {
    const [source, target] = [views.get(edge.from.node), views.get(edge.to.node)];
    const [from, to] = [placed.get(edge.from.node), placed.get(edge.to.node)];
    if (source === undefined || target === undefined || from === undefined || to === undefined) return [];
    if (!source.outputs.includes(edge.from.port) || !target.inputs.includes(edge.to.port)) return [];
    const plain = edgeId(edge);
    const copy = seen.get(plain) ?? 0;
    seen.set(plain, copy + 1);
    const way = {
      left: Math.max(from.position.x, to.position.x) + 100,
      right: Math.min(from.position.x, to.position.x) + 140,
      top: boxOf(from).bottom,
      bottom: to.position.y,
    };
    const obstructed =
      way.left < way.right &&
      between(boxes, way.top - tallest, way.bottom).some(
        ({ id, box }) => id !== from.id && id !== to.id && overlaps(way, box, 0),
      );
    const diagnostic =
      ofEdges.find((found) => found.edge !== null && edgeId(found.edge) === plain) ??
      target.diagnostics.find((found) => found.severity === "error" && found.port === edge.to.port) ??
      null;
    return {
      id: copy === 0 ? plain : `${plain}#${copy}`,
      edge,
      shape: source.shape,
      diagnostic,
      obstructed,
      stale: source.measured === "stale",
      sourceName: source.name,
      targetName: target.name,
    };
  });
};
