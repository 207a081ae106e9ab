/** Datasets of IDX files: MNIST's four, or any pair of images and labels. */
import { counted, elementsOf, formatShape } from "../layer.ts";
import { err, ok, type Result } from "../result.ts";
import { type Dataset, type DatasetProblem, measurePreprocessing, type Split } from "./dataset.ts";
import { identifyDataset } from "./datasets.ts";
import { type IdxImages, type IdxLabels, parseIdxImages, parseIdxLabels } from "./idx.ts";

export type DatasetPart = "trainImages" | "trainLabels" | "testImages" | "testLabels";

/** The four files of a dataset in MNIST's layout, as read. */
export type IdxFiles = Readonly<Record<DatasetPart, { readonly fileName: string; readonly bytes: Uint8Array }>>;

export const pairSplit = (part: string, images: IdxImages, labels: IdxLabels): Result<Split, DatasetProblem> =>
  images.count === labels.count
    ? ok({ count: images.count, images: images.bytes, labels: { classes: labels.labels } })
    : err({
        type: "invalid",
        message: `The ${part} set has ${counted(images.count, "image")} but ${counted(labels.count, "label")}.`,
      });

/** Parses the four files of a dataset and checks that they fit each other. */
export const parseDataset = (folderName: string, files: IdxFiles): Result<Dataset, DatasetProblem> => {
  const trainImages = parseIdxImages(files.trainImages.bytes, files.trainImages.fileName);
  if (!trainImages.ok) return err({ type: "invalid", message: trainImages.error.message });
  const trainLabels = parseIdxLabels(files.trainLabels.bytes, files.trainLabels.fileName);
  if (!trainLabels.ok) return err({ type: "invalid", message: trainLabels.error.message });
  const testImages = parseIdxImages(files.testImages.bytes, files.testImages.fileName);
  if (!testImages.ok) return err({ type: "invalid", message: testImages.error.message });
  const testLabels = parseIdxLabels(files.testLabels.bytes, files.testLabels.fileName);
  if (!testLabels.ok) return err({ type: "invalid", message: testLabels.error.message });
  const train = pairSplit("training", trainImages.value, trainLabels.value);
  if (!train.ok) return train;
  const test = pairSplit("test", testImages.value, testLabels.value);
  if (!test.ok) return test;
  const { shape } = trainImages.value;
  if (formatShape(shape) !== formatShape(testImages.value.shape)) {
    return err({
      type: "invalid",
      message: `Training images are ${formatShape(shape)} but test images are ${formatShape(testImages.value.shape)}.`,
    });
  }
  if (train.value.count === 0 || test.value.count === 0 || elementsOf(shape) === 0) {
    return err({
      type: "invalid",
      message: `The dataset is empty: ${counted(train.value.count, "training image")} and ${counted(test.value.count, "test image")} of ${formatShape(shape)}.`,
    });
  }
  const known = identifyDataset(trainLabels.value.labels, testLabels.value.labels);
  let largestLabel = 0;
  for (const label of trainLabels.value.labels) if (label > largestLabel) largestLabel = label;
  for (const label of testLabels.value.labels) if (label > largestLabel) largestLabel = label;
  return ok({
    name: known?.name ?? folderName,
    shape,
    classNames: known?.classNames ?? Array.from({ length: largestLabel + 1 }, (_, label) => String(label)),
    train: train.value,
    test: test.value,
    preprocessing: measurePreprocessing(train.value.images, shape),
  });
};
