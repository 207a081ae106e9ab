/** The weights of the trained net that was opened, tensor by tensor: what there is to see of it before a run measures. */
import type { Histogram } from "../../engine/index.ts";
import { formatShape } from "../../engine/index.ts";
import { ChartTools } from "../charts/ChartTools.tsx";
import type { ChartTable } from "../charts/chartTable.ts";
import { csvItem } from "../charts/exportChart.ts";
import { formatCount, formatReadout } from "../charts/format.ts";
import { describeHistogram } from "../charts/HistogramPlot.tsx";
import { wordsOf } from "../inspector/paramControls.ts";
import { netWords } from "../run/shownNet.ts";
import type { StartingNet } from "../run/startingNet.ts";

const HEADINGS = [
  "Layer",
  "Tensor",
  "Shape",
  "Values",
  "Mean",
  "Std",
  "Min",
  "Max",
  "Not finite",
  "Histogram",
] as const;
const [WIDTH, HEIGHT] = [128, 22];

/** Stepped from bin to bin, closed along the bottom. */
const outlineOf = ({ counts }: Histogram): string => {
  const most = Math.max(1, ...counts);
  const step = WIDTH / counts.length;
  const path = [...counts].map((count, bin) => {
    const y = (HEIGHT - 1 - (count / most) * (HEIGHT - 2)).toFixed(1);
    return `V${y}H${((bin + 1) * step).toFixed(1)}`;
  });
  return `M0 ${HEIGHT - 1}${path.join("")}V${HEIGHT - 1}Z`;
};

const Outline = ({ label, histogram }: { readonly label: string; readonly histogram: Histogram }) => {
  const { low, high } = histogram;
  const zero = low < 0 && high > 0 ? (-low / (high - low)) * WIDTH : null;
  return (
    <svg className="statistics-outline" width={WIDTH} height={HEIGHT} role="img">
      <title>{describeHistogram(label, histogram)}</title>
      <path d={outlineOf(histogram)} />
      {zero !== null && <line x1={zero} x2={zero} y1={0} y2={HEIGHT} />}
    </svg>
  );
};

const COLUMNS = ["layer", "kind", "tensor", "shape", "count", "mean", "std", "min", "max", "not_finite"];

/** A row for each tensor. */
export const netTable = ({ weights }: Pick<StartingNet, "weights">): ChartTable => ({
  columns: COLUMNS.map((id) => ({ id, title: null })),
  rows: weights.flatMap(({ name, kind, tensors }) =>
    tensors.map((tensor) => [
      ...[name, kind, tensor.name, formatShape(tensor.shape), tensor.count],
      ...[tensor.mean, tensor.std, tensor.min, tensor.max, tensor.nonFinite],
    ]),
  ),
});

export const NetWeights = ({ net }: { readonly net: StartingNet }) => (
  <>
    <div className="statistics-tools" role="toolbar" aria-label="What is shown of the net">
      <strong>Weights</strong>
      <span className="statistics-note">{`${netWords(net)}. Train to measure the signal, its gradients and updates.`}</span>
      <ChartTools
        of="the weights"
        sections={() => [
          { heading: netWords(net), items: [csvItem("Numbers of every tensor", "weights", () => netTable(net))] },
        ]}
      />
    </div>
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls by keyboard */}
    <section className="statistics-table is-net" tabIndex={0} aria-label={`Weights of ${net.name}`}>
      <table>
        <thead>
          <tr>
            {HEADINGS.map((heading) => (
              <th key={heading} scope="col">
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {net.weights.flatMap((layer) =>
            layer.tensors.map((tensor, index) => (
              <tr key={`${layer.nodeId} ${tensor.name}`} className={index === 0 ? "" : "is-more"}>
                {index === 0 ? <th scope="row">{layer.name}</th> : <td />}
                <td>{wordsOf(tensor.name)}</td>
                <td className="statistics-shape">{formatShape(tensor.shape)}</td>
                <td>{formatCount(tensor.count)}</td>
                <td>{formatReadout(tensor.mean, tensor.std)}</td>
                <td>{formatReadout(tensor.std)}</td>
                <td>{formatReadout(tensor.min, tensor.std)}</td>
                <td>{formatReadout(tensor.max, tensor.std)}</td>
                <td>{formatCount(tensor.nonFinite)}</td>
                <td>
                  <Outline label={`${layer.name}, ${tensor.name}`} histogram={tensor.histogram} />
                </td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </section>
  </>
);
