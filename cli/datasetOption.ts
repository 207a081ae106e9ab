/** `--dataset NAME|DIR|FILE[:key=value,…]`. */
import { resolve } from "node:path";
import type { TrainerHost } from "../engine/host/host.ts";
import { type DatasetReference, datasetReferenceSchema, describeFirstIssue } from "../engine/index.ts";
import { UsageError } from "./usageError.ts";

const named: Readonly<Record<string, DatasetReference>> = {
  mnist: { source: "mnist" },
  "fashion-mnist": { source: "fashionMnist" },
  "cifar-10": { source: "cifar10", directory: null },
  spiral: { source: "generated", pattern: "spiral", count: 600, noise: 0.02, seed: 1, classes: 3 },
  circles: { source: "generated", pattern: "circles", count: 600, noise: 0.05, seed: 1, classes: 2 },
  moons: { source: "generated", pattern: "moons", count: 600, noise: 0.1, seed: 1 },
  xor: { source: "generated", pattern: "xor", count: 600, noise: 0.05, seed: 1 },
};

export const DATASET_NAMES = Object.keys(named).join(", ");

/** `0.3` is a number, `32x32` a size, `null` nothing; all else is text. */
const readValue = (text: string): unknown => {
  if (text === "null") return null;
  const size = /^(\d+)x(\d+)$/.exec(text);
  if (size !== null) return [Number(size[1]), Number(size[2])];
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
};

const isText = (key: string): boolean => key === "label" || key === "labels" || key === "testFile";

/** What follows the colon: `label=price,task=regression`. */
const splitOptions = (text: string): { readonly subject: string; readonly options: Record<string, unknown> } => {
  const match = /^(.*?):((?:[A-Za-z]+=[^,]*)(?:,[A-Za-z]+=[^,]*)*)$/s.exec(text);
  if (match === null) return { subject: text, options: {} };
  const [, subject = "", rest = ""] = match;
  const options = rest.split(",").map((part): [string, unknown] => {
    const at = part.indexOf("=");
    const key = part.slice(0, at);
    const value = part.slice(at + 1);
    if (key === "testFile" || key === "labels") return [key, resolve(value)];
    return [key, isText(key) ? value : readValue(value)];
  });
  return { subject, options: Object.fromEntries(options) };
};

/** The reference of what the user wrote; paths are relative to where the command runs. */
export const readDatasetOption = async (
  text: string,
  host: Pick<TrainerHost, "recognizeDataset">,
): Promise<DatasetReference> => {
  const { subject, options } = splitOptions(text);
  const known = Object.hasOwn(named, subject.toLowerCase()) ? named[subject.toLowerCase()] : undefined;
  let reference = known;
  if (reference === undefined) {
    const recognized = await host.recognizeDataset(resolve(subject));
    if (!recognized.ok) {
      const names = recognized.error.type === "missing" ? ` Datasets with a name: ${DATASET_NAMES}.` : "";
      throw new UsageError(`--dataset: ${recognized.error.message}${names}`);
    }
    reference = recognized.value;
  }
  const changed = { ...reference, ...options };
  const checked = datasetReferenceSchema.safeParse(changed);
  if (checked.success) return checked.data;
  throw new UsageError(`--dataset ${subject}: ${describeFirstIssue(checked.error, changed)}.`);
};
