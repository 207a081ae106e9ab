import { documentStore } from "../document/documentStore.ts";
import { ailingNodes, openNextHealth } from "../health/healthActions.ts";
import { type Command, onlyInEditor } from "./command.ts";

export const healthCommands: readonly Command[] = [
  {
    id: "view.health",
    title: () => "Show the next finding about the signal",
    group: "View",
    shortcuts: ["F8"],
    disabledBecause: () =>
      onlyInEditor() ?? (ailingNodes().length === 0 ? "No layer has a finding at the step shown" : null),
    run: () => openNextHealth(documentStore.getState().selectedNodeIds[0]),
  },
];
