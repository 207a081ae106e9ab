/** Putting parts of documents (copied layers, templates) into a document. Pure. */
import {
  type Command,
  type DocumentNode,
  type Fragment,
  type LayerscopeDocument,
  layerOf,
  type PortReference,
  type Position,
  placeFragment,
} from "../../engine/index.ts";
import { nodeOf } from "./documentGraph.ts";
import { type Box, boxOf, boxOfNote, overlaps, unionOf } from "./geometry.ts";
import type { Gesture } from "./gesture.ts";
import { COLUMN_GAP, GROUP_GAP, pushDownBox, snap } from "./placement.ts";

const fragmentBox = ({ nodes, canvasNotes }: Fragment): Box | null => {
  const boxes = [...nodes.map(boxOf), ...canvasNotes.map(boxOfNote)];
  return boxes.length === 0 ? null : unionOf(boxes);
};

/** Inputs that nothing in the fragment feeds, or not enough. */
const openInputs = ({ nodes, edges }: Fragment): readonly PortReference[] =>
  nodes.flatMap((node) => {
    const layer = layerOf(node.kind);
    return (layer?.inputs ?? []).flatMap((port) => {
      const numEdges = edges.filter(({ to }) => to.node === node.id && to.port === port).length;
      return numEdges < (layer?.leastEdges ?? 1) ? [{ node: node.id, port }] : [];
    });
  });

/** Outputs that feed nothing in the fragment. */
const openOutputs = ({ nodes, edges }: Fragment): readonly PortReference[] =>
  nodes.flatMap((node) =>
    (layerOf(node.kind)?.outputs ?? []).flatMap((port) =>
      edges.some(({ from }) => from.node === node.id && from.port === port) ? [] : [{ node: node.id, port }],
    ),
  );

const offsetTo = (box: Box, place: Position): Position => {
  const { x, y } = snap(place);
  return { x: x - box.left, y: y - box.top };
};

/** The place itself, or the next to its right where nothing is in the way. */
const freeOffset = (document: LayerscopeDocument, fragment: Fragment, box: Box, place: Position): Position => {
  const taken = document.nodes.map(boxOf);
  const offset = offsetTo(box, place);
  for (;;) {
    const moved = fragment.nodes.map((node) =>
      boxOf({ ...node, position: { x: node.position.x + offset.x, y: node.position.y + offset.y } }),
    );
    const inTheWay = taken.filter((other) => moved.some((each) => overlaps(each, other, COLUMN_GAP / 2)));
    if (inTheWay.length === 0) return offset;
    offset.x = Math.max(...inTheWay.map(({ right }) => right)) + GROUP_GAP - box.left;
  }
};

/** A fragment on its own, its upper left corner at the place or, when that is taken, at the next free one to the right. */
export const pasteAt = (
  document: LayerscopeDocument,
  fragment: Fragment,
  place: Position,
  label: string,
): Gesture | null => {
  const box = fragmentBox(fragment);
  if (box === null) return null;
  const placed = placeFragment(document, fragment, freeOffset(document, fragment, box, place));
  return { commands: placed.commands, label, select: placed.nodeIds, selectNotes: placed.noteIds };
};

/**
 * A fragment below the given node and fed by it; an only edge of that node goes on from the fragment's end, and what is in the way
 * moves down. Where it cannot be fed, or there is no node, it stands free at `elsewhere`.
 */
export const insertAfter = (
  document: LayerscopeDocument,
  fragment: Fragment,
  afterId: string | null,
  elsewhere: Position,
  label: string,
): Gesture | null => {
  const after: DocumentNode | undefined = afterId === null ? undefined : nodeOf(document, afterId);
  const [output] = layerOf(after?.kind ?? "")?.outputs ?? [];
  const inputs = openInputs(fragment);
  const box = fragmentBox(fragment);
  if (box === null) return null;
  if (after === undefined || output === undefined || inputs.length === 0) {
    return pasteAt(document, fragment, elsewhere, label);
  }
  const from: PortReference = { node: after.id, port: output };
  const offset = offsetTo(box, { x: after.position.x, y: boxOf(after).bottom + COLUMN_GAP });
  const placed = placeFragment(document, fragment, offset);
  // In the order of the fragment's nodes.
  const ids = new Map(
    [...new Set(fragment.nodes.map(({ id }) => id))].map((id, index) => [id, placed.nodeIds[index] ?? id]),
  );
  const renamed = ({ node, port }: PortReference): PortReference => ({ node: ids.get(node) ?? node, port });
  const commands: Command[] = [...placed.commands];
  for (const input of inputs) commands.push({ type: "connectPorts", from, to: renamed(input) });
  const outgoing = document.edges.filter((edge) => edge.from.node === after.id && edge.from.port === output);
  const [only] = outgoing;
  const [exit, ...otherExits] = openOutputs(fragment);
  if (only !== undefined && outgoing.length === 1 && exit !== undefined && otherExits.length === 0) {
    commands.push({ type: "deleteEdges", edges: [only] });
    commands.push({ type: "connectPorts", from: renamed(exit), to: only.to });
  }
  const target: Box = {
    left: box.left + offset.x,
    top: box.top + offset.y,
    right: box.right + offset.x,
    bottom: box.bottom + offset.y,
  };
  const positions = pushDownBox(document, target);
  if (Object.keys(positions).length > 0) commands.push({ type: "moveNodes", positions });
  return { commands, label, select: placed.nodeIds, selectNotes: placed.noteIds };
};
