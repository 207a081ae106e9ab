/** Reads the dataset that a reference describes, on whatever platform the files are. */
import { datasetTitle } from "../document/datasetReference.ts";
import type { DatasetReference } from "../document/schema.ts";
import { formatCount, formatShape, type Shape } from "../layer.ts";
import { err, messageOf, ok, type Result } from "../result.ts";
import {
  CIFAR_INNER_FOLDER,
  CIFAR_NAMES_FILE,
  CIFAR_SHAPE,
  CIFAR_TEST_FILE,
  CIFAR_TRAIN_FILES,
  type NamedBytes,
  parseCifarFiles,
  parseCifarNames,
} from "./cifar.ts";
import { featureNamesOf, parseCsv } from "./csv.ts";
import { decodeTable } from "./csvTable.ts";
import { type Dataset, type DatasetProblem, measurePreprocessing, type Split } from "./dataset.ts";
import type { DatasetFiles, RandomSource } from "./datasetFiles.ts";
import { cifar10, idxFileNames } from "./datasets.ts";
import { generateSplits, numGeneratedClasses } from "./generated.ts";
import { parseIdxImages, parseIdxLabels } from "./idx.ts";
import { type DatasetPart, type IdxFiles, pairSplit, parseDataset } from "./idxDataset.ts";
import { readImageFolder } from "./imageFolder.ts";
import { countOfShare, setApart } from "./splits.ts";

export interface DatasetAccess {
  readonly files: DatasetFiles;
  readonly random: RandomSource;
}

type ReferenceOf<S extends DatasetReference["source"]> = Extract<DatasetReference, { readonly source: S }>;
type Loaded = Promise<Result<Dataset, DatasetProblem>>;

/** The test part of a set in one piece is the same for every document and run. */
const TEST_SEED = 1;

const invalid = (message: string): Result<never, DatasetProblem> => err({ type: "invalid", message });

const dataset = (
  call: Pick<Dataset, "name" | "shape" | "classNames" | "featureNames" | "train" | "test">,
): Result<Dataset, DatasetProblem> =>
  ok({ ...call, preprocessing: measurePreprocessing(call.train.images, call.shape) });

/** Sets the test part apart where the set has none of its own. */
const withTest = (
  call: Pick<Dataset, "name" | "shape" | "classNames" | "featureNames"> & {
    readonly all: Split;
    readonly testShare: number;
  },
  { random }: DatasetAccess,
): Result<Dataset, DatasetProblem> => {
  const { all, testShare, ...rest } = call;
  if (all.count < 2) {
    return invalid(`${call.name} has ${formatCount(all.count)} sample; training and test need one each.`);
  }
  const uniform = random.uniform(TEST_SEED, "dataset:test");
  const parts = setApart(all, call.shape, countOfShare(testShare, all.count), uniform);
  return dataset({ ...rest, train: parts.rest, test: parts.apart });
};

/** The first of the names that a folder has, plain or with .gz. */
const findFile = async (folder: string, names: readonly string[], files: DatasetFiles): Promise<string | null> => {
  for (const name of names) {
    for (const candidate of [name, `${name}.gz`]) {
      if ((await files.kindOf(files.join(folder, candidate))) === "file") return candidate;
    }
  }
  return null;
};

/** The content of a file, unpacked if it is a .gz. */
const readUnpacked = async (path: string, files: DatasetFiles): Promise<NamedBytes> => {
  const bytes = await files.read(path);
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const fileName = files.nameOf(path);
  if (!isPacked && !path.endsWith(".gz")) return { fileName, bytes };
  try {
    return { fileName, bytes: await files.inflate(bytes, "gzip") };
  } catch (error) {
    throw new Error(`${fileName} is no whole .gz file (${messageOf(error)}).`);
  }
};

const missingFolder = (directory: string, reference: DatasetReference, files: DatasetFiles): DatasetProblem => ({
  type: "missing",
  message: `The dataset folder ${directory} does not exist. ${files.adviceOn(reference)}`.trimEnd(),
});

