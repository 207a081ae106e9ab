/** What to try about a finding, as edits of the document: each one click and one undo step. Pure. */
import { applyCommands, nodeHeight } from "../document/applyCommands.ts";
import type { Command } from "../document/commands.ts";
import type { DocumentEdge, DocumentNode, LayerscopeDocument } from "../document/schema.ts";
import { type AnyLayer, initializerSchema, type Operation } from "../layer.ts";
import { layerOf } from "../registry.ts";
import type { HealthFinding } from "./health.ts";
import type { HealthRule } from "./healthRules.ts";

export interface HealthFix {
  /** `setting`: a run under way can take it over. */
  readonly what: "graph" | "start" | "setting";
  readonly label: string;
  readonly commands: readonly Command[];
}

/** What fixes depend on, of a finding or of a run that diverged. */
export type Ailing = Pick<HealthFinding, "nodeId" | "since"> & { readonly rule: HealthRule; readonly ratio?: number };

const RATE_FACTOR = 10;
/** log₁₀ of update to weights below which no learning rate would help: no gradient arrives. */
const HOPELESS_RATIO = -8;

const nodeOf = (document: LayerscopeDocument, nodeId: string): DocumentNode | undefined =>
  document.nodes.find(({ id }) => id === nodeId);
const familyOf = (document: LayerscopeDocument, nodeId: string): AnyLayer["family"] | undefined =>
  layerOf(nodeOf(document, nodeId)?.kind ?? "")?.family;
const edgesFrom = ({ edges }: LayerscopeDocument, nodeId: string): readonly DocumentEdge[] =>
  edges.filter(({ from }) => from.node === nodeId);
const edgesInto = ({ edges }: LayerscopeDocument, nodeId: string): readonly DocumentEdge[] =>
  edges.filter(({ to }) => to.node === nodeId);

const NORM_KIND = "batchNorm";
/** Between the nodes of a column, in px of the canvas. */
const NODE_GAP = 16;

/** A new node below the source that takes over edges of its output. Ports that take several edges keep their order. */
const insertInto = (document: LayerscopeDocument, edges: readonly DocumentEdge[]): readonly Command[] => {
  const [first] = edges;
  const source = first && nodeOf(document, first.from.node);
  const layer = layerOf(NORM_KIND);
  const [input, output] = [layer?.inputs[0], layer?.outputs[0]];
  if (first === undefined || source === undefined || input === undefined || output === undefined) return [];
  const y = source.position.y + nodeHeight(source) + NODE_GAP;
  const add: Command = { type: "addNode", kind: NORM_KIND, position: { x: source.position.x, y } };
  const added = applyCommands(document, [add]);
  const id = added.ok ? added.value.nodes.at(-1)?.id : undefined;
  if (id === undefined) return [];
  const moved = new Set(edges);
  const ports = new Set(edges.map(({ to }) => `${to.node} ${to.port}`));
  const touched = document.edges.filter(({ to }) => ports.has(`${to.node} ${to.port}`));
  return [
    { ...add, id },
    { type: "deleteEdges", edges: touched },
    { type: "connectPorts", from: first.from, to: { node: id, port: input } },
    ...touched.map(
      (edge): Command => ({
        type: "connectPorts",
        from: moved.has(edge) ? { node: id, port: output } : edge.from,
        to: edge.to,
      }),
    ),
  ];
};

/** After a layer with weights or a sum, before an activation; none where a normalization is there already. */
const insertNorm = (document: LayerscopeDocument, nodeId: string): readonly Command[] => {
  if (familyOf(document, nodeId) === "activation") {
    const [edge] = edgesInto(document, nodeId);
    if (edge === undefined || familyOf(document, edge.from.node) === "norm") return [];
    return insertInto(document, [edge]);
  }
  const edges = edgesFrom(document, nodeId);
  return edges.some(({ to }) => familyOf(document, to.node) === "norm") ? [] : insertInto(document, edges);
};

/** The nearest node of the family, this one first, following only edges in one direction. */
const nearest = (
  document: LayerscopeDocument,
  nodeId: string,
  family: AnyLayer["family"],
  step: (nodeId: string) => string | undefined,
): DocumentNode | null => {
  const seen = new Set<string>();
  for (let at: string | undefined = nodeId; at !== undefined && !seen.has(at); at = step(at)) {
    seen.add(at);
    if (familyOf(document, at) === family) return nodeOf(document, at) ?? null;
  }
  return null;
};

const operationOf = (node: DocumentNode | null): Operation | null => {
  const layer = node === null ? undefined : layerOf(node.kind);
  const params = layer?.params.safeParse(node?.params);
  return params?.success ? (layer?.lower?.(params.data, []) ?? null) : null;
};

/** He for what rectifies, Xavier for what squashes. */
const startFor = (document: LayerscopeDocument, weights: DocumentNode) => {
  const activation = nearest(document, weights.id, "activation", (id) => edgesFrom(document, id)[0]?.to.node);
  const operation = operationOf(activation);
  const squashes = operation?.op === "activation" && (operation.curve === "tanh" || operation.curve === "sigmoid");
  return squashes
    ? ({ name: "xavierNormal", family: "xavier", title: "Xavier" } as const)
    : ({ name: "heNormal", family: "he", title: "He" } as const);
};

