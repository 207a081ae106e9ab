/** Where the time of a training step goes: a row for each kernel of each layer. */
import type { MachineLimit } from "../../engine/host/nodeMachineLimit.ts";
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
  /** Of the operations of direct convolution and matrix product; null for kernels that only pass over data, or left them to another. */
  readonly gflops: number | null;
  /**
   * Of the limit measured between the steps, which is the best of a few rounds: so a stretch counts with one of its fastest steps. The
   * median over some stretches; null where `gflops` is.
   */
  readonly peakShare: number | null;
  /** Bytes of what the kernel reads and writes, each counted once. */
  readonly gigabytesPerSecond: number | null;
}

/** Kernels that compute a layer's multiply-adds once per sample. */
const contractions: ReadonlySet<string> = new Set([
  "contraction",
  "weightGradient",
  "product",
  "productGradient",
  "narrowGradient",
  "winogradForward",
]);

/**
 * How often a kernel computes its layer's multiply-adds per sample. `winogradGradient` computes both gradients, of the weights and, but
 * for the layer that the samples enter, of the input; `winogradWeightGradient` only brings the sums of the first into their form.
 */
const timesComputed = (kernel: string, nodeId: string, program: Program): number => {
  if (kernel !== "winogradGradient") return contractions.has(kernel) ? 1 : 0;
  const layer = program.layers.find((each) => each.nodeId === nodeId);
  return layer?.inputs[0] === program.layers[0]?.nodeId ? 1 : 2;
};

/** Winograd's algorithm saves so much at best: a kernel that seems to save more left its operations to another. */
const MOST_SAVED = 4;

/** The machine's limit is measured before and after each stretch: other programs change it from one second to the next. */
const NUM_STRETCHES = 7;
/** Long enough for caches to hold what they hold while a net trains: after the limit they hold nothing of it. */
const STRETCH_MS = 60;
const LEAST_STEPS = 5;
const WARM_UP_STEPS = 3;
/** Of the times of a stretch, ascending: the fastest of five, and as rare a one of more. */
const FAST_SHARE = 0.1;

export interface LayerTableCall {
  readonly network: Network;
  readonly program: Program;
  readonly numSamples: number;
  readonly learningRate: number;
  readonly limit: MachineLimit;
}

const fastOf = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[Math.floor(FAST_SHARE * times.length)] ?? Number.NaN;

/** Medians over some steps without statistics; rows in the order of the step. */
export const measureLayers = async (call: LayerTableCall): Promise<LayerTime[]> => {
  const { network, program, numSamples, learningRate } = call;
  const { batchSize } = program;
  const multiplyAdds = new Map(program.layers.map((layer) => [layer.nodeId, layer.multiplyAdds]));
  const indices = Uint32Array.from({ length: batchSize }, (_, index) => (index * 941) % numSamples);
  let step = 0;
  const profileSteps = (count: number): StepProfile[] =>
    Array.from({ length: count }, () => {
      step += 1;
      return network.profileStep({ indices, step, learningRate, measure: false });
    });
  const stepMs = median(
    profileSteps(WARM_UP_STEPS).map(({ steps }) => steps.reduce((sum, each) => sum + each.milliseconds, 0)),
  );
  const stepsOfStretch = Math.max(LEAST_STEPS, Math.ceil((STRETCH_MS * network.threads) / stepMs));
  const stretches: { readonly profiles: readonly StepProfile[]; readonly limit: number }[] = [];
  let before = await call.limit.measure();
  for (let stretch = 0; stretch < NUM_STRETCHES; stretch++) {
    const stretchProfiles = profileSteps(stepsOfStretch);
    const after = await call.limit.measure();
    stretches.push({ profiles: stretchProfiles, limit: (before + after) / 2 });
    before = after;
  }
  const profiles = stretches.flatMap((stretch) => stretch.profiles);
  const rows = (profiles[0]?.steps ?? []).flatMap(({ nodes, kernel, pass, bytes }, at): LayerTime[] => {
    if (pass === "statistics") return [];
    const timesIn = (some: readonly StepProfile[]): number[] =>
      some.map(({ steps }) => (steps[at]?.milliseconds ?? 0) / network.threads);
    const milliseconds = median(timesIn(profiles));
    const [nodeId = ""] = nodes;
    const all = 2 * batchSize * (multiplyAdds.get(nodeId) ?? 0) * timesComputed(kernel, nodeId, program);
    const limit = median(stretches.map((stretch) => stretch.limit));
    const flops = all / milliseconds / 1e6 > MOST_SAVED * limit ? 0 : all;
    const shares = stretches.map((stretch) => flops / fastOf(timesIn(stretch.profiles)) / 1e6 / stretch.limit);
    return [
      {
        nodes,
        kernel,
        pass,
        milliseconds,
        gflops: flops > 0 ? flops / milliseconds / 1e6 : null,
        peakShare: flops > 0 ? median(shares) : null,
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
      milliseconds: median(profiles.map(({ waiting }) => waiting)) / network.threads,
      gflops: null,
      peakShare: null,
      gigabytesPerSecond: null,
    },
  ];
};