const loadIdxFolder = async (
  directory: string,
  name: string,
  reference: DatasetReference,
  { files }: DatasetAccess,
): Loaded => {
  if ((await files.kindOf(directory)) !== "folder") return err(missingFolder(directory, reference, files));
  const parts = ["trainImages", "trainLabels", "testImages", "testLabels"] as const;
  const found = new Map<DatasetPart, string>();
  const missing: string[] = [];
  for (const part of parts) {
    const file = await findFile(directory, idxFileNames[part], files);
    if (file === null) missing.push(idxFileNames[part][0]);
    else found.set(part, file);
  }
  if (missing.length > 0) {
    return err({
      type: "missing",
      message:
        `${directory} has no ${missing.join(", ")}, neither plain nor as .gz. ${files.adviceOn(reference)}`.trimEnd(),
    });
  }
  const read = (part: DatasetPart): Promise<IdxFiles[DatasetPart]> =>
    readUnpacked(files.join(directory, found.get(part) ?? ""), files);
  const parsed = parseDataset(name, {
    trainImages: await read("trainImages"),
    trainLabels: await read("trainLabels"),
    testImages: await read("testImages"),
    testLabels: await read("testLabels"),
  });
  return parsed.ok ? parsed : err({ ...parsed.error, message: `${directory}: ${parsed.error.message}` });
};

const numbersBelow = (count: number): string[] => Array.from({ length: count }, (_, label) => String(label));

const loadIdxPair = async (reference: ReferenceOf<"idxPair">, access: DatasetAccess): Loaded => {
  const { files } = access;
  const imagesFile = await readUnpacked(reference.images, files);
  const labelsFile = await readUnpacked(reference.labels, files);
  const images = parseIdxImages(imagesFile.bytes, imagesFile.fileName);
  if (!images.ok) return invalid(images.error.message);
  const labels = parseIdxLabels(labelsFile.bytes, labelsFile.fileName);
  if (!labels.ok) return invalid(labels.error.message);
  const all = pairSplit("data", images.value, labels.value);
  if (!all.ok) return invalid(`${imagesFile.fileName}, ${labelsFile.fileName}: ${all.error.message}`);
  const { shape } = images.value;
  if (shape.includes(0)) return invalid(`${imagesFile.fileName} has images of ${formatShape(shape)}: no values.`);
  const numClasses = labels.value.labels.reduce((largest, label) => Math.max(largest, label), 0) + 1;
  return withTest(
    {
      name: datasetTitle(reference),
      shape,
      classNames: numbersBelow(numClasses),
      all: all.value,
      testShare: reference.testShare,
    },
    access,
  );
};

const loadCifar = async (reference: ReferenceOf<"cifar10">, { files }: DatasetAccess): Loaded => {
  const given = reference.directory ?? files.folderOf("cifar10");
  if ((await files.kindOf(given)) !== "folder") return err(missingFolder(given, reference, files));
  const inner = files.join(given, CIFAR_INNER_FOLDER);
  const directory = (await files.kindOf(inner)) === "folder" ? inner : given;
  const names = new Set((await files.list(directory)).filter((entry) => !entry.isFolder).map(({ name }) => name));
  const trainFiles = CIFAR_TRAIN_FILES.filter((name) => names.has(name));
  const missing = [
    ...(trainFiles.length === 0 ? [`${CIFAR_TRAIN_FILES[0]} to 5`] : []),
    ...(names.has(CIFAR_TEST_FILE) ? [] : [CIFAR_TEST_FILE]),
  ];
  if (missing.length > 0) {
    const message = `${directory} has no ${missing.join(", no ")}. ${files.adviceOn(reference)}`.trimEnd();
    return err({ type: "missing", message });
  }
  const read = async (fileName: string): Promise<NamedBytes> => ({
    fileName,
    bytes: await files.read(files.join(directory, fileName)),
  });
  const trainBytes: NamedBytes[] = [];
  for (const name of trainFiles) trainBytes.push(await read(name));
  const train = parseCifarFiles(trainBytes);
  if (!train.ok) return invalid(`${directory}: ${train.error.message}`);
  const test = parseCifarFiles([await read(CIFAR_TEST_FILE)]);
  if (!test.ok) return invalid(`${directory}: ${test.error.message}`);
  const named = names.has(CIFAR_NAMES_FILE)
    ? parseCifarNames(new TextDecoder().decode((await read(CIFAR_NAMES_FILE)).bytes))
    : null;
  return dataset({
    name: cifar10.name,
    shape: CIFAR_SHAPE,
    classNames: named ?? cifar10.classNames,
    train: train.value,
    test: test.value,
  });
};

