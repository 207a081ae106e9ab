/** The numbers of all layers at the step shown, for reading, copying and for screen readers. */
import { useState } from "react";
import { updateRatio } from "../../engine/index.ts";
import { formatCount, formatFixed, formatPercent, formatReadout, NONE } from "../charts/format.ts";
import { useLive } from "../run/liveRun.ts";
import type { RunHistory } from "../run/runHistory.ts";
import { runStore } from "../run/runStore.ts";
import type { StatisticsRow } from "./statisticsRows.ts";
import { useStatistics } from "./statisticsStore.ts";

const HEADINGS = [
  "Layer",
  "Shape",
  "Mean",
  "Std",
  "Min",
  "Max",
  "Zero",
  "Saturated",
  "Not finite",
  "Dead channels",
  "Gradient std",
  "Weights",
  "Mean",
  "Std",
  "Gradient std",
  "Update to weight, log10",
] as const;

export const StatisticsTable = ({
  history,
  rows,
}: {
  readonly history: RunHistory;
  readonly rows: readonly StatisticsRow[];
}) => {
  const ratioBy = useStatistics((state) => state.ratioBy);
  const [frame, setFrame] = useState(() => history.frameAt(runStore.getState().shownStep));
  useLive(() => {
    const next = history.frameAt(runStore.getState().shownStep);
    if (next !== frame) setFrame(next);
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls by keyboard
    <section className="statistics-table" tabIndex={0} aria-label="Statistics of all layers">
      <table>
        <caption>{frame === null ? "Nothing was measured yet." : `At step ${formatCount(frame.step)}`}</caption>
        <thead>
          <tr>
            {HEADINGS.map((heading, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: headings repeat and never move
              <th key={index} scope="col">
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const node = frame?.nodes.find(({ nodeId }) => nodeId === row.nodeId);
            const tensors = node === undefined || node.weights.length === 0 ? [null] : node.weights;
            return tensors.map((tensor, index) => {
              const ratio = tensor === null ? null : updateRatio(tensor, ratioBy);
              return (
                <tr key={`${row.nodeId} ${tensor?.name ?? ""}`} className={index === 0 ? "" : "is-more"}>
                  {index === 0 ? (
                    <>
                      <th scope="row">{row.name}</th>
                      <td className="statistics-shape">{row.shape}</td>
                      {node === undefined ? (
                        <td colSpan={9}>not measured</td>
                      ) : (
                        <>
                          <td>{formatReadout(node.mean, node.std)}</td>
                          <td>{formatReadout(node.std)}</td>
                          <td>{formatReadout(node.min, node.std)}</td>
                          <td>{formatReadout(node.max, node.std)}</td>
                          <td>{formatPercent(node.zeros)}</td>
                          <td>{node.saturated === null ? NONE : formatPercent(node.saturated)}</td>
                          <td>{formatCount(node.nonFinite)}</td>
                          <td>{`${formatCount(node.deadChannels)} of ${formatCount(node.numChannels)}`}</td>
                          <td>{node.gradient === null ? NONE : formatReadout(node.gradient.std)}</td>
                        </>
                      )}
                    </>
                  ) : (
                    <td colSpan={11} />
                  )}
                  {tensor === null ? (
                    <td colSpan={5}>{NONE}</td>
                  ) : (
                    <>
                      <td>{tensor.name}</td>
                      <td>{formatReadout(tensor.mean, tensor.std)}</td>
                      <td>{formatReadout(tensor.std)}</td>
                      <td>{tensor.gradient === null ? NONE : formatReadout(tensor.gradient.std)}</td>
                      <td>{ratio === null || !Number.isFinite(ratio) ? NONE : formatFixed(ratio, 2)}</td>
                    </>
                  )}
                </tr>
              );
            });
          })}
        </tbody>
      </table>
    </section>
  );
};
