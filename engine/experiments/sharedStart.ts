/**
 * Whether two runs are paired: what they share starts with the same bits and sees the same batches. The start follows from the documents alone
 * (each random stream is named after the seed and the node), so it is drawn anew here and compared bit by bit.
 */
import { compile } from "../compile/compile.ts";
import type { LayerscopeDocument } from "../document/schema.ts";
import { initialTensors } from "../train/initializers.ts";

export interface SharedStart {
  /** Weights and state that both nets have by the same name, `conv1.weight`. */
  readonly sharedTensors: number;
  /** Those of them that do not start with the same bits. */
  readonly differentTensors: readonly string[];
  /** The same samples in the same order: seed, size of the batch, data, and the samples set apart are the same. */
  readonly sameBatches: boolean;
}

const tensorsOf = (document: LayerscopeDocument): ReadonlyMap<string, Float32Array> | null => {
  const { program } = compile(document);
  if (program === null) return null;
  const { initializer, seed } = document.training;
  return new Map(initialTensors(program, initializer, seed).map(({ name, data }) => [name, data]));
};

const bitsOf = (data: Float32Array): Uint32Array => new Uint32Array(data.buffer, data.byteOffset, data.length);

const sameBits = (a: Float32Array, b: Float32Array): boolean => {
  const [left, right] = [bitsOf(a), bitsOf(b)];
  return left.length === right.length && left.every((bits, index) => bits === right[index]);
};

const samplesOf = ({ dataset, training }: LayerscopeDocument): string => {
  const { seed, batchSize, validation, augmentation } = training;
  return JSON.stringify([dataset, seed, batchSize, validation, augmentation]);
};

/** Of a study's runs: they train on the same number of samples. null: a document does not compile. */
export const sharedStart = (a: LayerscopeDocument, b: LayerscopeDocument): SharedStart | null => {
  const [before, after] = [tensorsOf(a), tensorsOf(b)];
  if (before === null || after === null) return null;
  const shared = [...before].flatMap(([name, data]) => {
    const other = after.get(name);
    return other === undefined ? [] : [{ name, isSame: sameBits(data, other) }];
  });
  return {
    sharedTensors: shared.length,
    differentTensors: shared.filter(({ isSame }) => !isSame).map(({ name }) => name),
    sameBatches: samplesOf(a) === samplesOf(b),
  };
};
