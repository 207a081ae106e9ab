/** A small dataset that a net can learn in a few steps: every class lights up another quarter of the image, with noise. */
import { type Dataset, measurePreprocessing, type Split } from "../../engine/data/dataset.ts";
import { createStream } from "../../engine/train/rng.ts";

export const BLOB_CLASSES = 4;
const SIDE = 8;

const blobSplit = (name: string, count: number): Split => {
  const random = createStream(1, `blobs:${name}`);
  const images = new Uint8Array(count * SIDE * SIDE);
  const labels = new Uint8Array(count);
  for (let n = 0; n < count; n++) {
    const label = Math.floor(BLOB_CLASSES * random());
    labels[n] = label;
    for (let h = 0; h < SIDE; h++) {
      for (let w = 0; w < SIDE; w++) {
        const isLit = Math.floor(h / 4) * 2 + Math.floor(w / 4) === label;
        images[(n * SIDE + h) * SIDE + w] = Math.floor((isLit ? 120 : 0) + 130 * random());
      }
    }
  }
  return { count, images, labels: { classes: labels } };
};

export const blobDataset = (trainCount: number, testCount: number): Dataset => {
  const train = blobSplit("train", trainCount);
  return {
    name: "blobs",
    shape: [1, SIDE, SIDE],
    classNames: ["a", "b", "c", "d"],
    train,
    test: blobSplit("test", testCount),
    preprocessing: measurePreprocessing(train.images, [1, SIDE, SIDE]),
  };
};
