/** `layerscope bench`: speed in training and inference, against the machine's own limit and against peers, pair by pair. */
import { createNodeHost } from "../engine/host/node.ts";
import { type MachineLimit, openMachineLimit } from "../engine/host/nodeMachineLimit.ts";
import { counted } from "../engine/index.ts";
import { createNetwork } from "../engine/train/createNetwork.ts";
import { initialTensors } from "../engine/train/initializers.ts";
import type { Network } from "../engine/train/network.ts";
import type { Arguments } from "./arguments.ts";
import { type BenchNet, benchDataNames, benchNetNames, loadBenchNet } from "./bench/benchNets.ts";
import { Judge, type PeerName, type PeerSetting } from "./bench/judge.ts";
import { type LayerTime, measureLayers } from "./bench/layerTable.ts";
import { denseLayers, loadMatrixNet, type ProductShape, SQUARE } from "./bench/matrixNet.ts";
import { type Measured, measureNetwork } from "./bench/measureNetwork.ts";
import { median } from "./bench/median.ts";
import {
  type Mode,
  type Row,
  report,
  reportHead,
  reportLayers,
  reportMatrices,
  reportProducts,
  reportSpacing,
} from "./bench/report.ts";
import type { Installation } from "./installation.ts";
import { writeError, writeJson, writeLine } from "./output.ts";
import { UsageError } from "./usageError.ts";

type KernelBuild = Network["build"];
const kernelBuilds: readonly KernelBuild[] = ["relaxed-simd", "simd"];

const peerNames: readonly PeerName[] = ["torch", "tfjs"];

const listOf = <T extends string>(
  args: Arguments,
  option: string,
  allowed: readonly T[],
  fallback: readonly T[],
): readonly T[] => {
  const text = args.text(option);
  if (text === undefined) return fallback;
  return text.split(",").map((word) => {
    const found = allowed.find((name) => name === word.trim());
    if (found === undefined) throw new UsageError(`--${option} takes ${allowed.join(", ")}; found "${word}".`);
    return found;
  });
};

const threadCounts = (args: Arguments): readonly number[] =>
  (args.text("threads") ?? "1,2").split(",").map((word) => {
    const count = Number(word);
    if (!Number.isInteger(count) || count < 1 || count > 16) {
      throw new UsageError(`--threads takes whole numbers from 1 to 16, separated by commas; found "${word}".`);
    }
    return count;
  });

export const runBench = async (args: Arguments, installation: Installation): Promise<number> => {
  const names = listOf(args, "nets", benchNetNames, benchNetNames);
  const peers = listOf(args, "against", peerNames, []);
  const threads = threadCounts(args);
  const pairs = args.integer("pairs", 1, 1000) ?? 7;
  const seconds = args.positive("seconds") ?? 1;
  const isJson = args.has("json");
  const build = listOf(args, "build", kernelBuilds, [])[0] ?? null;
  const python = args.text("python") ?? null;
  if (python !== null && !peers.includes("torch")) throw new UsageError("--python needs --against torch.");
  const [wanted = "own"] = listOf(args, "data", benchDataNames, []);
  const host = createNodeHost(installation);

  const limits: MachineLimit[] = [];
  const judges: Judge[] = [];
  try {
    for (const peer of peers) judges.push(await Judge.start(peer, installation.judgesDirectory, python));
    for (const judge of judges) writeError(`layerscope bench: against ${judge.name} ${judge.version}`);
    for (const count of threads) limits.push(await openMachineLimit(host, count, build));
    for (const limit of limits) {
      const gflops = await limit.measure();
      if (isJson) writeJson({ event: "limit", threads: limit.threads, gflops });
      else writeLine(`Limit of ${counted(limit.threads, "thread")}: ${gflops.toFixed(1)} GFLOP/s`);
    }
    if (!isJson) writeLine(`Median of ${pairs} ${peers.length === 0 ? "rounds" : "pairs"} of ${seconds} s each\n`);

    const measureProducts = async (shape: ProductShape, limit: MachineLimit): Promise<readonly LayerTime[]> => {
      const net = loadMatrixNet(shape);
      const network = await createBenchNetwork(net, limit.threads, host, build);
      try {
        const { program, data } = net;
        return await measureLayers({ network, program, numSamples: data.train.count, learningRate: 0, limit });
      } finally {
        network.dispose();
      }
    };
    for (const limit of limits)
      reportMatrices(await measureProducts(SQUARE, limit), { ...SQUARE, threads: limit.threads, isJson });

    const nets: BenchNet[] = [];
    for (const name of names) nets.push(await loadBenchNet(name, wanted, host));
    if (!isJson) writeLine("\nThe nets' own products, by themselves, of the limit");
    for (const { name, program } of nets) {
      for (const { nodeId, shape } of denseLayers(program)) {
        for (const limit of limits) {
          const layers = await measureProducts(shape, limit);
          reportProducts(layers, { net: name, node: nodeId, ...shape, threads: limit.threads, isJson });
        }
      }
    }
    if (!isJson) reportHead();

    for (const net of nets) {
      const { name } = net;
      const { dataName } = net;
      for (const limit of limits) {
        const network = await createBenchNetwork(net, limit.threads, host, build);
        try {
          for (const { mode, statistics } of variants) {
            const measureOurs = async (): Promise<OurRound> => {
              const measured = measureNetwork(network, host, {
                mode,
                batchSize: net.program.batchSize,
                numSamples: net.data.train.count,
                statistics,
                learningRate: 1e-3,
                seconds,
              });
              const gflops = (measured.samplesPerSecond * net.flops[mode]) / 1e9;
              return { ...measured, gflops, peakShare: gflops / (await limit.measure()) };
            };
            const rows = await comparePairs({ measureOurs, judges, net: name, mode, pairs, seconds });
            for (const row of rows) {
              const { memoryBytes } = network;
              const { threads } = limit;
              report({ ...row, net: name, mode, data: dataName, threads, statistics, memoryBytes }, isJson);
            }
          }
          const { program, data } = net;
          const spaced = measureNetwork(network, host, {
            mode: "train",
            batchSize: program.batchSize,
            numSamples: data.train.count,
            statistics: "spaced",
            learningRate: 1e-3,
            // Long enough for some frames at their rate.
            seconds: Math.max(4, seconds),
          });
          const { statisticsShare, framesPerSecond } = spaced;
          reportSpacing(
            { net: name, data: dataName, threads: limit.threads, statisticsShare, framesPerSecond },
            isJson,
          );
          const layers = await measureLayers({
            network,
            program,
            numSamples: data.train.count,
            learningRate: 1e-3,
            limit,
          });
          reportLayers(layers, { net: name, data: dataName, threads: limit.threads, isJson });
        } finally {
          network.dispose();
        }
      }
    }
  } finally {
    for (const judge of judges) judge.stop();
    await Promise.all(limits.map((limit) => limit.close()));
  }
  return 0;
};

