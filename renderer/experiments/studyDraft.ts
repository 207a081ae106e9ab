/** A study that has not begun yet: made from the open document, from an example, from a file, or from a study that was run. */
import {
  datasetTitle,
  describeParseError,
  expandStudy,
  type LayerscopeDocument,
  layerOf,
  parse,
  parseStudy,
  type Study,
  type StudyAxis,
  type StudyRun,
  serialize,
} from "../../engine/index.ts";
import { documentStore } from "../document/documentStore.ts";
import { placedDocument } from "../document/placedDocument.ts";
import { startingNetStore } from "../run/startingNet.ts";
import { exampleNamed } from "../start/examples.ts";
import { axisWords } from "./axisWords.ts";
import { type DraftNet, startProblem, withNet } from "./draftStart.ts";

export type Plan = Omit<Study, "document">;

export interface StudyDraft {
  readonly plan: Plan;
  readonly document: LayerscopeDocument;
  /** `mlp-bn`: where the document comes from. */
  readonly documentName: string;
  /** What it began as, to tell what was changed. */
  readonly source: string;
  /** The net that `plan.from` names; absent: none, or it is not here. */
  readonly net?: DraftNet;
}

/** The text that the host is given: the study with its document inside. */
export const draftText = ({ plan, document }: Pick<StudyDraft, "plan" | "document">): string =>
  `${JSON.stringify({ ...plan, document: JSON.parse(serialize(document)) }, null, 2)}\n`;

export type DraftCheck =
  | { readonly runs: readonly StudyRun[] }
  /** `axis`: which one it is about; null: the study. */
  | { readonly problem: string; readonly axis: number | null };

const axisIn = (problem: string): number | null => {
  const found = /axes\[(\d+)\]/.exec(problem)?.[1];
  return found === undefined ? null : Number(found);
};

/** Without the path in the study's file, which the place beside the field says. */
const plainSentence = (problem: string): string => {
  const text = problem
    .replace(/^Invalid study: /, "")
    .replace(/^axes\[\d+\](?:\.|: | )?/, "")
    .replace(/^\(normalization\) with "[a-z]+": /, "")
    .replace(/^values goes/, "the range goes")
    .replace(/axes\[(\d+)\]/g, (_, index: string) => `axis ${Number(index) + 1}`);
  return text.charAt(0).toUpperCase() + text.slice(1);
};

/** All runs, or the first sentence of what is wrong. */
export const checkDraft = (draft: StudyDraft): DraftCheck => {
  if (draft.plan.axes.length === 0) return { problem: "Add something to vary.", axis: null };
  const study = parseStudy(draftText(draft));
  if (!study.ok) return { problem: plainSentence(study.error), axis: axisIn(study.error) };
  const start = startProblem(draft);
  if (start !== null) return { problem: start, axis: null };
  const runs = expandStudy(study.value, draft.document);
  return runs.ok ? { runs: runs.value } : { problem: plainSentence(runs.error), axis: axisIn(runs.error) };
};

const START_STUDY = { format: "layerscope-study", version: 1 } as const;

export const normalizes = (document: LayerscopeDocument): boolean =>
  document.nodes.some(({ kind }) => layerOf(kind)?.family === "norm");

/** What a new study of a document varies: with and without its normalization over initial scales, or scales alone. */
const startAxes = (document: LayerscopeDocument): readonly StudyAxis[] => [
  { vary: "initializerScale", values: { from: 1, to: 0.0001, count: 9, scale: "log" } },
  ...(normalizes(document) ? [{ vary: "normalization" as const, values: ["batch" as const, "none" as const] }] : []),
];

/** What is varied, in words: `optimizer`, `initial scales`; null: with and without normalization. */
const variedWords = (axis: StudyAxis, nodes: LayerscopeDocument["nodes"]): string | null => {
  if (axis.vary === "normalization")
    return axis.values.length === 2 && axis.values.includes("none") ? null : "normalization";
  if (axis.vary === "initializerScale") return "initial scales";
  const title = axisWords(axis, nodes);
  if (axis.vary === "param" || axis.vary === "bypass") return title;
  return title.charAt(0).toLowerCase() + title.slice(1);
};

