import type { DatasetReference } from "../../engine/index.ts";

const generated = { source: "generated", count: 600, seed: 1 } as const;

/** Datasets that need no file of the user's. */
export const NAMED_DATASETS: Readonly<Record<string, DatasetReference>> = {
  mnist: { source: "mnist" },
  fashionMnist: { source: "fashionMnist" },
  cifar10: { source: "cifar10", directory: null },
  spiral: { ...generated, pattern: "spiral", noise: 0.02, classes: 3 },
  circles: { ...generated, pattern: "circles", noise: 0.05, classes: 2 },
  moons: { ...generated, pattern: "moons", noise: 0.1 },
  xor: { ...generated, pattern: "xor", noise: 0.05 },
};
