/** What `layerscope bench` prints: a row for each measurement, the table of a net's layers, the matrix products. */
import { counted } from "../../engine/index.ts";
import { writeJson, writeLine } from "../output.ts";
import type { BenchData, BenchNetName } from "./benchNets.ts";
import type { PeerName } from "./judge.ts";
import type { LayerTime } from "./layerTable.ts";
import { PRODUCT_NODE, type ProductShape } from "./matrixNet.ts";

export type Mode = "train" | "infer";

export interface Row {
  readonly net: BenchNetName;
  readonly mode: Mode;
  /** The samples: those of the document's dataset, or random bytes. */
  readonly data: BenchData;
  readonly threads: number;
  readonly statistics: boolean;
  /** Share of the time that they take; null where they are off. */
  readonly statisticsShare: number | null;
  readonly samplesPerSecond: number;
  readonly gflops: number;
  readonly peakShare: number;
  readonly peer: PeerName | null;
  readonly peerSamplesPerSecond: number | null;
  readonly ratio: number | null;
  readonly memoryBytes: number;
}

export const reportHead = (): void => {
  writeLine(
    [
      "net",
      "mode",
      "data",
      "threads",
      "stats",
      "samples/s",
      "GFLOP/s",
      "of limit",
      "memory",
      "peer",
      "samples/s",
      "ratio",
    ]
      .map(pad)
      .join(""),
  );
};

const widths = [16, 7, 7, 9, 7, 11, 10, 10, 9, 7, 11, 7];
const pad = (cell: string, column: number): string =>
  column < 3 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);

export const report = (row: Row, isJson: boolean): void => {
  if (isJson) {
    writeJson({ event: "bench", ...row });
    return;
  }
  const rate = (value: number | null): string => (value === null ? "" : Math.round(value).toLocaleString("en-US"));
  const cells = [
    row.net,
    row.mode,
    row.data,
    String(row.threads),
    row.statisticsShare === null ? "off" : `${(100 * row.statisticsShare).toFixed(1)} %`,
    rate(row.samplesPerSecond),
    row.gflops.toFixed(1),
    `${(100 * row.peakShare).toFixed(0)} %`,
    `${Math.round(row.memoryBytes / 1e6)} MB`,
    row.peer ?? "",
    rate(row.peerSamplesPerSecond),
    row.ratio === null ? "" : row.ratio.toFixed(2),
  ];
  writeLine(cells.map(pad).join("").trimEnd());
};

/** What statistics take of the time when they are spaced as a run spaces them. */
export const reportSpacing = (
  row: Pick<Row, "net" | "data" | "threads" | "statisticsShare"> & { readonly framesPerSecond: number | null },
  isJson: boolean,
): void => {
  if (isJson) {
    writeJson({ event: "spacedStatistics", ...row });
    return;
  }
  const { net, threads, statisticsShare, framesPerSecond } = row;
  const frames = `${(framesPerSecond ?? 0).toFixed(1)} frames a second`;
  writeLine(
    `${net}, ${threadsText(threads)}: as a run spaces them, ${frames} take ${(100 * (statisticsShare ?? 0)).toFixed(1)} % of the time`,
  );
};

/** The table of a net's layers: where the time of a training step without statistics goes. */
export const reportLayers = (
  layers: readonly LayerTime[],
  call: { readonly net: string; readonly data: BenchData; readonly threads: number; readonly isJson: boolean },
): void => {
  const { net, data, threads, isJson } = call;
  const total = layers.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  if (isJson) {
    for (const layer of layers) writeJson({ event: "layer", net, data, threads, ...layer });
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
  writeLine(`\n${net}, ${data} samples, a training step on ${threadsText(threads)}: ${total.toFixed(2)} ms`);
  line(["  layers", "kernel", "pass", "ms", "share", "GFLOP/s", "of limit", "GB/s"]);
  for (const { nodes, kernel, pass, milliseconds, gflops, peakShare, gigabytesPerSecond } of layers) {
    line([
      `  ${nodes.join(" ")}`,
      kernel,
      pass,
      milliseconds.toFixed(3),
      `${((100 * milliseconds) / total).toFixed(1)} %`,
      gflops === null ? "" : gflops.toFixed(1),
      peakShare === null ? "" : `${(100 * peakShare).toFixed(0)} %`,
      gigabytesPerSecond === null ? "" : gigabytesPerSecond.toFixed(1),
    ]);
  }
  writeLine("");
};

const passNames = { forward: "forward", backward: "input gradient", gradient: "weight gradient" } as const;

/** The three products of a matrix net's layer, each beside the limit measured in between. */
const productsOf = (layers: readonly LayerTime[]) =>
  layers.flatMap(({ nodes, kernel, pass, gflops, peakShare }) => {
    if (gflops === null || peakShare === null || nodes[0] !== PRODUCT_NODE) return [];
    const product =
      passNames[
        kernel === "productGradient" || kernel === "narrowGradient" ? "gradient" : (pass as "forward" | "backward")
      ];
    return [{ product, gflops, peakShare }];
  });

const threadsText = (threads: number): string => counted(threads, "thread");
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/** Square matrix products as dense layers run them. */
export const reportMatrices = (
  layers: readonly LayerTime[],
  call: { readonly samples: number; readonly threads: number; readonly isJson: boolean },
): void => {
  const { samples: size, threads, isJson } = call;
  for (const { product, gflops, peakShare } of productsOf(layers)) {
    if (isJson) writeJson({ event: "matrix", size, threads, product, gflops, peakShare });
    else {
      const where = `${size}³, ${product}, ${threadsText(threads)}`;
      writeLine(`Matrix product ${where}: ${gflops.toFixed(1)} GFLOP/s, ${percent(peakShare)} of the limit`);
    }
  }
};

/** The products of a net's dense layer, with nothing else that would take the caches. */
export const reportProducts = (
  layers: readonly LayerTime[],
  call: ProductShape & {
    readonly net: string;
    readonly node: string;
    readonly threads: number;
    readonly isJson: boolean;
  },
): void => {
  const { isJson, ...where } = call;
  const products = productsOf(layers);
  if (isJson) for (const each of products) writeJson({ event: "product", ...where, ...each });
  else {
    const { net, node, samples, inputs, outputs, threads } = where;
    const shape = `${net} ${node}, ${samples} × ${inputs} → ${outputs}, ${threadsText(threads)}`;
    const shares = products.map(({ product, peakShare }) => `${product} ${percent(peakShare)}`);
    writeLine(`${shape}: ${shares.join(", ")}`);
  }
};
