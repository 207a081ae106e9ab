/** The nets of the benchmark, and samples to train them on: those of their own dataset, or random ones. */
import { limitTest, limitTraining } from "../../engine/data/dataset.ts";
import { networkData } from "../../engine/data/networkData.ts";
import type { TrainerHost } from "../../engine/host/host.ts";
import { compile, type LayerscopeDocument, type Program, parse } from "../../engine/index.ts";
import type { NetworkData } from "../../engine/train/network.ts";
import { createStream } from "../../engine/train/rng.ts";
import lenetAverage from "../../examples/lenet-bn-avg.layerscope?raw";
import lenetMax from "../../examples/lenet-bn-max.layerscope?raw";
import mlp from "../../examples/mlp-bn.layerscope?raw";
import vgg from "./vgg-bn-cifar10.layerscope?raw";

/** As many as fit any batch of the benchmark several times over; they stay in memory. */
const NUM_SAMPLES = 2048;
const NUM_CLASSES = 10;

const sources = {
  "mlp-bn": { text: mlp, sampleShape: [1, 28, 28] },
  "lenet-bn-max": { text: lenetMax, sampleShape: [1, 28, 28] },
  "lenet-bn-avg": { text: lenetAverage, sampleShape: [1, 28, 28] },
  "vgg-bn-cifar10": { text: vgg, sampleShape: [3, 32, 32] },
} as const;

export type BenchNetName = keyof typeof sources;
export const benchNetNames = Object.keys(sources).filter((name): name is BenchNetName => name in sources);

/** Whether samples are the first ones of the document's dataset, or random bytes; no weight of a dense layer meets a 0 in these. */
export type BenchData = "own" | "random";
export const benchDataNames: readonly BenchData[] = ["own", "random"];

export interface BenchNet {
  readonly name: BenchNetName;
  readonly document: LayerscopeDocument;
  readonly program: Program;
  readonly data: NetworkData;
  readonly dataName: BenchData;
  /** Floating-point operations of one sample, multiply and add counted apart, as direct convolution and matrix product need them. */
  readonly flops: { readonly train: number; readonly infer: number };
}

/** Random samples where the dataset is not on this machine. */
export const loadBenchNet = async (
  name: BenchNetName,
  wanted: BenchData,
  host: Pick<TrainerHost, "loadDataset">,
): Promise<BenchNet> => {
  const { text, sampleShape } = sources[name];
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(`The benchmark's document ${name} does not parse.`);
  const document = parsed.value;
  const facts = { sampleShape, numClasses: NUM_CLASSES, trainCount: NUM_SAMPLES };
  const { program } = compile(document, { dataset: facts });
  if (program === null) throw new Error(`The benchmark's document ${name} does not compile.`);
  const own = wanted === "own" ? await host.loadDataset(document.dataset) : null;
  const samples =
    own?.ok === true
      ? { data: networkData(limitTest(limitTraining(own.value, NUM_SAMPLES), NUM_SAMPLES)), dataName: "own" as const }
      : { data: randomData(sampleShape), dataName: "random" as const };
  return { name, document, program, ...samples, flops: countFlops(program) };
};

export const randomData = (sampleShape: readonly number[]): NetworkData => {
  const random = createStream(1, "bench");
  const bytes = (count: number, limit: number): Uint8Array =>
    Uint8Array.from({ length: count }, () => Math.floor(random() * limit));
  const sampleBytes = sampleShape.reduce((product, extent) => product * extent, 1);
  const part = {
    count: NUM_SAMPLES,
    images: bytes(NUM_SAMPLES * sampleBytes, 256),
    labels: { classes: bytes(NUM_SAMPLES, NUM_CLASSES) },
  };
  // Bytes of equal chance have mean 127.5 and std 73.9: standardized as a dataset would be.
  return { sampleShape, scale: 1 / 73.9, offset: -127.5 / 73.9, train: part, test: part };
};

/** Forward, weight gradient and input gradient cost the same; the first layer with weights needs no input gradient. */
const countFlops = (program: Program): BenchNet["flops"] => {
  const multiplyAdds = program.layers.map((layer) => layer.multiplyAdds).filter((count) => count > 0);
  const forward = 2 * multiplyAdds.reduce((sum, count) => sum + count, 0);
  return { infer: forward, train: 3 * forward - 2 * (multiplyAdds[0] ?? 0) };
};
