/** What is known of datasets before their files are read. */
import type { DatasetReference } from "../document/schema.ts";
import type { DatasetFacts } from "../layer.ts";
import { numGeneratedClasses, numGeneratedTests } from "./generated.ts";

export interface KnownDataset extends DatasetFacts {
  readonly name: string;
  readonly testCount: number;
  readonly classNames: readonly string[];
  /** FNV-1a (32 bits) of the training labels followed by the test labels: how a folder's content is recognized. */
  readonly labelHash: number;
}

/** MNIST (LeCun, Cortes, Burges), which comes with the app. */
export const mnist: KnownDataset = {
  name: "MNIST",
  sampleShape: [1, 28, 28],
  numClasses: 10,
  trainCount: 60_000,
  testCount: 10_000,
  classNames: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  labelHash: 0xa703967b,
};

/** Fashion-MNIST (Xiao, Rasul, Vollgraf 2017). */
const fashionMnist: KnownDataset = {
  name: "Fashion-MNIST",
  sampleShape: [1, 28, 28],
  numClasses: 10,
  trainCount: 60_000,
  testCount: 10_000,
  classNames: [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
  ],
  labelHash: 0xef83c37d,
};

/** CIFAR-10 (Krizhevsky 2009). It is known by its file names, not by its labels. */
export const cifar10 = {
  name: "CIFAR-10",
  sampleShape: [3, 32, 32],
  numClasses: 10,
  trainCount: 50_000,
  testCount: 10_000,
  classNames: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
} as const;

const knownDatasets: readonly KnownDataset[] = [mnist, fashionMnist];

const hashBytes = (parts: readonly Uint8Array[]): number => {
  let hash = 0x811c9dc5;
  for (const part of parts)
    for (let i = 0; i < part.length; i++) hash = Math.imul(hash ^ (part[i] as number), 0x01000193);
  return hash >>> 0;
};

/** The known dataset with exactly these labels, or null. */
export const identifyDataset = (trainLabels: Uint8Array, testLabels: Uint8Array): KnownDataset | null => {
  const candidates = knownDatasets.filter(
    (facts) => facts.trainCount === trainLabels.length && facts.testCount === testLabels.length,
  );
  if (candidates.length === 0) return null;
  const hash = hashBytes([trainLabels, testLabels]);
  return candidates.find((facts) => facts.labelHash === hash) ?? null;
};

/** The same facts for the same reference: what was inferred from them is kept from one edit to the next. */
const generatedFacts = new WeakMap<DatasetReference, DatasetFacts>();

/** What a reference tells of its dataset before anything is read; null: nothing for certain. */
export const factsOfReference = (reference: DatasetReference): DatasetFacts | null => {
  if (reference.source === "mnist") return mnist;
  if (reference.source === "fashionMnist") return fashionMnist;
  if (reference.source === "cifar10") return reference.directory === null ? cifar10 : null;
  if (reference.source !== "generated") return null;
  const known = generatedFacts.get(reference);
  if (known !== undefined) return known;
  const facts: DatasetFacts = {
    sampleShape: [2],
    numClasses: numGeneratedClasses(reference),
    trainCount: reference.count,
    testCount: numGeneratedTests(reference),
    stores: "numbers",
  };
  generatedFacts.set(reference, facts);
  return facts;
};

/** MNIST's file names, in the two spellings in use. A folder may hold each plain or with `.gz`. */
export const idxFileNames = {
  trainImages: ["train-images-idx3-ubyte", "train-images.idx3-ubyte"],
  trainLabels: ["train-labels-idx1-ubyte", "train-labels.idx1-ubyte"],
  testImages: ["t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte"],
  testLabels: ["t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte"],
} as const;
