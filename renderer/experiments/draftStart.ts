/** What the runs of a study that has not begun start from: a trained net, or initializers. */
import { compile, describeAnew, type LayerFit, layerFit, type StudyAxis } from "../../engine/index.ts";
import type { StartingNet } from "../run/startingNet.ts";
import type { StudyDraft } from "./studyDraft.ts";

/** What of a net a study needs. */
export type DraftNet = Pick<StartingNet, "name" | "text" | "program">;

/** Gradients are checked with weights that initializers draw. */
export const mayStartFromNet = ({ plan }: Pick<StudyDraft, "plan">): boolean => plan.measure !== "gradients";

/** The draft with this start; null: initializers. */
export const withNet = (draft: StudyDraft, net: DraftNet | null): StudyDraft => {
  const { net: _net, plan, ...rest } = draft;
  const { from: _from, ...anew } = plan;
  if (net === null || !mayStartFromNet(draft)) return { ...rest, plan: anew };
  return { ...rest, plan: { ...anew, from: { name: net.name } }, net };
};

/** Which layers of the document take weights of the net; null: it starts from none, or the document has errors. */
export const draftFit = ({ net, document }: Pick<StudyDraft, "net" | "document">): LayerFit | null => {
  if (net === undefined) return null;
  const { program } = compile(document, { plan: false });
  return program === null ? null : layerFit(program, net);
};

/** Why the study can't start from its net; null: it can, or starts from none. */
export const startProblem = (draft: StudyDraft): string | null => {
  const { from } = draft.plan;
  if (from === undefined) return null;
  if (draft.net === undefined)
    return `Its runs start from ${from.name}, which is not here. Choose it, or initializers.`;
  const fit = draftFit(draft);
  if (fit === null || fit.taken.length > 0) return null;
  const [first] = fit.anew;
  const why =
    first === undefined ? "The graph has no layer with weights." : `${first.name} ${describeAnew(first, from.name)}.`;
  return `No layer of the graph takes its weights from ${from.name}. ${why}`;
};

const INITIALIZERS: readonly StudyAxis["vary"][] = ["initializer", "initializerScale"];

/** Of an axis that changes nothing, for no layer starts from initializers; null: nothing is to be said. */
export const startWarning = (draft: StudyDraft, axis: StudyAxis): string | null => {
  const { from } = draft.plan;
  if (from === undefined || !INITIALIZERS.includes(axis.vary)) return null;
  const fit = draftFit(draft);
  return fit === null || fit.anew.length > 0
    ? null
    : `All layers start from ${from.name}: initializers change nothing. Vary the learning rate, or start from initializers.`;
};
