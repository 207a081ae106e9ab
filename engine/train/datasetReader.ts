/**
 * Answers what the page asks about datasets: which one a path is, what is in it, and some of its samples; and fetches those that are
 * published. One dataset is open at a time.
 */
import type { Dataset, Split } from "../data/dataset.ts";
import type { TrainerHost } from "../host/host.ts";
import { elementsOf } from "../layer.ts";
import type { DatasetDescription, TrainEvent, TrainRequest } from "../protocol.ts";
import { messageOf } from "../result.ts";

type DatasetRequest = Extract<
  TrainRequest,
  { type: "recognizeDataset" | "openDataset" | "readSamples" | "findDownload" | "downloadDataset" }
>;
type Download = Extract<TrainRequest, { type: "findDownload" | "downloadDataset" }>;
type ReadSamples = Extract<TrainRequest, { type: "readSamples" }>;

const PROGRESS_EVERY_MS = 100;

const countsOf = ({ labels, count }: Split, numClasses: number): number[] => {
  const counts = new Array<number>(numClasses).fill(0);
  if ("classes" in labels) {
    for (let at = 0; at < count; at++)
      counts[labels.classes[at] as number] = (counts[labels.classes[at] as number] ?? 0) + 1;
  }
  return counts;
};

const describe = (dataset: Dataset): DatasetDescription => ({
  name: dataset.name,
  shape: [...dataset.shape],
  stores: dataset.train.images instanceof Uint8Array ? "bytes" : "numbers",
  classNames: [...dataset.classNames],
  featureNames: [...(dataset.featureNames ?? [])],
  targetWidth: "targets" in dataset.train.labels ? dataset.train.labels.width : null,
  train: { count: dataset.train.count, classCounts: countsOf(dataset.train, dataset.classNames.length) },
  test: { count: dataset.test.count, classCounts: countsOf(dataset.test, dataset.classNames.length) },
  mean: [...dataset.preprocessing.mean],
  std: [...dataset.preprocessing.std],
});

export class DatasetReader {
  readonly #host: TrainerHost;
  readonly #post: (event: TrainEvent) => void;
  #open: Dataset | null = null;
  /** Numbers of the samples of a class, by part and class. */
  readonly #ofClass = new Map<string, Uint32Array>();

  constructor(host: TrainerHost, post: (event: TrainEvent) => void) {
    this.#host = host;
    this.#post = post;
  }

  async receive(request: DatasetRequest): Promise<void> {
    const { requestId } = request;
    if (request.type === "recognizeDataset") {
      const found = await this.#host.recognizeDataset(request.path);
      const problem = found.ok ? null : found.error.message;
      this.#post({ type: "datasetRecognized", requestId, dataset: found.ok ? found.value : null, problem });
    } else if (request.type === "openDataset") {
      const loaded = await this.#host.loadDataset(request.dataset);
      this.#open = loaded.ok ? loaded.value : null;
      this.#ofClass.clear();
      const problem = loaded.ok ? null : loaded.error.message;
      this.#post({ type: "datasetOpened", requestId, description: loaded.ok ? describe(loaded.value) : null, problem });
    } else if (request.type === "readSamples") {
      this.#read(request);
    } else {
      await this.#download(request);
    }
  }

  async #download({ type, requestId, dataset }: Download): Promise<void> {
    const { downloads } = this.#host;
    if (type === "findDownload") {
      const found = await downloads?.find(dataset);
      const status = found === undefined ? "impossible" : found.isComplete ? "complete" : "incomplete";
      const { receivedBytes = 0, folder = null, missing = [] } = found ?? {};
      const files = missing.map(({ name, bytes, mirrors, members }) => ({
        ...{ name, bytes, urls: [...mirrors] },
        isArchive: members !== undefined,
      }));
      this.#post({ type: "downloadFound", requestId, status, receivedBytes, folder, missing: files });
      return;
    }
    let toldAt = Number.NEGATIVE_INFINITY;
    let problem: string | null = "Nothing can be downloaded here.";
    try {
      const outcome = await downloads?.download(dataset, (receivedBytes, totalBytes) => {
        if (this.#host.now() - toldAt < PROGRESS_EVERY_MS && receivedBytes < totalBytes) return;
        toldAt = this.#host.now();
        this.#post({ type: "downloadProgressed", receivedBytes, totalBytes });
      });
      if (outcome !== undefined) problem = outcome.ok ? null : outcome.error;
    } catch (error) {
      // The disk is full, the folder may not be written.
      problem = `The download failed: ${messageOf(error)}`;
    }
    this.#post({ type: "downloadEnded", requestId, problem });
  }

  #read({ requestId, part, label, start, count }: ReadSamples): void {
    if (this.#open === null) {
      this.#post({ type: "samplesRead", requestId, numbers: [], labels: [], values: new ArrayBuffer(0) });
      return;
    }
    const { shape, [part]: split } = this.#open;
    const chosen = label === null ? null : this.#numbersOfClass(part, split, label);
    const end = Math.min(start + count, chosen?.length ?? split.count);
    const numbers = Array.from({ length: Math.max(0, end - start) }, (_, at) => chosen?.[start + at] ?? start + at);
    const size = elementsOf(shape);
    const length = numbers.length * size;
    const values = split.images instanceof Uint8Array ? new Uint8Array(length) : new Float64Array(length);
    for (const [at, number] of numbers.entries()) {
      values.set(split.images.subarray(number * size, (number + 1) * size), at * size);
    }
    const { labels } = split;
    this.#post({
      type: "samplesRead",
      requestId,
      numbers,
      // Of targets the first number.
      labels: numbers.map((n) => ("classes" in labels ? labels.classes[n] : labels.targets[n * labels.width]) ?? 0),
      values: values.buffer,
    });
  }

  #numbersOfClass(part: "train" | "test", { labels, count }: Split, label: number): Uint32Array {
    const key = `${part}:${label}`;
    const known = this.#ofClass.get(key);
    if (known !== undefined) return known;
    const numbers: number[] = [];
    if ("classes" in labels) {
      for (let at = 0; at < count; at++) if (labels.classes[at] === label) numbers.push(at);
    }
    const found = Uint32Array.from(numbers);
    this.#ofClass.set(key, found);
    return found;
  }
}
