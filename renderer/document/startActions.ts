/** What the next run starts from: a trained net out of a file, or initializers. */
import { describeAnew, isModelText, type LayerFit } from "../../engine/index.ts";
import { getShell } from "../app/shellAccess.ts";
import { type Notice, notify, viewStore } from "../app/viewStore.ts";
import { formatCount } from "../charts/format.ts";
import { readStartingNet, type StartingNet, setStartingNet, startFromNet, startingFit } from "../run/startingNet.ts";
import { takersWords } from "../run/startWords.ts";
import type { FileOutcome } from "../shell/shell.ts";
import { documentStore } from "./documentStore.ts";
import { openNet } from "./fileActions.ts";

/** `4 of 5 layers take their weights from it; fc2 starts anew: its weight is 10×100 in lenet.model.json, 10×84 here.` */
export const fitWords = (fit: LayerFit | null, name: string): string => {
  if (fit === null) return "Layers that it fits take their weights.";
  const [first, ...others] = fit.anew;
  if (first === undefined) return `${takersWords(fit)}.`;
  const more = others.length === 0 ? "" : `, and ${formatCount(others.length)} more`;
  return `${takersWords(fit)}; ${first.name} ${describeAnew(first, name)}${more}.`;
};

const refused = (name: string, text: string, actions: Notice["actions"] = []): void =>
  notify({ tone: "error", title: `Runs can’t start from ${name}`, text, actions });

const tell = ({ name }: StartingNet, fit: LayerFit | null): void =>
  notify({
    tone: "info",
    isPassing: true,
    title: `Runs start from ${name}`,
    text: fitWords(fit, name),
    actions: [{ label: "Start from initializers", run: () => startFromNet(false) }],
  });

/** Has runs of the open document start from a net; why they can't where none of its layers takes any weights, and then what can be done. */
const startFrom = (net: StartingNet, actions: Notice["actions"] = []): boolean => {
  const fit = startingFit(documentStore.getState().compiled.program, net);
  const [first] = fit?.anew ?? [];
  if (fit !== null && fit.taken.length === 0) {
    const why =
      first === undefined ? "The graph has no layer with weights." : `${first.name} ${describeAnew(first, net.name)}.`;
    refused(net.name, `No layer of the graph takes its weights. ${why}`, actions);
    return false;
  }
  setStartingNet(net);
  tell(net, fit);
  return true;
};

/** Has the user choose a trained net; what is none is refused with the reason. null: none was chosen. */
export const chooseNet = async (): Promise<StartingNet | null> => {
  const outcome = await getShell().openFile();
  if (outcome.status === "failed") refused("this file", outcome.problem.message);
  if (outcome.status !== "done") return null;
  const { fileName, text } = outcome.value;
  if (!isModelText(text)) {
    refused(fileName, "It holds no trained net: that is a .model.json file, as Export the trained net… writes it.");
    return null;
  }
  const read = await readStartingNet(outcome.value, false);
  if (read.ok) return read.value;
  refused(fileName, read.error);
  return null;
};

/** Has the user choose the trained net that runs of the open document start from. */
export const chooseStartingNet = async (): Promise<void> => {
  const { openedCount } = documentStore.getState();
  const net = await chooseNet();
  if (net !== null && documentStore.getState().openedCount === openedCount) startFrom(net);
};

/**
 * Has runs of the open document start from the net of a run, and shows the canvas, where the next one begins. A window whose document is empty
 * takes that of the net, too. `title`: of the run.
 */
export const startFromRunNet = async (
  title: string,
  read: () => Promise<FileOutcome<{ text: string }>>,
): Promise<void> => {
  const { openedCount } = documentStore.getState();
  const name = `run ${title}`;
  const outcome = await read();
  if (outcome.status === "failed") refused(name, outcome.problem.message);
  if (outcome.status !== "done" || documentStore.getState().openedCount !== openedCount) return;
  const net = await readStartingNet({ text: outcome.value.text, fileName: name, handle: "", version: "" }, false);
  if (documentStore.getState().openedCount !== openedCount) return;
  if (!net.ok) return refused(name, net.error);
  const openToo = async (): Promise<void> => {
    if (!(await openNet(net.value, title))) return;
    viewStore.setState({ editorView: "canvas" });
    tell(net.value, startingFit(documentStore.getState().compiled.program, net.value));
  };
  if (documentStore.getState().document.nodes.length === 0) return openToo();
  const { view, editorView } = viewStore.getState();
  // A notice of what was done here goes with the view.
  viewStore.setState({ view: "editor", editorView: "canvas" });
  if (!startFrom(net.value, [{ label: "Open its document, too", run: () => void openToo() }])) {
    viewStore.setState({ view, editorView });
  }
};
