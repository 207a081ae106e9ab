/**
 * The binary version of CIFAR-10 (Krizhevsky 2009): records of 3,073 bytes, one label and 32×32 pixels of red, then green, then blue, row
 * by row. That is channels first already.
 */
import { counted, formatCount, type Shape } from "../layer.ts";
import { err, ok, type Result } from "../result.ts";
import type { DatasetProblem, Split } from "./dataset.ts";

export const CIFAR_SHAPE: Shape = [3, 32, 32];
const PIXEL_BYTES = 3 * 32 * 32;
const RECORD_BYTES = 1 + PIXEL_BYTES;
const NUM_CLASSES = 10;

export const CIFAR_TRAIN_FILES = [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`);
export const CIFAR_TEST_FILE = "test_batch.bin";
/** The archive unpacks into a folder of its own; either is taken. */
export const CIFAR_INNER_FOLDER = "cifar-10-batches-bin";
/** Class names, one a line; without it those of CIFAR-10. */
export const CIFAR_NAMES_FILE = "batches.meta.txt";

export interface NamedBytes {
  readonly fileName: string;
  readonly bytes: Uint8Array;
}

/** The records of several files, one after the other. */
export const parseCifarFiles = (files: readonly NamedBytes[]): Result<Split, DatasetProblem> => {
  for (const { fileName, bytes } of files) {
    if (bytes.length === 0 || bytes.length % RECORD_BYTES !== 0) {
      return err({
        type: "invalid",
        message: `${fileName} has ${counted(bytes.length, "byte")}; CIFAR-10's binary files hold records of ${formatCount(RECORD_BYTES)} bytes.`,
      });
    }
  }
  const count = files.reduce((sum, { bytes }) => sum + bytes.length / RECORD_BYTES, 0);
  const images = new Uint8Array(count * PIXEL_BYTES);
  const classes = new Uint8Array(count);
  let sample = 0;
  for (const { fileName, bytes } of files) {
    for (let at = 0; at < bytes.length; at += RECORD_BYTES) {
      const label = bytes[at] as number;
      if (label >= NUM_CLASSES) {
        return err({
          type: "invalid",
          message: `${fileName}: record ${formatCount(at / RECORD_BYTES + 1)} has label ${label}; CIFAR-10 has labels 0 to ${NUM_CLASSES - 1}.`,
        });
      }
      classes[sample] = label;
      images.set(bytes.subarray(at + 1, at + RECORD_BYTES), sample * PIXEL_BYTES);
      sample++;
    }
  }
  return ok({ count, images, labels: { classes } });
};

/** The names of a `batches.meta.txt`, or null where it has not ten of them. */
export const parseCifarNames = (text: string): readonly string[] | null => {
  const names = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return names.length === NUM_CLASSES ? names : null;
};
