/** `layerscope bench`: speed in training and inference, against the machine's own limit and against peers, pair by pair. */
import { createNodeHost } from "../engine/host/node.ts";
import { measureMachineLimit } from "../engine/host/nodeMachineLimit.ts";
import { createNetwork } from "../engine/train/createNetwork.ts";
import { initialTensors } from "../engine/train/initializers.ts";
import type { Network } from "../engine/train/network.ts";
import type { Arguments } from "./arguments.ts";
import { type BenchNet, benchNetNames, loadBenchNet } from "./bench/benchNets.ts";
import { Judge, type PeerName, type PeerSetting } from "./bench/judge.ts";
import { measureLayers } from "./bench/layerTable.ts";
import { loadMatrixNet, MATRIX_SIZE } from "./bench/matrixNet.ts";
import { type Measured, measureNetwork } from "./bench/measureNetwork.ts";
import { median } from "./bench/median.ts";
import { type Mode, type Row, report, reportHead, reportLayers, reportMatrices } from "./bench/report.ts";
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
  const host = createNodeHost(installation);

  const limits = new Map<number, number>();
  for (const count of threads) limits.set(count, await measureMachineLimit(host, count, build));
  if (isJson) for (const [count, gflops] of limits) writeJson({ event: "limit", threads: count, gflops });
  else {
    for (const [count, gflops] of limits)
      writeLine(`Limit of ${count} thread${count === 1 ? "" : "s"}: ${gflops.toFixed(1)} GFLOP/s`);
    writeLine(`Median of ${pairs} ${peers.length === 0 ? "rounds" : "pairs"} of ${seconds} s each\n`);
  }

  const matrixNet = loadMatrixNet();
  for (const count of threads) {
    const network = await createBenchNetwork(matrixNet, count, host, build);
    try {
      const layers = measureLayers({
        network,
        program: matrixNet.program,
        numSamples: matrixNet.data.train.count,
        learningRate: 0,
      });
      reportMatrices(layers, {
        size: MATRIX_SIZE,
        threads: count,
        limit: limits.get(count) ?? Number.NaN,
        isJson,
      });
    } finally {
      network.dispose();
    }
  }
  if (!isJson) reportHead();

  const judges: Judge[] = [];
  try {
    for (const peer of peers) judges.push(await Judge.start(peer, installation.judgesDirectory));
    for (const judge of judges) writeError(`layerscope bench: against ${judge.name} ${judge.version}`);
    for (const name of names) {
      const net = loadBenchNet(name);
      for (const count of threads) {
        const network = await createBenchNetwork(net, count, host, build);
        try {
          for (const { mode, statistics } of variants) {
            const measureOurs = (): Measured =>
              measureNetwork(network, host, {
                mode,
                batchSize: net.program.batchSize,
                numSamples: net.data.train.count,
                statistics,
                learningRate: 1e-3,
                seconds,
              });
            const rows = await comparePairs({ measureOurs, judges, net: name, mode, pairs, seconds });
            for (const row of rows) {
              const gflops = (row.samplesPerSecond * net.flops[mode]) / 1e9;
              const peakShare = gflops / (limits.get(count) ?? Number.NaN);
              report(
                {
                  ...row,
                  net: name,
                  mode,
                  threads: count,
                  statistics,
                  gflops,
                  peakShare,
                  memoryBytes: network.memoryBytes,
                },
                isJson,
              );
            }
          }
          const { program, data } = net;
          const layers = measureLayers({ network, program, numSamples: data.train.count, learningRate: 1e-3 });
          reportLayers(layers, { net: name, threads: count, limit: limits.get(count) ?? Number.NaN, isJson });
        } finally {
          network.dispose();
        }
      }
    }
  } finally {
    for (const judge of judges) judge.stop();
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

type Comparison = Pick<Row, "samplesPerSecond" | "statisticsShare" | "peer" | "peerSamplesPerSecond" | "ratio">;

/** Ours and the peer's in turn; the ratio is taken pair by pair. Without peers, ours alone. */
const comparePairs = async (call: {
  readonly measureOurs: () => Measured;
  readonly judges: readonly Judge[];
  readonly net: BenchNet["name"];
  readonly mode: Mode;
  readonly pairs: number;
  readonly seconds: number;
}): Promise<readonly Comparison[]> => {
  const { measureOurs, judges, net, mode, pairs, seconds } = call;
  if (judges.length === 0) {
    const rounds = Array.from({ length: pairs }, measureOurs);
    return [{ ...medianOf(rounds), peer: null, peerSamplesPerSecond: null, ratio: null }];
  }
  const comparisons: Comparison[] = [];
  for (const judge of judges) {
    const setting = await fastestSetting(judge, net, mode, seconds);
    const ours: Measured[] = [];
    const theirs: number[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      ours.push(measureOurs());
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

const medianOf = (rounds: readonly Measured[]): Measured => {
  const shares = rounds.flatMap(({ statisticsShare }) => statisticsShare ?? []);
  return {
    samplesPerSecond: median(rounds.map(({ samplesPerSecond }) => samplesPerSecond)),
    statisticsShare: shares.length === 0 ? null : median(shares),
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
