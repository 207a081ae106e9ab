/** Samples a second of our own engine. */
import type { Host } from "../../engine/host/host.ts";
import { encodeFrame } from "../../engine/telemetry/frameLayout.ts";
import type { Network } from "../../engine/train/network.ts";

const FRAME_INTERVAL_MS = 100;

export interface MeasureCall {
  readonly mode: "train" | "infer";
  readonly batchSize: number;
  readonly numSamples: number;
  /** Whether ten frames a second are measured and encoded, as a run with an open window does. */
  readonly statistics: boolean;
  readonly learningRate: number;
  readonly seconds: number;
}

const WARM_UP_STEPS = 3;

export interface Measured {
  readonly samplesPerSecond: number;
  /** Share of the time in which statistics were gathered and frames written; null without statistics. */
  readonly statisticsShare: number | null;
}

/** Trains or evaluates batches until the time is over; samples per second of the time in between. */
export const measureNetwork = (network: Network, host: Pick<Host, "now">, call: MeasureCall): Measured => {
  const { mode, batchSize, numSamples } = call;
  const order = Uint32Array.from({ length: numSamples }, (_, index) => (index * 941) % numSamples);
  const numBatches = Math.floor(numSamples / batchSize);
  let step = 0;
  let nextFrameAt = host.now();
  let statisticsMs = 0;
  const advance = (): void => {
    const start = (step % numBatches) * batchSize;
    step += 1;
    if (mode === "infer") {
      network.evaluate({ split: "test", start, count: batchSize });
      return;
    }
    const measure = call.statistics && host.now() >= nextFrameAt;
    const indices = order.subarray(start, start + batchSize);
    network.trainStep({ indices, step, learningRate: call.learningRate, measure });
    if (!measure) return;
    // Ten a second of the clock, however long a step takes.
    const measuredAt = host.now();
    nextFrameAt = Math.max(nextFrameAt + FRAME_INTERVAL_MS, measuredAt);
    encodeFrame({ step, nodes: network.statistics(), samples: null });
    statisticsMs += network.statisticsMs() + host.now() - measuredAt;
  };
  for (let warmUp = 0; warmUp < WARM_UP_STEPS; warmUp++) advance();
  const begun = host.now();
  const firstStep = step;
  statisticsMs = 0;
  for (;;) {
    advance();
    const elapsed = host.now() - begun;
    if (elapsed < call.seconds * 1000) continue;
    return {
      samplesPerSecond: (1000 * (step - firstStep) * batchSize) / elapsed,
      statisticsShare: call.statistics ? statisticsMs / elapsed : null,
    };
  }
};