const initialize = (document: LayerscopeDocument, nodeId: string): HealthFix | null => {
  const weights = nearest(document, nodeId, "linear", (id) => edgesInto(document, id)[0]?.from.node);
  if (weights === null) return null;
  const own = initializerSchema.safeParse(weights.params.initializer);
  const { name, family, title } = startFor(document, weights);
  const current = own.success ? own.data : document.training.initializer;
  if (current.name.startsWith(family)) return null;
  const initializer = { name } as const;
  return {
    what: "start",
    label: `Use ${title} initialization`,
    commands: [
      own.success
        ? { type: "setParams", nodeId: weights.id, params: { initializer } }
        : { type: "setTraining", training: { initializer } },
    ],
  };
};

const scaleRate = ({ training }: LayerscopeDocument, factor: number, label: string): HealthFix => ({
  what: "setting",
  label,
  commands: [
    { type: "setTraining", training: { learningRate: Number((training.learningRate * factor).toPrecision(12)) } },
  ],
});

const normFix = (document: LayerscopeDocument, nodeId: string): HealthFix | null => {
  const commands = insertNorm(document, nodeId);
  return commands.length === 0 ? null : { what: "graph", label: "Insert BatchNorm", commands };
};

/** In the order in which they are worth trying; none for a node that the document no longer has. */
export const healthFixes = (
  document: LayerscopeDocument,
  { rule, nodeId, since, ratio }: Ailing,
): readonly HealthFix[] => {
  if (nodeOf(document, nodeId) === undefined) return [];
  const norm = normFix(document, nodeId);
  const start = initialize(document, nodeId);
  const lower = scaleRate(document, 1 / RATE_FACTOR, "Lower the learning rate");
  // What is there before the first update has nothing to do with the learning rate.
  const later = since > 1 ? lower : null;
  const byRule: Readonly<Record<HealthRule, readonly (HealthFix | null)[]>> = {
    vanishing: [norm, start],
    exploding: since > 1 ? [lower, norm, start] : [norm, start],
    vanishingGradient: [norm, start],
    explodingGradient: [norm, start, later],
    saturated: [norm, start, later],
    dead: [start, norm, later],
    notLearning: [
      norm,
      start,
      ratio === undefined || ratio > HOPELESS_RATIO
        ? scaleRate(document, RATE_FACTOR, "Raise the learning rate")
        : null,
    ],
    diverged: [lower, norm, start],
  };
  return byRule[rule].filter((fix) => fix !== null);
};

/** Where nodes go that an edit has put something on. */
export type MakeRoom = (
  before: LayerscopeDocument,
  after: LayerscopeDocument,
) => Readonly<Record<string, DocumentNode["position"]>>;

/** BatchNorm at each of the nodes that lack it, one after the other. */
const insertNorms = (
  document: LayerscopeDocument,
  nodeIds: readonly string[],
  makeRoom: MakeRoom,
): { readonly commands: readonly Command[]; readonly normIds: readonly string[] } => {
  const commands: Command[] = [];
  const normIds: string[] = [];
  let grown = document;
  for (const nodeId of nodeIds) {
    const inserted = insertNorm(grown, nodeId);
    const applied = applyCommands(grown, inserted);
    if (inserted.length === 0 || !applied.ok) continue;
    const move: Command = { type: "moveNodes", positions: makeRoom(grown, applied.value) };
    const moved = applyCommands(applied.value, [move]);
    if (!moved.ok) continue;
    grown = moved.value;
    commands.push(...inserted, move);
    normIds.push(...inserted.flatMap((command) => (command.type === "addNode" ? (command.id ?? []) : [])));
  }
  return { commands, normIds };
};

/** BatchNorm at each of several nodes, as one edit; null where fewer than two lack it. */
export const insertNormAtAll = (
  document: LayerscopeDocument,
  nodeIds: readonly string[],
  makeRoom: MakeRoom,
): HealthFix | null => {
  const { commands, normIds } = insertNorms(document, nodeIds, makeRoom);
  return normIds.length < 2 ? null : { what: "graph", label: `Insert BatchNorm at all ${normIds.length}`, commands };
};

const hasWeights = ({ params, bypassed }: DocumentNode): boolean => "initializer" in params && bypassed !== true;

/** Layers with weights that others follow, in the order of the document: not the last one, whose outputs are the net's answer. */
const innerLayers = (document: LayerscopeDocument): readonly DocumentNode[] => {
  const leads = new Map<string, boolean>();
  const leadsToWeights = (nodeId: string): boolean => {
    const known = leads.get(nodeId);
    if (known !== undefined) return known;
    // Of a cycle: not by way of itself.
    leads.set(nodeId, false);
    const found = edgesFrom(document, nodeId).some(({ to }) => {
      const next = nodeOf(document, to.node);
      return next !== undefined && (hasWeights(next) || leadsToWeights(next.id));
    });
    leads.set(nodeId, found);
    return found;
  };
  return document.nodes.filter((node) => hasWeights(node) && leadsToWeights(node.id));
};

export interface NormsInserted {
  /** The layers after which there is one now. */
  readonly after: readonly DocumentNode[];
  readonly normIds: readonly string[];
  readonly commands: readonly Command[];
}

/** BatchNorm after each layer with weights but the last, where none is yet; null: nowhere is room for one. */
export const insertNormThroughout = (document: LayerscopeDocument, makeRoom: MakeRoom): NormsInserted | null => {
  const after = innerLayers(document).filter(({ id }) => insertNorm(document, id).length > 0);
  const ids = after.map(({ id }) => id);
  return after.length === 0 ? null : { after, ...insertNorms(document, ids, makeRoom) };
};
