import { layerOf } from "../../engine/index.ts";
import { focusNextRegion } from "../app/regions.ts";
import { getShell } from "../app/shellAccess.ts";
import { viewStore } from "../app/viewStore.ts";
import { applyFix } from "../canvas/applyGesture.ts";
import { NO_BREAK_SPACE } from "../charts/format.ts";
import { documentStore } from "../document/documentStore.ts";
import { runHealth } from "../health/runHealth.ts";
import { showRuns } from "../library/libraryStore.ts";
import { interfaceSizeBeside, interfaceSizeStore, setInterfaceSize } from "../preferences/interfaceSize.ts";
import { openSteps } from "../steps/stepsStore.ts";
import { nextTheme, setTheme, THEME_TITLES, themeStore } from "../theme/theme.ts";
import { startTour } from "../tour/tourStore.ts";
import { canvasViewport } from "./canvasViewport.ts";
import { type Command, onlyInEditor } from "./command.ts";

const fixable = () =>
  documentStore.getState().compiled.diagnostics.find(({ fix, severity }) => fix !== null && severity === "error") ??
  documentStore.getState().compiled.diagnostics.find(({ fix }) => fix !== null);

/** The one node that is selected, if it normalizes. */
const normalizationSelected = (): string | null => {
  const { document, selectedNodeIds } = documentStore.getState();
  const [nodeId] = selectedNodeIds;
  const kind = document.nodes.find(({ id }) => id === nodeId)?.kind;
  return selectedNodeIds.length === 1 && nodeId !== undefined && layerOf(kind ?? "")?.family === "norm" ? nodeId : null;
};

/** Makes the whole interface a step larger or smaller. */
const resizing = (id: string, comparative: string, direction: 1 | -1): Command => ({
  id,
  title: () => {
    const next = interfaceSizeBeside(direction);
    return `Make the interface ${comparative}${next === null ? "" : `, ${next}${NO_BREAK_SPACE}%`}`;
  },
  group: "View",
  shortcuts: [],
  disabledBecause: () => {
    if (getShell().zoomInterface === null) return "The browser’s own zoom does that";
    const { percent } = interfaceSizeStore.getState();
    return interfaceSizeBeside(direction) === null ? `It is at ${percent}${NO_BREAK_SPACE}%` : null;
  },
  run: () => {
    const next = interfaceSizeBeside(direction);
    if (next !== null) setInterfaceSize(next);
  },
});

export const viewCommands: readonly Command[] = [
  {
    id: "view.commands",
    title: () => "Search commands",
    group: "View",
    shortcuts: ["Mod+K"],
    disabledBecause: () => null,
    run: () => viewStore.setState({ commandsOpen: !viewStore.getState().commandsOpen }),
  },
  {
    id: "view.canvas",
    title: () => "Show the canvas",
    group: "View",
    shortcuts: ["Mod+1"],
    disabledBecause: onlyInEditor,
    run: () => viewStore.setState({ editorView: "canvas" }),
  },
  {
    id: "view.statistics",
    title: () => "Show the statistics of all layers",
    group: "View",
    shortcuts: ["Mod+2"],
    disabledBecause: onlyInEditor,
    run: () => viewStore.setState({ editorView: "statistics" }),
  },
  {
    id: "view.bench",
    title: () => "Show the test bench",
    group: "View",
    shortcuts: ["Mod+3"],
    disabledBecause: onlyInEditor,
    run: () => viewStore.setState({ editorView: "bench" }),
  },
  {
    id: "view.runs",
    title: () => "Show all runs",
    group: "View",
    shortcuts: ["Mod+5"],
    disabledBecause: () => null,
    run: showRuns,
  },
  {
    id: "view.zoomIn",
    title: () => "Zoom in",
    group: "View",
    shortcuts: ["Mod++", "Mod+="],
    disabledBecause: onlyInEditor,
    run: () => canvasViewport()?.zoomIn(),
  },
  {
    id: "view.zoomOut",
    title: () => "Zoom out",
    group: "View",
    shortcuts: ["Mod+-"],
    disabledBecause: onlyInEditor,
    run: () => canvasViewport()?.zoomOut(),
  },
  {
    id: "view.fit",
    title: () => "Zoom to fit",
    group: "View",
    shortcuts: ["Mod+0"],
    disabledBecause: onlyInEditor,
    run: () => canvasViewport()?.fit(),
  },
  {
    id: "view.steps",
    title: () => "Open the normalization step by step",
    group: "View",
    shortcuts: ["Mod+Shift+B"],
    disabledBecause: () => onlyInEditor() ?? (normalizationSelected() === null ? "Select a normalizing layer" : null),
    run: () => {
      const nodeId = normalizationSelected();
      if (nodeId === null) return;
      viewStore.setState({ editorView: "canvas" });
      openSteps(nodeId);
    },
  },
  {
    id: "view.dataset",
    title: () => "Browse the samples of the dataset",
    group: "View",
    shortcuts: ["Mod+Shift+D"],
    disabledBecause: onlyInEditor,
    run: () => viewStore.setState({ datasetOpen: !viewStore.getState().datasetOpen }),
  },
  {
    id: "view.diagnostics",
    title: () => "Show findings about the graph",
    group: "View",
    shortcuts: ["Mod+Shift+M"],
    disabledBecause: () =>
      onlyInEditor() ??
      (documentStore.getState().compiled.diagnostics.length === 0 && runHealth().findings.length === 0
        ? "Nothing was found"
        : null),
    run: () => viewStore.setState({ diagnosticsOpen: !viewStore.getState().diagnosticsOpen }),
  },
  {
    id: "edit.fix",
    title: () => {
      const label = fixable()?.fix?.label;
      return label ? `Fix: ${label}` : "Apply the first fix";
    },
    name: "Apply the first fix",
    group: "Edit",
    shortcuts: ["Mod+Period"],
    disabledBecause: () => onlyInEditor() ?? (fixable() ? null : "Nothing to fix"),
    run: () => {
      const fix = fixable()?.fix;
      if (fix) applyFix(fix);
    },
  },
  {
    id: "view.nextRegion",
    title: () => "Go to the next part of the window",
    group: "View",
    shortcuts: ["F6"],
    disabledBecause: () => null,
    run: () => focusNextRegion(1),
  },
  {
    id: "view.previousRegion",
    title: () => "Go to the previous part of the window",
    group: "View",
    shortcuts: ["Shift+F6"],
    disabledBecause: () => null,
    run: () => focusNextRegion(-1),
  },
  resizing("view.larger", "larger", 1),
  resizing("view.smaller", "smaller", -1),
  {
    id: "view.theme",
    title: () => `Theme: change to ${THEME_TITLES[nextTheme(themeStore.getState().theme)].toLowerCase()}`,
    group: "View",
    shortcuts: [],
    disabledBecause: () => null,
    // A native menu names the theme it wants.
    run: (argument) => {
      const { theme } = themeStore.getState();
      setTheme(argument === "light" || argument === "dark" || argument === "system" ? argument : nextTheme(theme));
    },
  },
  {
    id: "help.tour",
    title: () => "Take the tour",
    group: "Help",
    shortcuts: [],
    disabledBecause: () => null,
    run: startTour,
  },
  {
    id: "help.shortcuts",
    title: () => "Keyboard shortcuts",
    group: "Help",
    shortcuts: ["F1"],
    disabledBecause: () => null,
    run: () => viewStore.setState({ shortcutsOpen: true }),
  },
];
