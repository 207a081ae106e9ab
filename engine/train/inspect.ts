/**
 * What the net of a run, or one from its file, answers about single samples and about its test set. It works on a net of its own, with a copy of the weights
 * as they are between two steps, so that nothing it does can touch the run: weights, running statistics, random streams, bits.
 *
 * In training mode batch norm normalizes by the statistics of a batch of the run's size: the sample, and the first test samples besides
 * it. Dropout and noise are those of the step whose weights it has.
 */
import type { Dataset, Split } from "../data/dataset.ts";
import { firstLabels } from "../data/labels.ts";
import { networkData } from "../data/networkData.ts";
import type { TrainerHost } from "../host/host.ts";
import { elementsOf } from "../layer.ts";
import type { InspectedSample, TrainEvent, TrainRequest } from "../protocol.ts";
import { err, messageOf, ok, type Result } from "../result.ts";
import type { AskedNet } from "./askedNet.ts";
import { asNetworkStores, storedSample } from "./askedSample.ts";
import { createNetwork } from "./createNetwork.ts";
import type { Mode } from "./inspectOutputs.ts";
import { TestTally } from "./inspectTest.ts";
import type { NamedTensor, Network } from "./network.ts";

type RequestOf<T extends TrainRequest["type"]> = Extract<TrainRequest, { type: T }>;
export type InspectRequest = RequestOf<"inspectSample" | "evaluateTest">;

/** Values of outputs that one answer carries, 4 MB; of a layer that does not fit, the first channels. */
const MAX_VALUES = 1 << 20;
const PROGRESS_EVERY_MS = 100;
/** A message waits no longer than this, or one batch. */
const SLICE_MS = 10;

interface Bench {
  readonly net: AskedNet;
  readonly network: Network;
  /** Samples of the test set that follow the inspected one, in slots 1 … of the training split. */
  readonly companions: number;
}

const GONE = "The trainer has ended.";

/** The sample's slot, and after it the first test samples; training samples where there is no test set. */
const slotsOf = ({ train, test, shape }: Dataset, numCompanions: number): Split => {
  const source = test.count > 0 ? test : train;
  const size = elementsOf(shape);
  const numbers = [0, ...Array.from({ length: numCompanions }, (_, n) => n)];
  const length = numbers.length * size;
  const images = source.images instanceof Uint8Array ? new Uint8Array(length) : new Float64Array(length);
  numbers.forEach((number, slot) => {
    images.set(source.images.subarray(number * size, (number + 1) * size), slot * size);
  });
  // Nobody looks at their losses: any labels will do.
  const labels = firstLabels(source.labels, 1);
  const repeated =
    "classes" in labels
      ? { classes: new Uint8Array(numbers.length).fill(labels.classes[0] ?? 0) }
      : { targets: new Float32Array(numbers.length * labels.width), width: labels.width };
  return { count: numbers.length, images, labels: repeated };
};

export class Inspector {
  readonly #host: TrainerHost;
  readonly #post: (event: TrainEvent) => void;
  readonly #netOf: () => Promise<Result<AskedNet, string>>;
  #bench: Promise<Result<Bench, string>> | null = null;
  /** What the net's weights are a copy of. */
  #loaded: readonly NamedTensor[] = [];
  #numEvaluations = 0;
  #isDisposed = false;

  constructor(call: {
    readonly host: TrainerHost;
    readonly post: (event: TrainEvent) => void;
    /** The error says why there is none. */
    readonly net: () => Promise<Result<AskedNet, string>>;
  }) {
    this.#host = call.host;
    this.#post = call.post;
    this.#netOf = call.net;
  }

