/**
 * Whether two runs are paired: what they share starts with the same bits and sees the same batches. The start follows from the documents alone
 * (each random stream is named after the seed and the node), so it is drawn anew here and compared bit by bit. What a run took from a trained
 * net is told by the hash of that net.
 */
import { compile } from "../compile/compile.ts";
import type { LayerscopeDocument } from "../document/schema.ts";
import type { StartedFrom } from "../export/startingNet.ts";
import { initialTensors } from "../train/initializers.ts";

export interface SharedStart {
  /** Weights and state that both nets have by the same name, `conv1.weight`. */
  readonly sharedTensors: number;
  /** Those of them that do not start with the same bits. */
  readonly differentTensors: readonly string[];
  /** The same samples in the same order: seed, size of the batch, data, and the samples set apart are the same. */
  readonly sameBatches: boolean;
}

/** A run by what its start follows from. */
export interface BegunRun {
  readonly document: LayerscopeDocument;
  /** Absent: all of it started from initializers. */
  readonly from?: Pick<StartedFrom, "weightsHash" | "anew">;
}

interface Start {
  readonly data: Float32Array;
  /** Of the trained net that it was taken from; null: `data` was drawn. */
  readonly weightsHash: string | null;
}

const startsOf = ({ document, from }: BegunRun): ReadonlyMap<string, Start> | null => {
  const { program } = compile(document);
  if (program === null) return null;
  const { initializer, seed } = document.training;
  const isAnew = (name: string): boolean => from?.anew.includes(name.slice(0, name.lastIndexOf("."))) ?? true;
  return new Map(
    initialTensors(program, initializer, seed).map(({ name, data }) => [
      name,
      { data, weightsHash: isAnew(name) ? null : (from?.weightsHash ?? null) },
    ]),
  );
};

const bitsOf = (data: Float32Array): Uint32Array => new Uint32Array(data.buffer, data.byteOffset, data.length);

const sameBits = (a: Float32Array, b: Float32Array): boolean => {
  const [left, right] = [bitsOf(a), bitsOf(b)];
  return left.length === right.length && left.every((bits, index) => bits === right[index]);
};

const isSameStart = (a: Start, b: Start): boolean =>
  a.weightsHash === b.weightsHash && (a.weightsHash !== null || sameBits(a.data, b.data));

const samplesOf = ({ dataset, training }: LayerscopeDocument): string => {
  const { seed, batchSize, validation, augmentation } = training;
  return JSON.stringify([dataset, seed, batchSize, validation, augmentation]);
};

/** Of a study's runs: they train on the same number of samples. null: a document does not compile. */
export const sharedStart = (a: BegunRun, b: BegunRun): SharedStart | null => {
  const [before, after] = [startsOf(a), startsOf(b)];
  if (before === null || after === null) return null;
  const shared = [...before].flatMap(([name, start]) => {
    const other = after.get(name);
    return other === undefined ? [] : [{ name, isSame: isSameStart(start, other) }];
  });
  return {
    sharedTensors: shared.length,
    differentTensors: shared.filter(({ isSame }) => !isSame).map(({ name }) => name),
    sameBatches: samplesOf(a.document) === samplesOf(b.document),
  };
};
