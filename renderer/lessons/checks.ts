/** What checkpoints are made of. Each says with the user's numbers what it found, or what is missing. */
import { counted, formatShape, layerOf, optimizers, type TrainingSettings } from "../../engine/index.ts";
import { formatCount, formatSetting } from "../charts/format.ts";
import type { LessonMoment } from "./lesson.ts";
import { isMeasured, type LessonRun, type Setup, setupOf } from "./lessonRun.ts";

/** What a setup lacks, in a sentence; null: it is as wished. */
export type Wish = (setup: Setup) => string | null;

/** `bn3`, `bn3 and bn5`, `bn1, bn3 and bn5`. */
export const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;

const isAre = (names: readonly string[]): string => (names.length === 1 ? "is" : "are");

export const isNorm = (kind: string): boolean => layerOf(kind)?.family === "norm";

export const normsOf = ({ layers }: Setup): readonly string[] =>
  layers.filter(({ kind }) => isNorm(kind)).map(({ id }) => id);

export const all =
  (...wishes: readonly Wish[]): Wish =>
  (setup) => {
    for (const wish of wishes) {
      const lack = wish(setup);
      if (lack !== null) return lack;
    }
    return null;
  };

export const withoutNorms: Wish = (setup) => {
  const norms = normsOf(setup);
  return norms.length === 0
    ? null
    : `${listed(norms)} ${isAre(norms)} still in the net. Bypass ${norms.length === 1 ? "it" : "them"}.`;
};

/** A layer of the kind comes right after each of the nodes. */
export const normAfter =
  (kind: string, nodeIds: readonly string[]): Wish =>
  ({ layers }) => {
    const lacking = nodeIds.filter((nodeId) => {
      const at = layers.findIndex(({ id }) => id === nodeId);
      return layers[at + 1]?.kind !== kind;
    });
    const title = layerOf(kind)?.title ?? kind;
    return lacking.length === 0 ? null : `No ${title} works after ${listed(lacking)}.`;
  };

/** The net has these, and they are not bypassed. */
export const takingIn =
  (nodeIds: readonly string[]): Wish =>
  ({ layers }) => {
    const out = nodeIds.filter((nodeId) => !layers.some(({ id }) => id === nodeId));
    return out.length === 0 ? null : `${listed(out)} ${isAre(out)} still bypassed.`;
  };

export const leavingOut =
  (nodeIds: readonly string[]): Wish =>
  ({ layers }) => {
    const still = nodeIds.filter((nodeId) => layers.some(({ id }) => id === nodeId));
    return still.length === 0 ? null : `${listed(still)} ${isAre(still)} still in the net.`;
  };

/** A setting of the training: `lack` says what it is and what it should be. */
export const training =
  (isWished: (settings: TrainingSettings) => boolean, lack: (settings: TrainingSettings) => string): Wish =>
  (setup) =>
    isWished(setup.training) ? null : lack(setup.training);

export const optimizerTitle = ({ optimizer }: TrainingSettings): string => optimizers[optimizer.name].title;

/** `SGD at 0.01`. */
export const rateWords = (settings: TrainingSettings): string =>
  `${optimizerTitle(settings)} at ${formatSetting(settings.learningRate)}`;

const progressWords = ({ step, totalSteps, epochs, training: { epochs: planned } }: LessonRun): string =>
  planned === 1
    ? `Training: an epoch has ${counted(totalSteps, "step")}.`
    : `Training: ${formatCount(epochs)} of ${counted(planned, "epoch")} ${epochs === 1 ? "has" : "have"} ended.${step < totalSteps ? "" : " Measuring."}`;

/** The newest run of such a setup that has been measured, or what is missing for one. */
export const measured = (
  { compiled, document, runs }: LessonMoment,
  wish: Wish,
): { readonly run: LessonRun } | { readonly lack: string } => {
  const run = runs.findLast((each) => isMeasured(each) && wish(each) === null);
  if (run !== undefined) return { run };
  const last = runs.at(-1);
  if (last?.outcome === "running" && wish(last) === null) return { lack: progressWords(last) };
  const setup = setupOf(compiled, document.training);
  if (setup === null) {
    const [problem] = compiled.diagnostics.filter(({ severity }) => severity === "error");
    return { lack: `The net can’t train yet. ${problem?.message ?? ""}`.trim() };
  }
  const lack = wish(setup);
  if (lack !== null) return { lack };
  if (last?.outcome === "running") return { lack: "The run under way trains the net before the last edit." };
  if (last !== undefined && wish(last) === null && last.testScore === null)
    return { lack: `The last run ended after ${counted(last.step, "step")}, before an epoch was over.` };
  return { lack: "Everything is set. Train now." };
};

/** The document's setup, or why there is none. */
export const setupNow = ({
  compiled,
  document,
}: LessonMoment): { readonly setup: Setup } | { readonly lack: string } => {
  const setup = setupOf(compiled, document.training);
  if (setup !== null) return { setup };
  const [problem] = compiled.diagnostics.filter(({ severity }) => severity === "error");
  return { lack: problem?.message ?? "The net has an error." };
};

/** The one node that is selected, or a sentence for none or several. */
export const selectedOne = ({
  selectedNodeIds,
}: LessonMoment): { readonly nodeId: string } | { readonly lack: string } => {
  const [nodeId] = selectedNodeIds;
  if (nodeId === undefined) return { lack: "No layer is selected." };
  return selectedNodeIds.length === 1
    ? { nodeId }
    : { lack: `${formatCount(selectedNodeIds.length)} layers are selected; select one.` };
};

/** `6×14×14`, of what a node takes and gives. */
export const shapesOf = (
  { compiled }: LessonMoment,
  nodeId: string,
): { readonly input: readonly number[]; readonly output: readonly number[]; readonly words: string } | null => {
  const facts = compiled.facts.get(nodeId);
  const [input] = facts?.inputShapes ?? [];
  const output = facts?.outputShape ?? null;
  if (input === undefined || input === null || output === null) return null;
  return { input, output, words: `takes ${formatShape(input)} and gives ${formatShape(output)}` };
};
