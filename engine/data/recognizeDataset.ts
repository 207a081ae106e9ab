/** Which dataset a file or folder is that the user has chosen. */
import type { DatasetReference } from "../document/schema.ts";
import { err, messageOf, ok, type Result } from "../result.ts";
import { CIFAR_INNER_FOLDER, CIFAR_TEST_FILE, CIFAR_TRAIN_FILES } from "./cifar.ts";
import type { DatasetProblem } from "./dataset.ts";
import type { DatasetFiles } from "./datasetFiles.ts";
import { idxFileNames } from "./datasets.ts";
import { isPictureName } from "./decodePicture.ts";

const TEST_SHARE = 0.2;

const csvReference = (file: string): DatasetReference => ({
  source: "csv",
  file,
  testFile: null,
  label: null,
  task: "classification",
  header: "detect",
  testShare: TEST_SHARE,
});

/** `train-images-idx3-ubyte` → `train-labels-idx1-ubyte`: the usual names of a pair. */
const labelsNameOf = (imagesName: string): string => imagesName.replace("images", "labels").replace("idx3", "idx1");

const recognizeFile = async (file: string, files: DatasetFiles): Promise<Result<DatasetReference, DatasetProblem>> => {
  const name = files.nameOf(file);
  if (/\.(csv|tsv|txt|data)(\.gz)?$/i.test(name)) return ok(csvReference(file));
  const labels = file.slice(0, file.length - name.length) + labelsNameOf(name);
  if (/idx\d?-ubyte|\.idx/i.test(name) && labels !== file && (await files.kindOf(labels)) === "file") {
    return ok({ source: "idxPair", images: file, labels, testShare: TEST_SHARE });
  }
  return err({
    type: "invalid",
    message: `${file} is no dataset that is known: a table (.csv, .tsv), or an IDX file of images beside its labels, ${labelsNameOf("images-idx3-ubyte")} for images-idx3-ubyte.`,
  });
};

/** Some folder below holds pictures, at most two levels down. */
const holdsPictures = async (folder: string, files: DatasetFiles, levels: number): Promise<boolean> => {
  for (const { name, isFolder } of await files.list(folder)) {
    if (!isFolder || name.startsWith(".")) continue;
    const inside = files.join(folder, name);
    const entries = await files.list(inside);
    if (entries.some((entry) => !entry.isFolder && isPictureName(entry.name))) return true;
    if (levels > 1 && (await holdsPictures(inside, files, levels - 1))) return true;
  }
  return false;
};

const recognizeFolder = async (
  folder: string,
  files: DatasetFiles,
): Promise<Result<DatasetReference, DatasetProblem>> => {
  const entries = await files.list(folder);
  const names = new Set(entries.map(({ name }) => name));
  if (names.has(CIFAR_INNER_FOLDER) || [...CIFAR_TRAIN_FILES, CIFAR_TEST_FILE].some((name) => names.has(name))) {
    return ok({ source: "cifar10", directory: folder });
  }
  const idxNames = Object.values(idxFileNames).flat();
  if (idxNames.some((name) => names.has(name) || names.has(`${name}.gz`))) {
    return ok({ source: "idx", directory: folder });
  }
  if (await holdsPictures(folder, files, 2)) {
    return ok({ source: "imageFolder", directory: folder, size: null, channels: null, testShare: TEST_SHARE });
  }
  const tables = entries.filter(({ name, isFolder }) => !isFolder && /\.(csv|tsv)$/i.test(name));
  const [table] = tables;
  if (tables.length === 1 && table !== undefined) return ok(csvReference(files.join(folder, table.name)));
  return err({
    type: "invalid",
    message: `${folder} holds no dataset that is known: MNIST's IDX files, CIFAR-10's data_batch_1.bin to 5, a folder of pictures for each class, or one table (.csv, .tsv).`,
  });
};

/** The reference of a chosen path, with its options as they usually are. Never rejects. */
export const recognizeDataset = async (
  path: string,
  files: DatasetFiles,
): Promise<Result<DatasetReference, DatasetProblem>> => {
  try {
    const kind = await files.kindOf(path);
    if (kind === null) return err({ type: "missing", message: `${path} does not exist.` });
    return await (kind === "file" ? recognizeFile(path, files) : recognizeFolder(path, files));
  } catch (error) {
    const reason = messageOf(error);
    return err({ type: "unreadable", message: `${path} cannot be read: ${reason}` });
  }
};
