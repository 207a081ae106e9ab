/** Samples a second of our own engine. */
import type { Host } from "../../engine/host/host.ts";
import { encodeFrame } from "../../engine/telemetry/frameLayout.ts";
import { frameIntervalMs } from "../../engine/train/framePacing.ts";
import type { Network } from "../../engine/train/network.ts";

const FRAMES_PER_SECOND = 10;

export interface MeasureCall {
  readonly mode: "train" | "infer";
  readonly batchSize: number;
  readonly numSamples: number;
  /** Whether ten frames a second are measured and encoded; `spaced`: at most as often as a run with an open window does. */
  readonly statistics: boolean | "spaced";
  readonly learningRate: number;
  readonly seconds: number;
}

const WARM_UP_STEPS = 3;

export interface Measured {
  readonly samplesPerSecond: number;
  /** Share of the time in which statistics were gathered and frames written; null without statistics. */
  readonly statisticsShare: number | null;
  /** Frames measured in a second of the time; null without statistics. */
  readonly framesPerSecond: number | null;
}

/** Trains or evaluates batches until the time is over; samples per second of the time in between. */
export const measureNetwork = (network: Network, host: Pick<Host, "now">, call: MeasureCall): Measured => {
  const { mode, batchSize, numSamples } = call;
  const order = Uint32Array.from({ length: numSamples }, (_, index) => (index * 941) % numSamples);
  const numBatches = Math.floor(numSamples / batchSize);
  let step = 0;
  let nextFrameAt = host.now();
  let statisticsMs = 0;
  let numFrames = 0;
  const interval = (): number =>
    frameIntervalMs(
      FRAMES_PER_SECOND,
      call.statistics === "spaced" && numFrames > 0 ? statisticsMs / numFrames : 0,
      // As in the middle of a run.
      Number.POSITIVE_INFINITY,
    );
  const advance = (): void => {
    const start = (step % numBatches) * batchSize;
    step += 1;
    if (mode === "infer") {
      network.evaluate({ split: "test", start, count: batchSize });
      return;
    }
    const measure = call.statistics !== false && host.now() >= nextFrameAt;
    const indices = order.subarray(start, start + batchSize);
    network.trainStep({ indices, step, learningRate: call.learningRate, measure });
    if (!measure) return;
    // Ten a second of the clock, however long a step takes.
    const measuredAt = host.now();
    encodeFrame({ step, nodes: network.statistics(), samples: null });
    statisticsMs += network.statisticsMs() + host.now() - measuredAt;
    numFrames += 1;
    nextFrameAt = Math.max(nextFrameAt + interval(), measuredAt);
  };
  for (let warmUp = 0; warmUp < WARM_UP_STEPS; warmUp++) advance();
  const begun = host.now();
  const firstStep = step;
  statisticsMs = 0;
  numFrames = 0;
  for (;;) {
    advance();
    const elapsed = host.now() - begun;
    if (elapsed < call.seconds * 1000) continue;
    return {
      samplesPerSecond: (1000 * (step - firstStep) * batchSize) / elapsed,
      statisticsShare: call.statistics === false ? null : statisticsMs / elapsed,
      framesPerSecond: call.statistics === false ? null : (1000 * numFrames) / elapsed,
    };
  }
};
