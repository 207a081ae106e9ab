/** A run that goes on from a checkpoint is the run that was never interrupted, to the bit. */
import { describe, expect, test } from "vitest";
import type { TrainingSettings } from "../../../engine/document/schema.ts";
import type { TrainRequest } from "../../../engine/protocol.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "../../../engine/train/checkpoint.ts";
import type { CheckpointStore } from "../../../engine/train/checkpoints.ts";
import { blobDataset } from "../../support/blobs.ts";
import { blobNet, type Recording, recordRun } from "./runHarness.ts";

const joined = (pieces: readonly Uint8Array[]): Uint8Array => Uint8Array.from(pieces.flatMap((piece) => [...piece]));

const decoded = (bytes: Uint8Array): Checkpoint => {
  const checkpoint = decodeCheckpoint(bytes);
  if (!checkpoint.ok) throw new Error(checkpoint.error);
  return checkpoint.value;
};

/** Keeps the checkpoint of every step, as bytes. */
class KeptCheckpoints implements CheckpointStore {
  readonly everyMs: number;
  readonly bytes = new Map<number, Uint8Array>();
  /** In the middle of evaluations and right after them. */
  readonly phases = new Map<string, Uint8Array>();

  constructor(everyMs = 0) {
    this.everyMs = everyMs;
  }
  metricsBytes(): number {
    return 4711;
  }
  async save(step: number, pieces: readonly Uint8Array[]): Promise<void> {
    this.bytes.set(step, joined(pieces));
    this.phases.set(`${step} ${decoded(joined(pieces)).session.phase.name}`, joined(pieces));
  }
}

const resumed = (bytes: Uint8Array, threads: number): Promise<Recording> => {
  const resume = decoded(bytes);
  return recordRun(resume.session.document, { resume, threads });
};

const epochsOf = (recording: Recording) =>
  recording.of("epoch").map(({ elapsedMs: _ms, samplesPerSecond: _rate, ...epoch }) => epoch);

/** The whole run against every checkpoint of it, resumed with one thread and with two in turn. */
const expectExact = async (
  training: Partial<TrainingSettings>,
  changes: ReadonlyMap<number, TrainRequest> = new Map(),
) => {
  const kept = new KeptCheckpoints();
  const whole = await recordRun(blobNet(training), {
    checkpoints: kept,
    // No time passes: only the first and the last step of an epoch have a frame.
    host: { now: () => 0 },
    onBatch: (numBatches, recording) => {
      const change = changes.get(numBatches);
      if (change !== undefined) recording.send(change);
    },
  });
  expect(whole.of("checkpointFailed")).toEqual([]);
  const end = whole.of("finished")[0];
  // In the middle of epochs, of evaluations, and between epochs.
  expect([...kept.phases.keys()]).toEqual(
    expect.arrayContaining(["3 training", "5 evaluating", "5 training", "7 training"]),
  );
  let threads = 1;
  let numUnreported = 0;
  for (const [name, bytes] of kept.phases) {
    // What was asked for later is not in it.
    if (decoded(bytes).session.changes.length < changes.size) continue;
    threads = 3 - threads;
    const part = await resumed(bytes, threads);
    const { step, epoch } = decoded(bytes).session;
    expect(part.of("finished")[0], name).toMatchObject({
      step: end?.step,
      lossesHash: end?.lossesHash,
      weightsHash: end?.weightsHash,
    });
    expect(part.bits(), name).toBe(whole.bits());
    expect(part.of("started")[0]?.resumedStep, name).toBe(step);
    // Steps that were not reported before the checkpoint are reported now; each one has one line.
    const { unreported } = decoded(bytes).run;
    numUnreported += unreported.length;
    const firstStep = unreported[0] ?? step + 1;
    expect(part.steps(), name).toEqual(whole.steps().slice(firstStep - 1));
    const later = epochsOf(whole).slice(-epochsOf(part).length);
    expect(epochsOf(part), name).toEqual(later);
    expect(later[0]?.epoch, name).toBeGreaterThanOrEqual(epoch);
    const { changes: logged } = part.model().training;
    expect(logged, name).toEqual(whole.model().training.changes);
  }
  expect(numUnreported).toBeGreaterThan(0);
  return { whole };
};