const loadCsv = async (reference: ReferenceOf<"csv">, access: DatasetAccess): Loaded => {
  const { files } = access;
  const readText = async (path: string): Promise<string> => decodeTable((await readUnpacked(path, files)).bytes);
  const parsed = parseCsv(await readText(reference.file), files.nameOf(reference.file), reference);
  if (!parsed.ok) return parsed;
  const { layout, split } = parsed.value;
  const featureNames = featureNamesOf(layout);
  const shape: Shape = [featureNames.length];
  const described = { name: datasetTitle(reference), shape, classNames: layout.classNames, featureNames };
  if (reference.testFile === null) {
    return withTest({ ...described, all: split, testShare: reference.testShare }, access);
  }
  const held = parseCsv(await readText(reference.testFile), files.nameOf(reference.testFile), reference, layout);
  return held.ok ? dataset({ ...described, train: split, test: held.value.split }) : held;
};

const loadImageFolder = async (reference: ReferenceOf<"imageFolder">, access: DatasetAccess): Loaded => {
  const { directory, testShare } = reference;
  if ((await access.files.kindOf(directory)) !== "folder") {
    return err(missingFolder(directory, reference, access.files));
  }
  const read = await readImageFolder(reference, access.files);
  if (!read.ok) return read;
  const { shape, classNames, train, test } = read.value;
  const described = {
    name: datasetTitle(reference),
    shape: [shape.channels, shape.height, shape.width],
    classNames,
  };
  return test === null
    ? withTest({ ...described, all: train, testShare }, access)
    : dataset({ ...described, train, test });
};

const loadGenerated = (
  reference: ReferenceOf<"generated">,
  { random }: DatasetAccess,
): Result<Dataset, DatasetProblem> =>
  dataset({
    name: datasetTitle(reference),
    shape: [2],
    classNames: numbersBelow(numGeneratedClasses(reference)),
    ...generateSplits(reference, random),
  });

const loadNamed = (reference: ReferenceOf<"mnist" | "fashionMnist">, access: DatasetAccess): Loaded =>
  loadIdxFolder(access.files.folderOf(reference.source), datasetTitle(reference), reference, access);

const load = async (reference: DatasetReference, access: DatasetAccess): Loaded => {
  if (reference.source === "cifar10") return loadCifar(reference, access);
  if (reference.source === "idx") {
    return loadIdxFolder(reference.directory, datasetTitle(reference), reference, access);
  }
  if (reference.source === "idxPair") return loadIdxPair(reference, access);
  if (reference.source === "csv") return loadCsv(reference, access);
  if (reference.source === "imageFolder") return loadImageFolder(reference, access);
  return reference.source === "generated" ? loadGenerated(reference, access) : loadNamed(reference, access);
};

/** The files that have to be there before anything is read. */
const filesOf = (reference: DatasetReference): readonly string[] => {
  if (reference.source === "csv") return [reference.file, ...(reference.testFile === null ? [] : [reference.testFile])];
  return reference.source === "idxPair" ? [reference.images, reference.labels] : [];
};

/** Never rejects: what cannot be read is a problem with a sentence. */
export const loadDataset = async (reference: DatasetReference, access: DatasetAccess): Loaded => {
  try {
    for (const file of filesOf(reference)) {
      if ((await access.files.kindOf(file)) !== "file") {
        return err({ type: "missing", message: `The dataset file ${file} does not exist.` });
      }
    }
    return await load(reference, access);
  } catch (error) {
    const where = filesOf(reference)[0] ?? ("directory" in reference ? reference.directory : null);
    return err({
      type: "unreadable",
      message: `${where ?? datasetTitle(reference)} cannot be read: ${messageOf(error)}`,
    });
  }
};
