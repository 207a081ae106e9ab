/** A folder with a folder of pictures for each class, or with such folders in `train` and `test`. */
import type { DatasetReference } from "../document/schema.ts";
import { counted, formatCount, formatShape } from "../layer.ts";
import { err, ok, type Result } from "../result.ts";
import type { DatasetProblem, Split } from "./dataset.ts";
import type { DatasetFiles } from "./datasetFiles.ts";
import { decodePicture, isPictureName } from "./decodePicture.ts";
import { type Picture, writeSample } from "./image.ts";

export type ImageFolderReference = Extract<DatasetReference, { readonly source: "imageFolder" }>;

/** Labels are stored in a byte. */
const MAX_CLASSES = 256;
/** What a WebAssembly memory could hold at all. */
const MAX_BYTES = 3 * 1024 ** 3;

const TRAIN_NAMES = ["train", "training"];
const TEST_NAMES = ["test", "testing", "val", "valid", "validation"];

interface ClassFolder {
  readonly name: string;
  readonly paths: readonly string[];
}

interface SampleShape {
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
}

export interface ImageFolderData {
  readonly shape: SampleShape;
  readonly classNames: readonly string[];
  readonly train: Split;
  /** null: the folder has no test set of its own. */
  readonly test: Split | null;
}

const invalid = (message: string): Result<never, DatasetProblem> => err({ type: "invalid", message });

const listClasses = async (folder: string, files: DatasetFiles): Promise<readonly ClassFolder[]> => {
  const classes: ClassFolder[] = [];
  for (const { name, isFolder } of await files.list(folder)) {
    if (!isFolder || name.startsWith(".")) continue;
    const inside = files.join(folder, name);
    const pictures = (await files.list(inside)).filter((entry) => !entry.isFolder && isPictureName(entry.name));
    if (pictures.length > 0) classes.push({ name, paths: pictures.map((entry) => files.join(inside, entry.name)) });
  }
  return classes;
};

/** The folders of the training and the test set; the latter null when they are in one. */
const findParts = async (
  folder: string,
  files: DatasetFiles,
): Promise<{ readonly train: string; readonly test: string | null }> => {
  const folders = (await files.list(folder)).filter((entry) => entry.isFolder).map(({ name }) => name);
  const named = (names: readonly string[]): string | undefined =>
    folders.find((name) => names.includes(name.toLowerCase()));
  const train = named(TRAIN_NAMES);
  const test = named(TEST_NAMES);
  if (train === undefined || test === undefined) return { train: folder, test: null };
  return { train: files.join(folder, train), test: files.join(folder, test) };
};

const readPicture = async (path: string, files: DatasetFiles): Promise<Result<Picture, DatasetProblem>> => {
  const decoded = await decodePicture(await files.read(path), (bytes) => files.inflate(bytes, "zlib"));
  return decoded.ok ? decoded : invalid(`${path} cannot be used: ${decoded.error}.`);
};

/** Every picture once, to know what they have in common; only where the reference leaves it open. */
const findShape = async (
  reference: ImageFolderReference,
  paths: readonly string[],
  files: DatasetFiles,
): Promise<Result<SampleShape, DatasetProblem>> => {
  const { size, channels } = reference;
  const [firstPath = ""] = paths;
  const first = await readPicture(firstPath, files);
  if (!first.ok) return first;
  const [height, width] = size ?? [first.value.height, first.value.width];
  if (channels !== null) return ok({ channels, height, width });
  for (const path of paths) {
    const picture = await readPicture(path, files);
    if (!picture.ok) return picture;
    if (picture.value.channels === 3) return ok({ channels: 3, height, width });
  }
  return ok({ channels: 1, height, width });
};

const readSplit = async (
  classes: readonly ClassFolder[],
  classNames: readonly string[],
  shape: SampleShape,
  resizes: boolean,
  files: DatasetFiles,
): Promise<Result<Split, DatasetProblem>> => {
  const size = shape.channels * shape.height * shape.width;
  const count = classes.reduce((sum, { paths }) => sum + paths.length, 0);
  if (count * size > MAX_BYTES) {
    return invalid(
      `${counted(count, "picture")} of ${formatShape([shape.channels, shape.height, shape.width])} take ${formatCount(Math.ceil((count * size) / 1024 ** 2))} MB; ${formatCount(MAX_BYTES / 1024 ** 2)} fit. Set a smaller size.`,
    );
  }
  const images = new Uint8Array(count * size);
  const labels = new Uint8Array(count);
  let sample = 0;
  for (const { name, paths } of classes) {
    for (const path of paths) {
      const picture = await readPicture(path, files);
      if (!picture.ok) return picture;
      const { height, width } = picture.value;
      if (!resizes && (height !== shape.height || width !== shape.width)) {
        return invalid(
          `${path} has ${height}×${width} pixels, the first picture ${shape.height}×${shape.width}. Set a size that all are brought to.`,
        );
      }
      writeSample(picture.value, shape, images.subarray(sample * size, (sample + 1) * size));
      labels[sample] = classNames.indexOf(name);
      sample++;
    }
  }
  return ok({ count, images, labels: { classes: labels } });
};

export const readImageFolder = async (
  reference: ImageFolderReference,
  files: DatasetFiles,
): Promise<Result<ImageFolderData, DatasetProblem>> => {
  const { directory, size } = reference;
  const parts = await findParts(directory, files);
  const classes = await listClasses(parts.train, files);
  const testClasses = parts.test === null ? [] : await listClasses(parts.test, files);
  const classNames = classes.map(({ name }) => name);
  if (classNames.length < 2) {
    return invalid(
      `${parts.train} has ${counted(classNames.length, "folder")} with PNG or JPEG files; one folder for each of 2 classes or more is expected.`,
    );
  }
  if (classNames.length > MAX_CLASSES) {
    return invalid(
      `${parts.train} has ${counted(classNames.length, "class folder")}; at most ${MAX_CLASSES} are read.`,
    );
  }
  const unknown = testClasses.find(({ name }) => !classNames.includes(name));
  if (unknown !== undefined) {
    return invalid(`${parts.test} has the class folder "${unknown.name}", which ${parts.train} has not.`);
  }
  const allPaths = [...classes, ...testClasses].flatMap(({ paths }) => paths);
  const shape = await findShape(reference, allPaths, files);
  if (!shape.ok) return shape;
  const train = await readSplit(classes, classNames, shape.value, size !== null, files);
  if (!train.ok) return train;
  const test = await readSplit(testClasses, classNames, shape.value, size !== null, files);
  if (!test.ok) return test;
  return ok({
    shape: shape.value,
    classNames,
    train: train.value,
    test: test.value.count === 0 ? null : test.value,
  });
};
