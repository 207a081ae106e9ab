import { applyGesture } from "../canvas/applyGesture.ts";
import { type Alignment, alignNodes, distributeNodes } from "../canvas/arrange.ts";
import { connectedTo } from "../canvas/documentGraph.ts";
import { tidyUp } from "../canvas/tidy.ts";
import { documentStore } from "../document/documentStore.ts";
import { canvasViewport } from "./canvasViewport.ts";
import { type Command, onlyWithDocumentInView } from "./command.ts";
import type { Shortcut } from "./shortcut.ts";

const needs = (count: number): string | null =>
  onlyWithDocumentInView() ??
  (documentStore.getState().selectedNodeIds.length < count ? `Select at least ${count} nodes` : null);

const align = (alignment: Alignment, title: string, shortcut: Shortcut): Command => ({
  id: `edit.align.${alignment}`,
  title: () => title,
  group: "Edit",
  shortcuts: [shortcut],
  disabledBecause: () => needs(2),
  run: () => {
    const { document, selectedNodeIds } = documentStore.getState();
    applyGesture(alignNodes(document, selectedNodeIds, alignment));
  },
});

const distribute = (direction: "across" | "down", title: string, shortcut: Shortcut): Command => ({
  id: `edit.distribute.${direction}`,
  title: () => title,
  group: "Edit",
  shortcuts: [shortcut],
  disabledBecause: () => needs(3),
  run: () => {
    const { document, selectedNodeIds } = documentStore.getState();
    applyGesture(distributeNodes(document, selectedNodeIds, direction));
  },
});

const follow = (direction: "upstream" | "downstream", title: string, shortcut: Shortcut): Command => ({
  id: `view.select.${direction}`,
  title: () => title,
  group: "View",
  shortcuts: [shortcut],
  disabledBecause: () => needs(1)?.replace("1 nodes", "one node") ?? null,
  run: () => {
    const { document, selectedNodeIds, select } = documentStore.getState();
    const found = connectedTo(document, selectedNodeIds, direction);
    select(document.nodes.map(({ id }) => id).filter((id) => found.has(id)));
  },
});

export const arrangeCommands: readonly Command[] = [
  {
    id: "edit.tidyUp",
    title: () =>
      documentStore.getState().selectedNodeIds.length < 2 ? "Tidy up the graph" : "Tidy up the selected nodes",
    name: "Tidy up the graph, or the selected nodes",
    group: "Edit",
    shortcuts: ["Mod+Shift+L"],
    disabledBecause: () =>
      onlyWithDocumentInView() ?? (documentStore.getState().document.nodes.length === 0 ? "There are no nodes" : null),
    run: () => {
      const { document, selectedNodeIds } = documentStore.getState();
      applyGesture(tidyUp(document, selectedNodeIds));
      // All of it stands elsewhere now, maybe where nobody looks.
      if (selectedNodeIds.length < 2) canvasViewport()?.fitIfEmpty();
    },
  },
  align("left", "Align left edges", "Alt+Shift+ArrowLeft"),
  align("centre", "Align centres", "Alt+Shift+C"),
  align("right", "Align right edges", "Alt+Shift+ArrowRight"),
  align("top", "Align top edges", "Alt+Shift+ArrowUp"),
  align("middle", "Align middles", "Alt+Shift+M"),
  align("bottom", "Align bottom edges", "Alt+Shift+ArrowDown"),
  distribute("across", "Distribute horizontally", "Alt+Shift+H"),
  distribute("down", "Distribute vertically", "Alt+Shift+V"),
  follow("upstream", "Select all that leads here", "Mod+Shift+ArrowUp"),
  follow("downstream", "Select all that this leads to", "Mod+Shift+ArrowDown"),
];
