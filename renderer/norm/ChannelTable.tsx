/** Every number of a batch norm by channel, for reading, copying and for screen readers. */
import { useState } from "react";
import { formatCount, formatReadout, NONE } from "../charts/format.ts";
import { useLive } from "../run/liveRun.ts";
import { runStore } from "../run/runStore.ts";
import { normViewOf } from "./normView.ts";

/** More rows than anyone reads would make the page slow while a run streams. */
const MAX_ROWS = 256;

export const ChannelTable = ({
  nodeId,
  name,
  unit,
}: {
  readonly nodeId: string;
  readonly name: string;
  readonly unit: "channel" | "feature";
}) => {
  const [view, setView] = useState(() => normViewOf(nodeId, runStore.getState()));
  useLive(() => {
    const next = normViewOf(nodeId, runStore.getState());
    if (next !== view) setView(next);
  });
  if (view === null) return <p className="inspector-empty">Nothing was measured yet.</p>;
  const { batchMean, batchVariance, runningMean, runningVariance, gamma, beta } = view.statistics;
  const numRows = Math.min(MAX_ROWS, runningMean.length);
  const at = (values: ArrayLike<number> | null | undefined, c: number): string =>
    values === null || values === undefined ? NONE : formatReadout(values[c] ?? Number.NaN);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls by keyboard */}
      <section className="norm-table" tabIndex={0} aria-label={`Numbers of ${name}`}>
        <table>
          <caption>{`At step ${formatCount(view.step)}`}</caption>
          <thead>
            <tr>
              <th scope="col" rowSpan={2} aria-label={unit} />
              <th scope="colgroup" colSpan={2}>
                Mean
              </th>
              <th scope="colgroup" colSpan={2}>
                Variance
              </th>
              <th scope="col" rowSpan={2}>
                Gap
              </th>
              <th scope="col" rowSpan={2}>
                γ
              </th>
              <th scope="col" rowSpan={2}>
                β
              </th>
            </tr>
            <tr>
              <th scope="col">batch</th>
              <th scope="col">running</th>
              <th scope="col">batch</th>
              <th scope="col">running</th>
            </tr>
          </thead>
          <tbody>
            {Array.from({ length: numRows }, (_, c) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a channel is its number
              <tr key={c}>
                <th scope="row">{formatCount(c)}</th>
                <td>{at(batchMean, c)}</td>
                <td>{at(runningMean, c)}</td>
                <td>{at(batchVariance, c)}</td>
                <td>{at(runningVariance, c)}</td>
                <td>{at(view.gap?.means, c)}</td>
                <td>{at(gamma, c)}</td>
                <td>{at(beta, c)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {runningMean.length > numRows && (
        <p className="output-fact">
          {`The first ${formatCount(numRows)} of ${formatCount(runningMean.length)} ${unit}s; the CSV has all.`}
        </p>
      )}
    </>
  );
};