  async receive(request: InspectRequest): Promise<void> {
    const { requestId } = request;
    try {
      if (request.type === "inspectSample") {
        const bench = await this.#open();
        if (this.#isDisposed) return;
        const found = bench.ok ? this.#inspect(bench.value, request) : bench;
        this.#post({
          ...{ type: "sampleInspected", requestId },
          ...(found.ok ? { sample: found.value, problem: null } : { sample: null, problem: found.error }),
        });
      } else {
        await this.#evaluate(request);
      }
    } catch (error) {
      const problem = messageOf(error);
      if (this.#isDisposed) return;
      if (request.type === "inspectSample") {
        this.#post({ type: "sampleInspected", requestId, sample: null, problem });
      } else {
        this.#post({ type: "testEvaluated", requestId, evaluation: null, problem });
      }
    }
  }

  dispose(): void {
    this.#isDisposed = true;
    void this.#bench?.then((bench) => {
      if (bench.ok) bench.value.network.dispose();
    });
    this.#bench = null;
  }

  /** Laid out at the first question: most runs are never asked. */
  async #open(): Promise<Result<Bench, string>> {
    const net = await this.#netOf();
    if (!net.ok) return net;
    if (this.#isDisposed) return err(GONE);
    this.#bench ??= this.#layOut(net.value);
    const bench = await this.#bench;
    // What did not fit may fit later.
    if (!bench.ok) this.#bench = null;
    return bench;
  }

  async #layOut(net: AskedNet): Promise<Result<Bench, string>> {
    const { dataset, program, network: trained, training } = net;
    const numOthers = dataset.test.count > 0 ? dataset.test.count : dataset.train.count;
    const companions = Math.min(program.batchSize, numOthers);
    const { validation: _validation, ...parts } = dataset;
    const network = await createNetwork({
      program,
      data: networkData({ ...parts, train: slotsOf(dataset, companions) }),
      optimizer: { name: "sgd" },
      weightDecay: 0,
      seed: training.seed,
      threads: trained.threads,
      host: this.#host,
      ...(trained.build === undefined ? {} : { build: trained.build }),
    });
    if (!network.ok) return err(`The test bench needs a copy of the net. ${network.error.message}`);
    if (this.#isDisposed) network.value.dispose();
    return ok({ net, network: network.value, companions });
  }

  #load(network: Network, tensors: readonly NamedTensor[]): void {
    if (this.#loaded === tensors) return;
    network.setTensors(tensors);
    this.#loaded = tensors;
  }

  /** Waits for nothing: all of the answer is of one step. */
  #inspect(bench: Bench, request: RequestOf<"inspectSample">): Result<InspectedSample, string> {
    const { net, network } = bench;
    const { dataset, program } = net;
    const stored = storedSample(dataset, request.sample);
    if (!stored.ok) return stored;
    const { values, index } = stored.value;
    network.setSample({ split: "train", index: 0, values: asNetworkStores(dataset, values) });
    this.#load(network, net.network.tensors());
    const last = program.layers.at(-1)?.nodeId ?? "";
    const outputs = (mode: Mode): number[] => [...network.output({ nodeId: last, mode, row: 0 })];

    network.evaluate({ split: "train", start: 0, count: 1 });
    const evaluation = outputs("evaluation");
    let training: number[] | null = null;
    let batchSize = 1;
    if (request.mode === "training") {
      const indices = batchWith(bench, index);
      batchSize = indices.length;
      network.forward({ split: "train", indices, step: Math.max(1, net.step) });
      training = outputs("training");
    }
    const { labels } = dataset.test;
    const target =
      index === null
        ? null
        : "classes" in labels
          ? [labels.classes[index] ?? 0]
          : [...labels.targets.subarray(index * labels.width, (index + 1) * labels.width)];
    return ok({
      ...{ step: net.weightsStep, mode: request.mode, batchSize, index, target, evaluation, training },
      stored: values.slice().buffer,
      stores: values instanceof Uint8Array ? "bytes" : "numbers",
      sampleShape: [...dataset.shape],
      featureNames: [...(dataset.featureNames ?? [])],
      ...this.#layersOf(bench, request),
    });
  }

  /** The outputs of all nodes of the last pass, with as many channels as fit. */
  #layersOf(
    { net, network }: Bench,
    { mode, nodeId: wanted }: RequestOf<"inspectSample">,
  ): Pick<InspectedSample, "layers" | "values"> {
    const { layers } = net.program;
    const sizeOf = (shape: readonly number[]): number => elementsOf(shape.slice(1));
    const kept = (limit: number, nodeId: string, shape: readonly number[]): number => {
      const channels = shape[0] ?? 0;
      const fits = nodeId === wanted ? Math.max(limit, Math.floor(MAX_VALUES / 2 / sizeOf(shape))) : limit;
      // A vector is a channel a feature: half of it is of no use.
      return Math.min(channels, shape.length === 1 ? Math.max(fits, 4096) : fits);
    };
    const total = (limit: number): number =>
      layers.reduce((sum, { nodeId, outputShape }) => sum + kept(limit, nodeId, outputShape) * sizeOf(outputShape), 0);
    let limit = 4096;
    while (limit > 1 && total(limit) > MAX_VALUES) limit >>= 1;

    const values = new Float32Array(total(limit));
    let offset = 0;
    const described = layers.map(({ nodeId, outputShape }) => {
      const output = network.output({ nodeId, mode, row: 0 });
      const channels = kept(limit, nodeId, outputShape);
      const start = offset;
      values.set(output.subarray(0, channels * sizeOf(outputShape)), start);
      offset += channels * sizeOf(outputShape);
      return { nodeId, shape: [...outputShape], channels, offset: start, ...rangeOf(output) };
    });
    return { layers: described, values: values.buffer };
  }

  async #evaluate({ requestId, worst }: RequestOf<"evaluateTest">): Promise<void> {
    this.#numEvaluations += 1;
    const own = this.#numEvaluations;
    const refuse = (problem: string): void =>
      this.#post({ type: "testEvaluated", requestId, evaluation: null, problem });
    const bench = await this.#open();
    if (this.#isDisposed) return;
    if (!bench.ok) return refuse(bench.error);
    const { net, network } = bench.value;
    const { test, name } = net.dataset;
    if (test.count === 0) return refuse(`${name} has no test samples.`);
    // All slices are of these weights, however far the run goes on meanwhile.
    const step = net.weightsStep;
    const tensors = net.network.tensors();
    const tally = new TestTally(net.dataset, net.program.numClasses, worst);
    const { batchSize } = net.program;
    let toldAt = this.#host.now();
    for (let start = 0; start < test.count; ) {
      const begun = this.#host.now();
      this.#load(network, tensors);
      while (start < test.count && this.#host.now() - begun < SLICE_MS) {
        const count = Math.min(batchSize, test.count - start);
        tally.add(start, network.predict({ split: "test", start, count }));
        start += count;
      }
      if (this.#host.now() - toldAt >= PROGRESS_EVERY_MS) {
        toldAt = this.#host.now();
        this.#post({ type: "testProgressed", requestId, done: start, total: test.count });
      }
      await this.#host.yieldToMessages();
      if (this.#isDisposed) return;
      if (own !== this.#numEvaluations) return refuse("Another evaluation took its place.");
    }
    this.#post({ type: "testEvaluated", requestId, evaluation: { step, ...tally.result() }, problem: null });
  }
}

/** Slots of the sample and of test samples besides it, as many as the run's batch has. */
const batchWith = ({ net, companions }: Bench, index: number | null): Uint32Array => {
  const slots = [0];
  for (let n = 0; n < companions && slots.length < net.program.batchSize; n++) {
    if (n !== index) slots.push(1 + n);
  }
  return Uint32Array.from(slots);
};

/** Of the finite values. */
const rangeOf = (values: Float32Array): { readonly min: number; readonly max: number; readonly nonFinite: number } => {
  let [min, max, nonFinite] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) nonFinite += 1;
    else {
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  return min > max ? { min: 0, max: 0, nonFinite } : { min, max, nonFinite };
};
