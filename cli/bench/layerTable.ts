/** Where the time of a training step goes: a row for each kernel of each layer. */
import type { Program } from "../../engine/index.ts";
import type { Network, StepProfile } from "../../engine/train/network.ts";
import { median } from "./median.ts";

export interface LayerTime {
  /** Ids of the nodes that the kernel computes; empty for time spent waiting for other threads. */
  readonly nodes: readonly string[];
  readonly kernel: string;
  readonly pass: "forward" | "statistics" | "backward" | "update" | "waiting";
  /** Of a step, on all threads together: a thread's share if they shared it evenly. */
  readonly milliseconds: number;
  /** Of the operations of direct convolution and matrix product; null for kernels that only pass over data. */
  readonly gflops: number | null;
  /** Bytes of what the kernel reads and writes, each counted once. */
  readonly gigabytesPerSecond: number | null;
}

/** Kernels that compute a layer's multiply-adds once per sample. */
const contractions: ReadonlySet<string> = new Set([
  "contraction",
  "weightGradient",
  "product",
  "productGradient",
  "winogradForward",
  "winogradGradient",
  "winogradWeightGradient",
]);

const NUM_STEPS = 25;
const WARM_UP_STEPS = 3;

export interface LayerTableCall {
  readonly network: Network;
  readonly program: Program;
  readonly numSamples: number;
  readonly learningRate: number;
}

/** Medians over some steps without statistics; rows in the order of the step. */
export const measureLayers = (call: LayerTableCall): LayerTime[] => {
  const { network, program, numSamples, learningRate } = call;
  const { batchSize } = program;
  const multiplyAdds = new Map(program.layers.map((layer) => [layer.nodeId, layer.multiplyAdds]));
  const indices = Uint32Array.from({ length: batchSize }, (_, index) => (index * 941) % numSamples);
  const profiles: StepProfile[] = [];
  for (let step = 1; step <= WARM_UP_STEPS + NUM_STEPS; step++) {
    const profile = network.profileStep({ indices, step, learningRate, measure: false });
    if (step > WARM_UP_STEPS) profiles.push(profile);
  }
  const perThread = (values: readonly number[]): number => median(values) / network.threads;
  const rows = (profiles[0]?.steps ?? []).flatMap(({ nodes, kernel, pass, bytes }, at): LayerTime[] => {
    if (pass === "statistics") return [];
    const milliseconds = perThread(profiles.map(({ steps }) => steps[at]?.milliseconds ?? 0));
    const flops = contractions.has(kernel) ? 2 * batchSize * (multiplyAdds.get(nodes[0] ?? "") ?? 0) : 0;
    return [
      {
        nodes,
        kernel,
        pass,
        milliseconds,
        gflops: flops > 0 ? flops / milliseconds / 1e6 : null,
        gigabytesPerSecond: bytes / milliseconds / 1e6,
      },
    ];
  });
  return [
    ...rows,
    {
      nodes: [],
      kernel: "barrier",
      pass: "waiting",
      milliseconds: perThread(profiles.map(({ waiting }) => waiting)),
      gflops: null,
      gigabytesPerSecond: null,
    },
  ];
};
