/** What tells the dataset of a run from another. */
import type { Dataset } from "../data/dataset.ts";
import { datasetFingerprint } from "../data/fingerprint.ts";
import { counted, formatCount } from "../layer.ts";
import type { Checkpoint } from "./checkpoint.ts";

export const identityOf = (dataset: Dataset): Checkpoint["dataset"] => ({
  name: dataset.name,
  trainCount: dataset.train.count,
  testCount: dataset.test.count,
  fingerprint: datasetFingerprint(dataset),
});

/** A resumed run on other samples would be neither the old run nor a new one. */
export const differentDataset = (began: Checkpoint["dataset"], found: Checkpoint["dataset"]): string | null => {
  if (began.fingerprint === found.fingerprint) return null;
  const words = ({ name, trainCount, testCount }: Checkpoint["dataset"]): string =>
    `${name} with ${formatCount(trainCount)} training and ${counted(testCount, "test sample")}`;
  const contents = words(began) === words(found) ? ", with other contents" : "";
  return `The run began on ${words(began)}; the dataset is ${words(found)} now${contents}. Bring the old one back, or train anew.`;
};