describe("a run that goes on from a checkpoint", () => {
  for (const optimizer of [
    { name: "sgd" },
    { name: "nesterov", momentum: 0.9 },
    { name: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  ] as const) {
    test(`is the uninterrupted one to the bit, with ${optimizer.name}, schedule, warm-up and augmentation`, async () => {
      await expectExact({
        optimizer,
        learningRate: optimizer.name === "adam" ? 0.003 : 0.1,
        schedule: { name: "cosine", finalFactor: 0.01 },
        warmupEpochs: 0.5,
        weightDecay: 1e-3,
        clipNorm: 1,
        epochs: 3,
        augmentation: { horizontalFlip: true, shift: 1, crop: 0 },
      });
    });
  }

  test("keeps settings that were changed on the way, and an optimizer that began later", async () => {
    const change = (training: Extract<TrainRequest, { type: "changeTraining" }>["training"]): TrainRequest => ({
      type: "changeTraining",
      training,
    });
    const { whole } = await expectExact(
      { epochs: 2 },
      new Map([
        [3, change({ optimizer: { name: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }, learningRate: 0.002 })],
        [6, change({ learningRate: 0.001, epochs: 3 })],
      ]),
    );
    expect(whole.of("finished")[0]?.step).toBe(15);
  });

  test("stops early in the same epoch, with the weights of the same best one", async () => {
    const { whole } = await expectExact({
      epochs: 12,
      learningRate: 0.2,
      earlyStopping: { metric: "testLoss", patience: 2, minDelta: 0.05, restoreBest: true },
    });
    expect(whole.of("finished")[0]?.earlyStop).toMatchObject({ restored: true });
  });

  test("is refused on other samples than it began with", async () => {
    const kept = new KeptCheckpoints();
    await recordRun(blobNet(), { checkpoints: kept });
    const resume = decoded(kept.bytes.get(4) ?? new Uint8Array());
    const changed = blobDataset(150, 70);
    const { images } = changed.test;
    images[images.length - 1] = (images[images.length - 1] ?? 0) ^ 1;
    const other = await recordRun(resume.session.document, { resume, dataset: changed });
    expect(other.of("failed")[0]?.failure).toMatchObject({
      reason: "datasetUnavailable",
      message: expect.stringContaining("with other contents"),
    });
    const fewer = await recordRun(resume.session.document, { resume, dataset: blobDataset(140, 70) });
    expect(fewer.of("failed")[0]?.failure.message).toContain("150 training and 70 test samples");
  });

  test("that was stopped has no checkpoint where a stop ends it for good", async () => {
    const kept = Object.assign(new KeptCheckpoints(Number.POSITIVE_INFINITY), { onlyByTime: true, stopEnds: true });
    const stopped = await recordRun(blobNet(), {
      checkpoints: kept,
      onBatch: (numBatches, recording) => {
        if (numBatches === 3) recording.send({ type: "stop" });
      },
    });
    expect(stopped.of("finished")).toMatchObject([{ stopped: true }]);
    expect(kept.bytes.size).toBe(0);
  });

  test("that was stopped goes on from the step it was stopped at", async () => {
    const kept = new KeptCheckpoints(1e9);
    const whole = await recordRun(blobNet());
    const stopped = await recordRun(blobNet(), {
      checkpoints: kept,
      onBatch: (numBatches, recording) => {
        if (numBatches === 3) recording.send({ type: "stop" });
      },
    });
    const step = stopped.of("finished")[0]?.step ?? 0;
    expect([...kept.bytes.keys()]).toEqual([step]);
    const part = await resumed(kept.bytes.get(step) ?? new Uint8Array(), 2);
    expect(part.of("finished")[0]).toMatchObject({
      lossesHash: whole.of("finished")[0]?.lossesHash,
      weightsHash: whole.of("finished")[0]?.weightsHash,
    });
  });
});

describe("checkpoints of a run", () => {
  test("come at each epoch, and every so often", async () => {
    const kept = new KeptCheckpoints(1e9);
    await recordRun(blobNet({ epochs: 4 }), { checkpoints: kept });
    // The last epoch ends the run.
    expect([...kept.bytes.keys()]).toEqual([5, 10, 15]);
    let now = 0;
    const timed = new KeptCheckpoints(1000);
    await recordRun(blobNet({ epochs: 1, batchSize: 10 }), {
      checkpoints: timed,
      host: { now: () => now },
      onBatch: () => {
        now += 400;
      },
    });
    // Training of step 1 ends 400 ms after the start: due with steps 3, 6, 9 …
    expect([...timed.bytes.keys()].slice(0, 3)).toEqual([3, 6, 9]);
  });

  test("that cannot be written are told, and the run goes on", async () => {
    const recording = await recordRun(blobNet(), {
      checkpoints: { everyMs: 1e9, metricsBytes: () => 0, save: () => Promise.reject(new Error("the disk is full")) },
    });
    expect(recording.of("checkpointFailed")).toEqual([
      { type: "checkpointFailed", step: 5, message: "The checkpoint of step 5 was not written: the disk is full" },
    ]);
    expect(recording.of("finished")[0]?.step).toBe(10);
  });

  test("is written at once when it is asked for, and the run goes on from it to the same bits", async () => {
    const kept = new KeptCheckpoints(1e9);
    const whole = await recordRun(blobNet(), {
      checkpoints: kept,
      onBatch: (numBatches, recording) => {
        if (numBatches === 3) recording.send({ type: "keepRun", requestId: 7 });
      },
    });
    expect(whole.of("runKept")).toEqual([{ type: "runKept", requestId: 7, problem: null }]);
    const [step = 0] = kept.bytes.keys();
    expect(step).toBeGreaterThan(0);
    expect(step).toBeLessThan(5);
    const again = await resumed(kept.bytes.get(step) ?? new Uint8Array(), 1);
    expect(again.of("finished")[0]?.weightsHash).toBe(whole.of("finished")[0]?.weightsHash);
    whole.send({ type: "keepRun", requestId: 8 });
    await expect.poll(() => whole.of("runKept").at(-1)?.problem).toBe("The run is not under way.");

    const refused = await recordRun(blobNet(), {
      checkpoints: { everyMs: 1e9, metricsBytes: () => 0, save: () => Promise.reject(new Error("the disk is full")) },
      onBatch: (numBatches, recording) => {
        if (numBatches === 3) recording.send({ type: "keepRun", requestId: 1 });
      },
    });
    expect(refused.of("runKept")[0]?.problem).toMatch(/^The checkpoint of step \d was not written: the disk is full$/);
  });

  test("change no bit of the run", async () => {
    const [without, with_] = [
      await recordRun(blobNet()),
      await recordRun(blobNet(), { checkpoints: new KeptCheckpoints() }),
    ];
    expect(with_.of("finished")[0]?.weightsHash).toBe(without.of("finished")[0]?.weightsHash);
  });
});

describe("the format", () => {
  const kept = new KeptCheckpoints();
  const bytesOf = async (): Promise<Uint8Array> => {
    if (kept.bytes.size === 0) await recordRun(blobNet({ epochs: 1 }), { checkpoints: kept });
    return kept.bytes.get(3) ?? new Uint8Array();
  };

  test("gives back what it was given, values that are not finite too", async () => {
    const checkpoint = decoded(await bytesOf());
    const odd: Checkpoint = {
      ...checkpoint,
      session: {
        ...checkpoint.session,
        lastLoss: Number.NEGATIVE_INFINITY,
        tensors: [{ name: "a.b", shape: [2, 1], data: Float32Array.of(Number.NaN, -0) }],
      },
      run: { ...checkpoint.run, unreported: [1, Number.NaN, 0.1] },
    };
    const again = decoded(joined(encodeCheckpoint(odd)));
    expect(again).toEqual(odd);
    expect(joined(encodeCheckpoint(again))).toEqual(joined(encodeCheckpoint(odd)));
  });

  test("begins with its name and length, and lays tensors out as float32, little-endian", async () => {
    const bytes = await bytesOf();
    expect(new TextDecoder().decode(bytes.subarray(0, 8))).toBe("LSCHKPT\n");
    const headerBytes = new DataView(bytes.buffer).getUint32(8, true);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(12, 12 + headerBytes)));
    expect(header).toMatchObject({ format: "layerscope-checkpoint", version: 1, session: { step: 3 } });
    const [first] = decoded(bytes).session.tensors;
    const view = new DataView(bytes.buffer, 12 + headerBytes);
    expect(first?.data[1]).toBe(view.getFloat32(4, true));
    expect(header.tensors[0]).toEqual({ group: "weights", name: first?.name, shape: first?.shape });
  });

  test("is refused with a reason when it is cut off, too long, of another version or something else", async () => {
    const bytes = await bytesOf();
    const problem = (changed: Uint8Array): string => {
      const read = decodeCheckpoint(changed);
      return read.ok ? "" : read.error;
    };
    expect(problem(new Uint8Array())).toBe("it is not a checkpoint");
    expect(problem(new TextEncoder().encode("something else altogether"))).toBe("it is not a checkpoint");
    expect(problem(bytes.subarray(0, 100))).toBe("it ends in its header");
    expect(problem(bytes.subarray(0, bytes.length - 4))).toMatch(/^it ends in the tensor/);
    expect(problem(Uint8Array.from([...bytes, 0, 0]))).toBe("it has 2 bytes too many");
    const text = new TextDecoder("latin1").decode(bytes).replace('"version":1', '"version":7');
    const newer = Uint8Array.from(text, (character) => character.charCodeAt(0));
    expect(problem(newer)).toBe("it has version 7; this Layerscope reads version 1");
  });
});
