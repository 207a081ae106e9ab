/** Documents for tests of gestures, built by the gestures that users build them with. */
import { applyCommands, type LayerscopeDocument, newDocument } from "../../../engine/index.ts";
import type { Gesture } from "../../../renderer/canvas/gesture.ts";
import { addAfter } from "../../../renderer/canvas/gestures.ts";
import { createDocumentStore, UNTITLED } from "../../../renderer/document/documentStore.ts";

/** What the document store does with a gesture. */
export const resultOf = (document: LayerscopeDocument, gesture: Gesture | null): LayerscopeDocument => {
  if (gesture === null) throw new Error("the gesture did nothing");
  const applied = applyCommands(document, gesture.commands);
  if (!applied.ok) throw new Error(JSON.stringify(applied.error));
  return applied.value;
};

/** A column of layers, each feeding the next. */
export const chain = (...kinds: string[]): LayerscopeDocument => {
  let document = newDocument();
  let last: string | null = null;
  for (const kind of kinds) {
    const gesture: Gesture | null = addAfter(document, kind, last, { x: 0, y: 0 });
    document = resultOf(document, gesture);
    last = gesture?.select?.[0] ?? null;
  }
  return document;
};

/** In the order of the document: `conv1>relu1`. */
export const edgesOf = (document: LayerscopeDocument): readonly string[] =>
  document.edges.map(({ from, to }) => `${from.node}>${to.node}`);

export const positionOf = (document: LayerscopeDocument, nodeId: string) =>
  document.nodes.find((node) => node.id === nodeId)?.position;

/** Whether the gesture is one undo step that returns the very document. */
export const undoReturns = (document: LayerscopeDocument, gesture: Gesture | null): boolean => {
  if (gesture === null) throw new Error("the gesture did nothing");
  const store = createDocumentStore();
  store.getState().open(document, UNTITLED);
  const { refused } = store.getState().apply(gesture.commands, gesture.label);
  if (refused !== null) throw new Error(refused);
  if (store.getState().past.length !== 1 || store.getState().document === document) return false;
  store.getState().undo();
  return store.getState().document === document && !store.getState().edited;
};
