/**
 * Everything a user can do to a document, as steps that take random numbers: the engine's commands by type (a new one must be added here
 * to compile), the gestures, keys and drags of the canvas, the commands of the menu's Edit group, forms and fixes.
 */
import {
  type Command,
  type DatasetReference,
  edgeId,
  fragmentOf,
  type HealthFix,
  healthFixes,
  type LayerscopeDocument,
  layerOf,
  layers,
  type PortReference,
  serializeFragment,
  templates,
} from "../../../engine/index.ts";
import { applyFix, applyGesture } from "../../../renderer/canvas/applyGesture.ts";
import type { FlowElements } from "../../../renderer/canvas/flowElements.ts";
import { addAt, connect, disconnect, duplicateAt, spliceOnEdge } from "../../../renderer/canvas/gestures.ts";
import { addAtLooseEnd } from "../../../renderer/canvas/looseEnd.ts";
import { isLoose, spliceNode } from "../../../renderer/canvas/splice.ts";
import { pasteText } from "../../../renderer/commands/clipboardCommands.ts";
import { commands, runCommand } from "../../../renderer/commands/commandTable.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { deleteSelection } from "../../../renderer/document/selection.ts";
import { commitTraining } from "../../../renderer/inspector/commitTraining.ts";
import { commitDataset } from "../../../renderer/inspector/datasetControls.ts";
import { addLayer } from "../../../renderer/palette/addLayer.ts";
import { addTemplate } from "../../../renderer/palette/addTemplate.ts";

/** What is on screen while the steps are taken. */
export interface Hands {
  readonly elements: () => FlowElements;
  /** A key that is pressed on a node for some repeats, then let go. */
  readonly holdKey: (nodeId: string, key: string, repeats: number, shift: boolean) => void;
}

