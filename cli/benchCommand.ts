/** `layerscope bench`: speed in training and inference, against the machine's own limit and against peers, pair by pair. */
import { createNodeHost } from "../engine/host/node.ts";
import { measureMachineLimit } from "../engine/host/nodeMachineLimit.ts";
import { createNetwork } from "../engine/train/createNetwork.ts";
import { initialTensors } from "../engine/train/initializers.ts";
import type { Network } from "../engine/train/network.ts";
import type { Arguments } from "./arguments.ts";
import { type BenchNet, benchNetNames, loadBenchNet } from "./bench/benchNets.ts";
import { Judge, type PeerName, type PeerSetting } from "./bench/judge.ts";
import { type LayerTime, measureLayers } from "./bench/layerTable.ts";
import { measureNetwork } from "./bench/measureNetwork.ts";
import { median } from "./bench/median.ts";
import type { Installation } from "./installation.ts";
import { writeError, writeJson, writeLine } from "./output.ts";
import { UsageError } from "./usageError.ts";

type Mode = "train" | "infer";

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

interface Row {
  readonly net: string;
  readonly mode: Mode;
  readonly threads: number;
  readonly statistics: boolean;
  readonly samplesPerSecond: number;
  readonly gflops: number;
  readonly peakShare: number;
  readonly peer: PeerName | null;
  readonly peerSamplesPerSecond: number | null;
  readonly ratio: number | null;
  readonly memoryBytes: number;
}

export const runBench = async (args: Arguments, installation: Installation): Promise<number> => {
  const names = listOf(args, "nets", benchNetNames, benchNetNames);
  const peers = listOf(args, "against", peerNames, []);
  const threads = threadCounts(args);
  const pairs = args.integer("pairs", 1, 1000) ?? 7;
  const seconds = args.positive("seconds") ?? 1;
  const isJson = args.has("json");
  const host = createNodeHost(installation);

  const limits = new Map<number, number>();
  for (const count of threads) limits.set(count, await measureMachineLimit(host, count));
  if (isJson) for (const [count, gflops] of limits) writeJson({ event: "limit", threads: count, gflops });
  else {
    for (const [count, gflops] of limits)
      writeLine(`Limit of ${count} thread${count === 1 ? "" : "s"}: ${gflops.toFixed(1)} GFLOP/s`);
    writeLine(`Median of ${pairs} ${peers.length === 0 ? "rounds" : "pairs"} of ${seconds} s each\n`);
    writeLine(
      ["net", "mode", "threads", "stats", "samples/s", "GFLOP/s", "of limit", "peer", "samples/s", "ratio"]
        .map(pad)
        .join(""),
    );
  }

  const judges: Judge[] = [];
  try {
    for (const peer of peers) judges.push(await Judge.start(peer, installation.judgesDirectory));
    for (const judge of judges) writeError(`layerscope bench: against ${judge.name} ${judge.version}`);
    for (const name of names) {
      const net = loadBenchNet(name);
      for (const count of threads) {
        const network = await createBenchNetwork(net, count, host);
        try {
          for (const { mode, statistics } of variants) {
            const measureOurs = (): number =>
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
  net: BenchNet,
  threads: number,
  host: ReturnType<typeof createNodeHost>,
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
  });
  if (!network.ok) throw new UsageError(network.error.message);
  network.value.setTensors(initialTensors(net.program, initializer, seed));
  return network.value;
};

type Comparison = Pick<Row, "samplesPerSecond" | "peer" | "peerSamplesPerSecond" | "ratio">;

/** Ours and the peer's in turn; the ratio is taken pair by pair. Without peers, ours alone. */
const comparePairs = async (call: {
  readonly measureOurs: () => number;
  readonly judges: readonly Judge[];
  readonly net: BenchNet["name"];
  readonly mode: Mode;
  readonly pairs: number;
  readonly seconds: number;
}): Promise<readonly Comparison[]> => {
  const { measureOurs, judges, net, mode, pairs, seconds } = call;
  if (judges.length === 0) {
    const rounds = Array.from({ length: pairs }, measureOurs);
    return [{ samplesPerSecond: median(rounds), peer: null, peerSamplesPerSecond: null, ratio: null }];
  }
  const comparisons: Comparison[] = [];
  for (const judge of judges) {
    const setting = await fastestSetting(judge, net, mode, seconds);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      ours.push(measureOurs());
      theirs.push(await judge.measure({ net, mode, seconds }, setting));
    }
    comparisons.push({
      samplesPerSecond: median(ours),
      peer: judge.name,
      peerSamplesPerSecond: median(theirs),
      ratio: median(ours.map((rate, pair) => rate / (theirs[pair] ?? Number.NaN))),
    });
  }
  return comparisons;
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

const widths = [16, 7, 9, 7, 11, 10, 10, 7, 11, 7];
const pad = (cell: string, column: number): string =>
  column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);

const report = (row: Row, isJson: boolean): void => {
  if (isJson) {
    writeJson({ event: "bench", ...row });
    return;
  }
  const rate = (value: number | null): string => (value === null ? "" : Math.round(value).toLocaleString("en-US"));
  const cells = [
    row.net,
    row.mode,
    String(row.threads),
    row.statistics ? "on" : "off",
    rate(row.samplesPerSecond),
    row.gflops.toFixed(1),
    `${(100 * row.peakShare).toFixed(0)} %`,
    row.peer ?? "",
    rate(row.peerSamplesPerSecond),
    row.ratio === null ? "" : row.ratio.toFixed(2),
  ];
  writeLine(cells.map(pad).join("").trimEnd());
};

/** The table of a net's layers: where the time of a training step without statistics goes. */
const reportLayers = (
  layers: readonly LayerTime[],
  call: { readonly net: string; readonly threads: number; readonly limit: number; readonly isJson: boolean },
): void => {
  const { net, threads, limit, isJson } = call;
  const total = layers.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  if (isJson) {
    for (const layer of layers) {
      const peakShare = layer.gflops === null ? null : layer.gflops / limit;
      writeJson({ event: "layer", net, threads, ...layer, peakShare });
    }
    return;
  }
  const columns = [22, 22, 10, 9, 8, 10, 10, 8];
  const line = (cells: readonly string[]): void =>
    writeLine(
      cells
        .map((cell, at) => (at < 3 ? cell.padEnd(columns[at] ?? 0) : cell.padStart(columns[at] ?? 0)))
        .join("")
        .trimEnd(),
    );
  writeLine(`\n${net}, a training step on ${threads} thread${threads === 1 ? "" : "s"}: ${total.toFixed(2)} ms`);
  line(["  layers", "kernel", "pass", "ms", "share", "GFLOP/s", "of limit", "GB/s"]);
  for (const { nodes, kernel, pass, milliseconds, gflops, gigabytesPerSecond } of layers) {
    line([
      `  ${nodes.join(" ")}`,
      kernel,
      pass,
      milliseconds.toFixed(3),
      `${((100 * milliseconds) / total).toFixed(1)} %`,
      gflops === null ? "" : gflops.toFixed(1),
      gflops === null ? "" : `${((100 * gflops) / limit).toFixed(0)} %`,
      gigabytesPerSecond === null ? "" : gigabytesPerSecond.toFixed(1),
    ]);
  }
  writeLine("");
};
