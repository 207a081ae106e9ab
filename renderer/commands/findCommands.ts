import { viewStore } from "../app/viewStore.ts";
import { canvasView } from "../canvas/canvasView.ts";
import { goToFound } from "../canvas/findNodes.ts";
import { documentStore } from "../document/documentStore.ts";
import { type Command, onlyInEditor } from "./command.ts";

const withoutNodes = (): string | null =>
  onlyInEditor() ?? (documentStore.getState().document.nodes.length === 0 ? "There are no nodes" : null);

const goOn = (step: 1 | -1): void => {
  viewStore.setState({ editorView: "canvas" });
  goToFound(step);
};

export const findCommands: readonly Command[] = [
  {
    id: "view.find",
    title: () => "Find a node",
    group: "View",
    shortcuts: ["Mod+F"],
    disabledBecause: withoutNodes,
    run: () => {
      viewStore.setState({ editorView: "canvas" });
      canvasView.setState({ finding: true });
    },
  },
  {
    id: "view.findNext",
    title: () => "Go to the next node found",
    group: "View",
    shortcuts: ["F3"],
    disabledBecause: withoutNodes,
    run: () => goOn(1),
  },
  {
    id: "view.findPrevious",
    title: () => "Go to the previous node found",
    group: "View",
    shortcuts: ["Shift+F3"],
    disabledBecause: withoutNodes,
    run: () => goOn(-1),
  },
];
