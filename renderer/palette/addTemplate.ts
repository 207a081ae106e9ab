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

/** Adds a template after the selected node, sized for what it receives there, or free at `elsewhere`. */
export const addTemplate = (template: Template, elsewhere: Position): void => {
  const { document, compiled, selectedNodeIds } = documentStore.getState();
  // Of several that are selected, the last one: what was just added goes on growing.
  const ends = selectedNodeIds.filter((id) => !document.edges.some(({ from }) => from.node === id));
  const after =
    selectedNodeIds.length === 1 ? (selectedNodeIds[0] ?? null) : ends.length === 1 ? (ends[0] ?? null) : null;
  const fragment = template.build(siteAfter(compiled, after));
  applyGesture(insertAfter(document, fragment, after, elsewhere, `add ${template.title}`));
};

/** The same from a list, where nobody said where; shows what came. */
export const insertTemplate = (template: Template): void => {
  const isFirst = documentStore.getState().document.nodes.length === 0;
  addTemplate(template, defaultPlace());
  if (isFirst) {
    // The beginning of a net: what comes next is its training.
    documentStore.getState().select([]);
    canvasViewport()?.fit();
  } else showSelected();
};
