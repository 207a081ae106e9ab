import type { Compiled, Position, Template, TemplateSite } from "../../engine/index.ts";
import { applyGesture } from "../canvas/applyGesture.ts";
import { insertAfter } from "../canvas/fragmentGestures.ts";
import { canvasViewport } from "../commands/canvasViewport.ts";
import { documentStore } from "../document/documentStore.ts";
import { defaultPlace, showSelected } from "./addLayer.ts";

/** What a template is sized for after a node; null: on its own. */
export const siteAfter = ({ facts, dataset }: Compiled, nodeId: string | null): TemplateSite => ({
  shape: nodeId === null ? null : (facts.get(nodeId)?.outputShape ?? null),
  sampleShape: dataset?.sampleShape ?? null,
  numClasses: dataset?.numClasses ?? null,
});

/** The node that a template goes after when nobody said where: the selected one, or of several the one end among them. */
const selectedAnchor = (): string | null => {
  const { document, selectedNodeIds } = documentStore.getState();
  if (selectedNodeIds.length === 1) return selectedNodeIds[0] ?? null;
  // What was just added goes on growing.
  const ends = selectedNodeIds.filter((id) => !document.edges.some(({ from }) => from.node === id));
  return ends.length === 1 ? (ends[0] ?? null) : null;
};

/** Adds a template after a node, sized for what it receives there, or free at `elsewhere`. */
export const addTemplate = (template: Template, after: string | null, elsewhere: Position): void => {
  const { document, compiled } = documentStore.getState();
  const fragment = template.build(siteAfter(compiled, after));
  applyGesture(insertAfter(document, fragment, after, elsewhere, `add ${template.title}`));
};

/** The same, and shows what came. */
export const insertTemplate = (template: Template, after = selectedAnchor(), place = defaultPlace()): void => {
  const isFirst = documentStore.getState().document.nodes.length === 0;
  addTemplate(template, after, place);
  if (isFirst) {
    // The beginning of a net: what comes next is its training.
    documentStore.getState().select([]);
    canvasViewport()?.fit();
  } else showSelected();
};