/** `mlp-bn: initial scales, with and without normalization`: what a study is called until the user calls it something else. */
const ownTitle = (
  { document, documentName }: Pick<StudyDraft, "document" | "documentName">,
  axes: readonly StudyAxis[],
): string => {
  const words = axes.map((axis) => variedWords(axis, document.nodes));
  const others = words.filter((each) => each !== null);
  const both = others.length < words.length ? "with and without normalization" : null;
  const last = others.at(-1);
  const listed = others.length < 2 ? (last ?? null) : `${others.slice(0, -1).join(", ")} and ${last ?? ""}`;
  return `${documentName}: ${[listed, both].filter((part) => part !== null).join(", ")}`;
};

/** The draft with other axes; a title that only says what was varied says what is varied now. */
export const withAxes = (draft: StudyDraft, axes: Plan["axes"]): StudyDraft => {
  const { plan } = draft;
  const title = plan.title === ownTitle(draft, plan.axes) ? ownTitle(draft, axes) : plan.title;
  return { ...draft, plan: { ...plan, axes, title } };
};

/** From the document's rate down to a hundredth of it: weights that have learnt want smaller steps. */
const tuningAxes = ({ training: { learningRate } }: LayerscopeDocument): readonly StudyAxis[] => [
  { vary: "learningRate", values: { from: learningRate, to: learningRate / 100, count: 5, scale: "log" } },
];

/** `net`: what its runs start from; null: initializers. */
export const newDraft = (
  document: LayerscopeDocument,
  documentName: string,
  net: DraftNet | null = null,
): StudyDraft => {
  const axes = net === null ? startAxes(document) : tuningAxes(document);
  const plan: Plan = {
    ...START_STUDY,
    title: ownTitle({ document, documentName }, axes),
    trainSamples: 1000,
    testSamples: 1000,
    training: { epochs: 10 },
    search: { by: "grid" },
    axes: [...axes],
  };
  return withNet({ plan, document, documentName, source: "new" }, net);
};

const lastPart = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;

const withoutExtension = (name: string): string => name.replace(/\.layerscope$/, "");

/** The document that a study names: inside it, an example's, or the one that is open. */
const documentOf = (
  study: Study,
  lack: string,
): { readonly document: LayerscopeDocument; readonly name: string } | string => {
  if (typeof study.document !== "string") {
    const inline = parse(JSON.stringify(study.document));
    return inline.ok
      ? { document: inline.value, name: "its own document" }
      : `The document inside the study: ${describeParseError(inline.error)}`;
  }
  const fileName = lastPart(study.document);
  const open = documentStore.getState();
  if (open.file.fileName === fileName && open.openedCount > 0) {
    return { document: placedDocument(), name: withoutExtension(fileName) };
  }
  const example = exampleNamed(fileName);
  const parsed = example === undefined ? null : parse(example.text);
  if (parsed?.ok) return { document: parsed.value, name: withoutExtension(fileName) };
  return `The study trains ${study.document}. ${lack} Open that document first, then the study.`;
};

const NOT_BESIDE = "It is another file, which can't be read from here.";

/** The text of a study file as a draft; the error is a sentence. `lack`: why the file that it names was not read. */
export const draftOf = (text: string, source: string, lack = NOT_BESIDE): StudyDraft | { readonly problem: string } => {
  const parsed = parseStudy(text);
  if (!parsed.ok) return { problem: parsed.error };
  const found = documentOf(parsed.value, lack);
  if (typeof found === "string") return { problem: found };
  const { document: _, ...plan } = parsed.value;
  const draft = { plan, document: found.document, documentName: found.name, source };
  const { net } = startingNetStore.getState();
  return net !== null && net.name === plan.from?.name ? withNet(draft, net) : draft;
};

/** Whether a text is meant as a study. */
export const isStudyText = (text: string): boolean => /^\s*\{[^{}[\]]*"format"\s*:\s*"layerscope-study"/.test(text);

/** `MNIST, first 1,000 images`: as the runs of a draft train. */
export const draftDataset = ({ plan, document }: StudyDraft): string => datasetTitle(plan.dataset ?? document.dataset);
