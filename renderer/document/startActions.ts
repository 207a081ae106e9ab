/** What the next run starts from: a trained net out of a file, or initializers. */
import { describeAnew, isModelText, type LayerFit } from "../../engine/index.ts";
import { getShell } from "../app/shellAccess.ts";
import { notify } from "../app/viewStore.ts";
import { formatCount } from "../charts/format.ts";
import { counted } from "../run/runWords.ts";
import { readStartingNet, setStartingNet, startFromNet, startingFit } from "../run/startingNet.ts";
import { documentStore } from "./documentStore.ts";

/** `4 of 5 layers take their weights from it; fc2 starts anew: its weight is 10×100 in lenet.model.json, 10×84 here.` */
const fitWords = (fit: LayerFit | null, name: string): string => {
  if (fit === null) return "Layers that it fits take their weights.";
  const total = fit.taken.length + fit.anew.length;
  const [first, ...others] = fit.anew;
  if (first === undefined) return `All ${counted(total, "layer")} take their weights from it.`;
  const more = others.length === 0 ? "" : `, and ${formatCount(others.length)} more`;
  return `${fit.taken.length} of ${counted(total, "layer")} take their weights from it; ${first.name} ${describeAnew(first, name)}${more}.`;
};

/** Has the user choose the trained net that runs of the open document start from. */
export const chooseStartingNet = async (): Promise<void> => {
  const { openedCount } = documentStore.getState();
  const outcome = await getShell().openFile();
  const refused = (fileName: string, text: string): void =>
    notify({ tone: "error", title: `Runs can’t start from ${fileName}`, text });
  if (outcome.status === "failed") refused("this file", outcome.problem.message);
  if (outcome.status !== "done" || documentStore.getState().openedCount !== openedCount) return;
  const { fileName, text } = outcome.value;
  if (!isModelText(text)) {
    refused(fileName, "It holds no trained net: that is a .model.json file, as Export the trained net… writes it.");
    return;
  }
  const read = readStartingNet(outcome.value, false);
  if (!read.ok) return refused(fileName, read.error);
  const fit = startingFit(documentStore.getState().compiled.program, read.value);
  const [first] = fit?.anew ?? [];
  if (fit !== null && fit.taken.length === 0) {
    const why =
      first === undefined ? "The graph has no layer with weights." : `${first.name} ${describeAnew(first, fileName)}.`;
    return refused(fileName, `No layer of the graph takes its weights. ${why}`);
  }
  setStartingNet(read.value);
  notify({
    tone: "info",
    isPassing: true,
    title: `Runs start from ${fileName}`,
    text: fitWords(fit, fileName),
    actions: [{ label: "Start from initializers", run: () => startFromNet(false) }],
  });
};
