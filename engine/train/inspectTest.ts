/** Which classes a net confuses on a test set, and its worst mistakes, from the logits of one batch after the other. */
import type { Dataset } from "../data/dataset.ts";
import { elementsOf } from "../layer.ts";
import type { TestEvaluation } from "../protocol.ts";
import type { Network } from "./network.ts";
import { namedScore, Score } from "./score.ts";

type Mistake = TestEvaluation["worst"][number];

/** What a NaN or infinite loss is in the order of mistakes: the worst. */
const rank = (loss: number): number => (Number.isFinite(loss) ? loss : Number.POSITIVE_INFINITY);

/** More points than a chart can show. */
const MAX_PAIRED_SAMPLES = 4000;

export class TestTally {
  readonly #dataset: Dataset;
  readonly #numClasses: number;
  readonly #numWorst: number;
  /** Rows are the labels, columns what was predicted. */
  readonly #confusion: Uint32Array;
  /** Worst first; equal ones as they come. */
  readonly #worst: Mistake[] = [];
  /** Target and prediction of every so many samples. */
  readonly #pairs: number[] = [];
  readonly #pairEvery: number;
  #lossSum = 0;
  #correct = 0;
  #notFinite = 0;

  /** `numOutputs`: classes, or numbers of a target. */
  constructor(dataset: Dataset, numOutputs: number, numWorst: number) {
    this.#dataset = dataset;
    this.#numClasses = numOutputs;
    this.#numWorst = numWorst;
    this.#pairEvery = Math.max(1, Math.ceil(dataset.test.count / MAX_PAIRED_SAMPLES));
    this.#confusion = new Uint32Array("classes" in dataset.test.labels ? numOutputs ** 2 : 0);
  }

  /** Samples from `start` on. */
  add(start: number, { lossSum, correct, logits }: ReturnType<Network["predict"]>): void {
    this.#lossSum += lossSum;
    this.#correct += correct;
    const count = logits.length / this.#numClasses;
    for (let n = 0; n < count; n++) {
      const row = logits.subarray(n * this.#numClasses, (n + 1) * this.#numClasses);
      const { labels } = this.#dataset.test;
      if ("classes" in labels) this.#addClass(start + n, labels.classes[start + n] ?? 0, row);
      else this.#addTarget(start + n, labels.targets.subarray((start + n) * labels.width), row);
    }
  }

  /** The first of the largest logits is the class, as for the accuracy; loss = ln Σ exp(z) − z[label]. */
  #addClass(index: number, label: number, logits: Float32Array): void {
    let predicted = 0;
    for (let k = 1; k < logits.length; k++) {
      if ((logits[k] as number) > (logits[predicted] as number)) predicted = k;
    }
    if (logits.some((value) => Number.isNaN(value))) {
      this.#notFinite += 1;
      return;
    }
    const cell = label * this.#numClasses + predicted;
    this.#confusion[cell] = (this.#confusion[cell] ?? 0) + 1;
    if (predicted === label) return;
    const largest = logits[predicted] as number;
    const sum = logits.reduce((total, value) => total + Math.exp(value - largest), 0);
    const loss = Math.log(sum) + largest - (logits[label] ?? Number.NEGATIVE_INFINITY);
    this.#keep({ index, actual: [label], predicted: [predicted], probability: 1 / sum, loss });
  }

  /** loss = mean of (y − t)². */
  #addTarget(index: number, targets: Float32Array, outputs: Float32Array): void {
    const actual = [...targets.subarray(0, outputs.length)];
    const predicted = [...outputs];
    const loss = predicted.reduce((sum, value, k) => sum + (value - (actual[k] ?? 0)) ** 2, 0) / predicted.length;
    if (!Number.isFinite(loss)) this.#notFinite += 1;
    if (index % this.#pairEvery === 0) {
      for (const [k, target] of actual.entries()) this.#pairs.push(target, predicted[k] ?? Number.NaN);
    }
    this.#keep({ index, actual, predicted, probability: null, loss });
  }

  #keep(mistake: Mistake): void {
    const isFull = this.#worst.length >= this.#numWorst;
    if (isFull && rank(mistake.loss) <= rank(this.#worst.at(-1)?.loss ?? Number.POSITIVE_INFINITY)) return;
    const place = this.#worst.findIndex(({ loss }) => rank(loss) < rank(mistake.loss));
    this.#worst.splice(place === -1 ? this.#worst.length : place, 0, mistake);
    if (this.#worst.length > this.#numWorst) this.#worst.pop();
  }

  /** Of all samples that were added, which are all of the test set. */
  result(): Omit<TestEvaluation, "step"> {
    const { test, shape } = this.#dataset;
    const { count, images, labels } = test;
    const size = elementsOf(shape);
    const length = this.#worst.length * size;
    const samples = images instanceof Uint8Array ? new Uint8Array(length) : new Float64Array(length);
    this.#worst.forEach(({ index }, at) => {
      samples.set(images.subarray(index * size, (index + 1) * size), at * size);
    });
    const loss = this.#lossSum / count;
    const score = new Score(labels, count).of(loss, this.#correct, count);
    return {
      ...{ count, loss, ...namedScore(score, !("classes" in labels)) },
      confusion: "classes" in labels ? [...this.#confusion] : null,
      pairs: "classes" in labels ? null : Float32Array.from(this.#pairs).buffer,
      notFinite: this.#notFinite,
      worst: [...this.#worst],
      worstSamples: samples.buffer,
    };
  }
}
