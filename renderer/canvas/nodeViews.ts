/** What the canvas shows of each node, derived from the document, its compilation and what the run trains. Pure. */
import {
  type AnyLayer,
  type Compiled,
  type DatasetFacts,
  type Diagnostic,
  type DocumentEdge,
  type DocumentNode,
  datasetTitle,
  type Family,
  formatShape,
  isCompact,
  type LayerscopeDocument,
  layerOf,
  type NodeFacts,
} from "../../engine/index.ts";
import { formatCount, formatCounted, formatQuantity, NO_BREAK_SPACE, UNKNOWN } from "../charts/format.ts";
import { sameContent } from "../document/sameContent.ts";
import type { Divergence } from "../run/divergence.ts";
import { edgesByNode } from "./edgesByNode.ts";
import { signatures } from "./signatures.ts";

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
  /** Samples enter here, and they are pictures: the strip shows some of the batch. */
  readonly showsSamples: boolean;
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

/** `MNIST, 60,000 images`; the title alone of a dataset that was not read. */
const datasetLine = ({ dataset }: LayerscopeDocument, facts: DatasetFacts | null): string => {
  const title = datasetTitle(dataset);
  if (facts === null) return title;
  const what = facts.sampleShape.length === 3 ? "image" : dataset.source === "generated" ? "point" : "row";
  return `${title}, ${formatCounted(facts.trainCount, what)}`;
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

/** Of a kind that this version does not know: what is connected. */
const portsOf = (edges: readonly DocumentEdge[], side: "from" | "to"): readonly string[] => [
  ...new Set(edges.map((edge) => edge[side].port)),
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

const NO_EDGES: readonly DocumentEdge[] = [];

/**
 * Per node, what it showed last and all that this goes by. An edit leaves nearly all nodes the objects they were, and what was inferred of them, too.
 * What is wrong is worded anew with each compilation: not kept.
 */
const shownBefore = new WeakMap<DocumentNode, Shown>();
/** The same by the node's params: a node that was moved is another object with the very same params. */
const shownOfParams = new WeakMap<DocumentNode["params"], Shown>();

interface Shown {
  readonly node: DocumentNode;
  readonly by: readonly unknown[];
  readonly view: NodeView;
}

const shownOf = (node: DocumentNode): Shown | undefined => {
  const shown = shownBefore.get(node) ?? shownOfParams.get(node.params);
  if (shown === undefined || shown.node === node) return shown;
  const { position: _was, ...before } = shown.node;
  const { position: _is, ...now } = node;
  return sameContent(before, now) ? shown : undefined;
};

const shownOnce = (node: DocumentNode, by: readonly unknown[], show: () => NodeView): NodeView => {
  const before = shownOf(node);
  if (before?.by.length === by.length && before.by.every((value, index) => value === by[index])) return before.view;
  const view = show();
  if (view.diagnostics.length > 0) return view;
  const shown: Shown = { node, by, view };
  shownBefore.set(node, shown);
  shownOfParams.set(node.params, shown);
  return view;
};

/** Rows of numbers have no picture: their mean and std are drawn as any layer's. */
const mayBePictures = (dataset: DatasetFacts | null): boolean => {
  const [channels, ...sides] = dataset?.sampleShape ?? [1, 1, 1];
  return sides.length === 2 && (channels === 1 || channels === 3);
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
  const { arriving, leaving } = edgesByNode(document.edges);
  const shapeText = (nodeId: string): string => {
    const shape = compiled.facts.get(nodeId)?.outputShape;
    return shape ? formatShape(shape) : UNKNOWN;
  };
  const nodes = [...uniqueNodes(document)].sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
  return nodes.map((node) => {
    const facts = compiled.facts.get(node.id);
    const trained = then?.get(node.id);
    const measured = trained === undefined ? "none" : trained === now?.get(node.id) ? "current" : "stale";
    const endedHere = divergence?.nodeId === node.id ? divergence : null;
    const [into, outOf] = [arriving.get(node.id) ?? NO_EDGES, leaving.get(node.id) ?? NO_EDGES];
    const findings = found.get(node.id);
    const by: unknown[] = [facts, document.dataset, compiled.dataset, measured, endedHere, findings];
    for (const edge of into) by.push(edge, names.get(edge.from.node), compiled.facts.get(edge.from.node)?.outputShape);
    for (const edge of outOf) by.push(edge, names.get(edge.to.node));
    return shownOnce(node, by, () => {
      const layer = layerOf(node.kind);
      return {
        nodeId: node.id,
        kind: node.kind,
        title: layer?.title ?? node.kind,
        family: layer?.family ?? null,
        name: node.name,
        shape: shapeText(node.id),
        facts: factsLine(document, layer, facts, compiled.dataset, node.bypassed),
        compact: isCompact(node),
        bypassed: node.bypassed === true,
        showsSamples: layer?.inputs.length === 0 && mayBePictures(compiled.dataset),
        isLoss: layer !== undefined && layer.outputs.length === 0,
        inputs: layer?.inputs ?? portsOf(into, "to"),
        outputs: layer?.outputs ?? portsOf(outOf, "from"),
        inputTexts: portTexts(layer?.inputs ?? [], (port) => inputText(into, port, shapeText, names)),
        outputTexts: portTexts(layer?.outputs ?? [], (port) => outputText(outOf, port, shapeText(node.id), names)),
        diagnostics: [...(findings ?? [])].sort(bySeverity),
        measured,
        divergence: endedHere,
      };
    });
  });
};

/** 3: the run ended there; 2: an error; 1: a warning. */
export const gravityOf = ({ divergence, diagnostics }: NodeView): number =>
  divergence !== null
    ? 3
    : diagnostics.some(({ severity }) => severity === "error")
      ? 2
      : diagnostics.length > 0
        ? 1
        : 0;

/** Of several layers the one that something is gravest wrong with, by its diagnostics or as the run ended there. */
export const gravestOf = (views: readonly NodeView[]): NodeView | undefined =>
  views.filter((view) => gravityOf(view) > 0).sort((a, b) => gravityOf(b) - gravityOf(a))[0];