const variants: readonly { readonly mode: Mode; readonly statistics: boolean }[] = [
  { mode: "train", statistics: false },
  { mode: "train", statistics: true },
  { mode: "infer", statistics: false },
];

const createBenchNetwork = async (
  net: Pick<BenchNet, "document" | "program" | "data">,
  threads: number,
  host: ReturnType<typeof createNodeHost>,
  build: KernelBuild | null,
): Promise<Network> => {
  const { optimizer, weightDecay, seed, initializer } = net.document.training;
  const network = await createNetwork({
    program: net.program,
    data: net.data,
    optimizer,
    weightDecay,
    seed,
    threads,
    host,
    ...(build === null ? {} : { build }),
  });
  if (!network.ok) throw new UsageError(network.error.message);
  network.value.setTensors(initialTensors(net.program, initializer, seed));
  return network.value;
};

/** A round, and the share that it reached of the limit measured right after it. */
type OurRound = Measured & Pick<Row, "gflops" | "peakShare">;

type Comparison = OurRound & Pick<Row, "peer" | "peerSamplesPerSecond" | "ratio">;

/** Ours and the peer's in turn; the ratio is taken pair by pair. Without peers, ours alone. */
const comparePairs = async (call: {
  readonly measureOurs: () => Promise<OurRound>;
  readonly judges: readonly Judge[];
  readonly net: BenchNet["name"];
  readonly mode: Mode;
  readonly pairs: number;
  readonly seconds: number;
}): Promise<readonly Comparison[]> => {
  const { measureOurs, judges, net, mode, pairs, seconds } = call;
  if (judges.length === 0) {
    const rounds: OurRound[] = [];
    for (let round = 0; round < pairs; round++) rounds.push(await measureOurs());
    return [{ ...medianOf(rounds), peer: null, peerSamplesPerSecond: null, ratio: null }];
  }
  const comparisons: Comparison[] = [];
  for (const judge of judges) {
    const setting = await fastestSetting(judge, net, mode, seconds);
    const ours: OurRound[] = [];
    const theirs: number[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      ours.push(await measureOurs());
      theirs.push(await judge.measure({ net, mode, seconds }, setting));
    }
    comparisons.push({
      ...medianOf(ours),
      peer: judge.name,
      peerSamplesPerSecond: median(theirs),
      ratio: median(ours.map(({ samplesPerSecond }, pair) => samplesPerSecond / (theirs[pair] ?? Number.NaN))),
    });
  }
  return comparisons;
};

const medianOf = (rounds: readonly OurRound[]): OurRound => {
  const shares = rounds.flatMap(({ statisticsShare }) => statisticsShare ?? []);
  const rates = rounds.flatMap(({ framesPerSecond }) => framesPerSecond ?? []);
  return {
    samplesPerSecond: median(rounds.map(({ samplesPerSecond }) => samplesPerSecond)),
    statisticsShare: shares.length === 0 ? null : median(shares),
    framesPerSecond: rates.length === 0 ? null : median(rates),
    gflops: median(rounds.map(({ gflops }) => gflops)),
    peakShare: median(rounds.map(({ peakShare }) => peakShare)),
  };
};

/** Chosen once a net and mode: a peer is judged at its best. */
const fastest = new Map<string, PeerSetting>();

const fastestSetting = async (
  judge: Judge,
  net: BenchNet["name"],
  mode: Mode,
  seconds: number,
): Promise<PeerSetting> => {
  const key = `${judge.name} ${net} ${mode}`;
  const known = fastest.get(key);
  if (known !== undefined) return known;
  let best: { readonly setting: PeerSetting; readonly rate: number } | null = null;
  for (const setting of judge.settings) {
    const rates: number[] = [];
    for (let round = 0; round < 3; round++)
      rates.push(await judge.measure({ net, mode, seconds: seconds / 2 }, setting));
    const rate = Math.max(...rates);
    if (best === null || rate > best.rate) best = { setting, rate };
  }
  if (best === null) throw new Error(`${judge.name} has no setting to measure.`);
  fastest.set(key, best.setting);
  writeError(
    `layerscope bench: ${net} ${mode}: ${judge.name} is fastest with ${best.setting.threads} thread(s), ${best.setting.layout}`,
  );
  return best.setting;
};