interface Draw {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

type Take = (draw: Draw, hands: Hands) => void;

export interface Step {
  readonly name: string;
  readonly take: Take;
}

const state = () => documentStore.getState();
const pick = <T>(items: readonly T[], at: number): T | undefined => items[at % Math.max(1, items.length)];
const kindOf = (at: number): string => pick(layers, at)?.kind ?? "relu";
const nodeAt = ({ nodes }: LayerscopeDocument, at: number) => pick(nodes, at);
const idAt = (document: LayerscopeDocument, at: number): string => nodeAt(document, at)?.id ?? "none";
const portOf = (document: LayerscopeDocument, at: number, side: "inputs" | "outputs"): PortReference => {
  const node = nodeAt(document, at);
  return { node: node?.id ?? "none", port: pick(layerOf(node?.kind ?? "")?.[side] ?? [], at) ?? "none" };
};
const NO_EDGE = { from: { node: "none", port: "out" }, to: { node: "none", port: "in" } };
const datasets: readonly DatasetReference[] = [
  { source: "mnist" },
  { source: "generated", pattern: "spiral", classes: 3, count: 300, noise: 0.1, seed: 1 },
];

type CommandMakers = {
  readonly [T in Command["type"]]: (document: LayerscopeDocument, draw: Draw) => Extract<Command, { readonly type: T }>;
};

/** One of each type. Some will be refused: a refusal must leave no trace. */
const commandOfType: CommandMakers = {
  addNode: (_document, { a, b, c }) => ({ type: "addNode", kind: kindOf(a), position: { x: b, y: c } }),
  deleteNodes: (document, { a, b }) => ({
    type: "deleteNodes",
    nodeIds: [...new Set([idAt(document, a), idAt(document, b)])],
  }),
  deleteEdges: ({ edges }, { a }) => ({ type: "deleteEdges", edges: [pick(edges, a) ?? NO_EDGE] }),
  moveNodes: (document, { a, b, c }) => ({ type: "moveNodes", positions: { [idAt(document, a)]: { x: b, y: c } } }),
  connectPorts: (document, { a, b }) => ({
    type: "connectPorts",
    from: portOf(document, a, "outputs"),
    to: portOf(document, b, "inputs"),
  }),
  renameNode: (document, { a, b }) => ({ type: "renameNode", nodeId: idAt(document, a), name: `n${b % 5}` }),
  setParams: (document, { a, b, c }) => {
    const node = nodeAt(document, a);
    const name = pick(Object.keys(node?.params ?? {}), b) ?? "units";
    return { type: "setParams", nodeId: node?.id ?? "none", params: { [name]: c % 7 } };
  },
  resetParams: (document, { a }) => {
    const node = nodeAt(document, a);
    return { type: "resetParams", nodeId: node?.id ?? "none", names: Object.keys(node?.params ?? {}) };
  },
  insertNodeOnEdge: ({ edges }, { a, b }) => ({
    type: "insertNodeOnEdge",
    edge: pick(edges, a) ?? NO_EDGE,
    kind: kindOf(b),
  }),
  setBypassed: (document, { a, b }) => ({
    type: "setBypassed",
    nodeIds: [idAt(document, a)],
    bypassed: b % 2 === 0,
  }),
  setFolded: (document, { a, b }) => ({ type: "setFolded", nodeIds: [idAt(document, a)], folded: b % 2 === 0 }),
  setEdgePoints: ({ edges }, { a, b, c }) => ({
    type: "setEdgePoints",
    edge: pick(edges, a) ?? NO_EDGE,
    points: Array.from({ length: b % 3 }, (_, index) => ({ x: c + index, y: b })),
  }),
  addGroup: (document, { a, b, c }) => ({
    type: "addGroup",
    group: {
      title: `g${c % 4}`,
      color: pick(["neutral", "blue", "red"] as const, c) ?? "blue",
      nodeIds: [...new Set([idAt(document, a), idAt(document, b)])],
    },
  }),
  changeGroup: ({ groups }, { a, b, c }) => ({
    type: "changeGroup",
    groupId: pick(groups, a)?.id ?? "none",
    change: pick([{ title: `t${b % 3}` }, { collapsed: b % 2 === 0 }, { repeat: (b % 4) + 1 }], c) ?? {},
  }),
  deleteGroup: ({ groups }, { a }) => ({ type: "deleteGroup", groupId: pick(groups, a)?.id ?? "none" }),
  addCanvasNote: (_document, { a, b, c }) => ({
    type: "addCanvasNote",
    note: { text: `note ${a % 5}`, color: "amber", position: { x: b, y: c }, size: { width: 160, height: 80 } },
  }),
  changeCanvasNote: ({ canvasNotes }, { a, b, c }) => ({
    type: "changeCanvasNote",
    noteId: pick(canvasNotes, a)?.id ?? "none",
    change:
      pick([{ text: `text ${b % 3}` }, { position: { x: b, y: c } }, { size: { width: 200, height: 90 } }], c) ?? {},
  }),
  deleteCanvasNotes: ({ canvasNotes }, { a }) => ({
    type: "deleteCanvasNotes",
    noteIds: [pick(canvasNotes, a)?.id ?? "none"],
  }),
  setTraining: (_document, { a, b }) => ({ type: "setTraining", training: { seed: a, epochs: (b % 9) + 1 } }),
  setDataset: (_document, { a }) => ({ type: "setDataset", dataset: pick(datasets, a) ?? { source: "mnist" } }),
  setNotes: (_document, { a }) => ({ type: "setNotes", notes: `note ${a % 3}` }),
};

const engineSteps = Object.entries(commandOfType).map(
  ([name, make]): Step => ({
    name,
    take: (draw) => void state().apply([make(state().document, draw)], name),
  }),
);

const select = ({ a, b, c }: Draw): void => {
  const { document } = state();
  const all = [idAt(document, a), idAt(document, b), idAt(document, c)].slice(0, 1 + (c % 3));
  state().select(document.nodes.length === 0 ? [] : [...new Set(all)]);
};

/**
 * Ways through the history, what needs the system's clipboard (pasting is a step of its own below) or its dialogs (another dataset is the step
 * `setDataset`), and what changes no document.
 */
const NO_EDITS: ReadonlySet<string> = new Set([
  "edit.undo",
  "edit.redo",
  "edit.history",
  "edit.selectAll",
  "edit.cut",
  "edit.copy",
  "edit.paste",
  "edit.saveTemplate",
  // It leads to the field; a new name is the step `renameNode`.
  "edit.rename",
  "edit.datasetFolder",
  "edit.datasetFile",
  "study.copy",
  "edit.straighten",
]);

/** What the Edit menu changes the document with: whatever is in the table, and is no way through the history itself. */
const menuSteps = commands
  .filter(({ id, group }) => group === "Edit" && !NO_EDITS.has(id))
  .map(({ id }): Step => {
    return {
      name: id,
      take: (draw) => {
        select(draw);
        runCommand(id);
      },
    };
  });

const ARROWS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];

