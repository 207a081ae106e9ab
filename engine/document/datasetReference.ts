/** What can be said of a dataset reference without reading anything. */
import type { DatasetReference } from "./schema.ts";

const TITLES = { mnist: "MNIST", fashionMnist: "Fashion-MNIST", cifar10: "CIFAR-10" } as const;
const PATTERN_TITLES = { spiral: "Spiral", circles: "Circles", moons: "Moons", xor: "XOR" } as const;

const lastPart = (path: string): string => path.split(/[\\/]/).findLast((part) => part !== "") ?? path;

/** The file or folder that the user chose; null for a dataset that has a name. */
export const datasetPath = (reference: DatasetReference): string | null => {
  if ("directory" in reference) return reference.directory;
  if (reference.source === "csv") return reference.file;
  return reference.source === "idxPair" ? reference.images : null;
};

/** `MNIST`, `Spiral`, or the name of the file or folder. */
export const datasetTitle = (reference: DatasetReference): string => {
  if (reference.source === "generated") return PATTERN_TITLES[reference.pattern];
  if (reference.source === "mnist" || reference.source === "fashionMnist" || reference.source === "cifar10") {
    return TITLES[reference.source];
  }
  return lastPart(datasetPath(reference) ?? reference.source);
};

/** The reference with each of its paths changed, as when paths are relative to the document's folder. */
export const mapDatasetPaths = (reference: DatasetReference, map: (path: string) => string): DatasetReference => {
  if (reference.source === "cifar10") {
    return { ...reference, directory: reference.directory === null ? null : map(reference.directory) };
  }
  if ("directory" in reference) return { ...reference, directory: map(reference.directory) };
  if (reference.source === "csv") {
    return {
      ...reference,
      file: map(reference.file),
      testFile: reference.testFile === null ? null : map(reference.testFile),
    };
  }
  if (reference.source === "idxPair") {
    return { ...reference, images: map(reference.images), labels: map(reference.labels) };
  }
  return reference;
};