const canvasSteps: Readonly<Record<string, Take>> = {
  paste: (draw) => {
    select(draw);
    const { document, selectedNodeIds, selectedNoteIds } = state();
    pasteText(serializeFragment(fragmentOf(document, selectedNodeIds, selectedNoteIds)));
  },
  template: ({ a, b, c }) => {
    const template = pick(templates, a);
    const after = state().document.nodes.length === 0 ? null : idAt(state().document, b);
    if (template) addTemplate(template, after, { x: b, y: c });
  },
  straighten: () => {
    state().select(
      [],
      state()
        .document.edges.filter(({ points }) => points)
        .map(edgeId),
    );
    runCommand("edit.straighten");
  },
  addLayer: ({ a, b, c }) => {
    const { nodes } = state().document;
    state().select(nodes.length === 0 ? [] : [idAt(state().document, b)]);
    addLayer(kindOf(a), { x: b, y: c });
  },
  addAt: ({ a, b, c }) => void applyGesture(addAt(state().document, kindOf(a), { x: b, y: c })),
  splice: ({ a, b, c }) => {
    const edge = pick(state().document.edges, a);
    if (edge) applyGesture(spliceOnEdge(state().document, kindOf(b), edge, { x: b, y: c }));
  },
  connect: ({ a, b }) => {
    const { document } = state();
    applyGesture(connect(document, portOf(document, a, "outputs"), portOf(document, b, "inputs")));
  },
  disconnect: ({ a }) => {
    const edge = pick(state().document.edges, a);
    if (edge) applyGesture(disconnect(state().document, edge));
  },
  deleteSelection: (draw) => {
    select(draw);
    deleteSelection();
  },
  deleteApart: (draw) => {
    select(draw);
    deleteSelection(false);
  },
  addAtLooseEnd: ({ a, b, c }) => {
    const { document } = state();
    const side = c % 2 === 0 ? "output" : "input";
    const port = portOf(document, a, side === "output" ? "outputs" : "inputs");
    if (port.port !== "none") applyGesture(addAtLooseEnd(document, kindOf(b), { side, port }, { x: b, y: c }));
  },
  spliceNode: ({ a, b, c }) => {
    const { document } = state();
    const edge = pick(document.edges, a);
    const loose = pick(
      document.nodes.filter(({ id }) => isLoose(document, id)),
      b,
    );
    if (edge && loose) applyGesture(spliceNode(document, loose.id, edge, { x: b, y: c }));
  },
  copyByDragging: ({ a, b, c }) => {
    const { document } = state();
    applyGesture(duplicateAt(document, { [idAt(document, a)]: { x: b, y: c } }));
  },
  // Keys on a node: held arrows, alone and with others selected; duplicate.
  holdKey: (draw, { holdKey }) => {
    const { document } = state();
    if (document.nodes.length === 0) return;
    select(draw);
    holdKey(idAt(document, draw.a), ARROWS[draw.b % 4] ?? "ArrowUp", draw.c % 6, draw.c % 2 === 0);
  },
  // A drag of one node or of a selection: many positions, then it is let go.
  drag: (draw, { elements }) => {
    const { document } = state();
    if (document.nodes.length === 0) return;
    select(draw);
    const dragged = document.nodes.filter(({ id }) => state().selectedNodeIds.includes(id));
    const at = (share: number) =>
      dragged.map(({ id, position }) => ({
        id,
        position: { x: position.x + (draw.b - 500) * share, y: position.y + (draw.c - 500) * share },
      }));
    for (const share of [0.2, 0.6, 1]) {
      elements().onNodesChange(at(share).map((node) => ({ ...node, type: "position" as const, dragging: true })));
    }
    elements().commitMove(Object.fromEntries(at(1).map(({ id, position }) => [id, position])));
  },
};

const formSteps: Readonly<Record<string, Take>> = {
  learningRate: ({ a }) => void commitTraining("Learning rate", { learningRate: (a % 5) / 10 }),
  augmentation: ({ a }) =>
    void commitTraining("Augmentation", { augmentation: { horizontalFlip: a % 2 === 0, shift: a % 3, crop: 0 } }),
  dataset: ({ a }) => void commitDataset("Points", { count: 100 + (a % 5) }),
};

const RULES = ["vanishing", "exploding", "saturated", "dead", "notLearning", "diverged"] as const;

const fixSteps: Readonly<Record<string, Take>> = {
  diagnosticFix: ({ a }) => {
    const fixes = state().compiled.diagnostics.flatMap(({ fix }) => fix ?? []);
    const fix = pick(fixes, a);
    if (fix) applyFix(fix);
  },
  healthFix: ({ a, b, c }) => {
    const { document } = state();
    const fixes: readonly HealthFix[] = healthFixes(document, {
      rule: RULES[a % RULES.length] ?? "dead",
      nodeId: idAt(document, b),
      since: c,
    });
    const fix = pick(fixes, c);
    if (fix) applyFix(fix);
  },
};

const named = (takes: Readonly<Record<string, Take>>): readonly Step[] =>
  Object.entries(takes).map(([name, take]) => ({ name, take }));

export const steps: readonly Step[] = [
  ...engineSteps,
  ...menuSteps,
  ...named(canvasSteps),
  ...named(formSteps),
  ...named(fixSteps),
];
