/** The numbers of a batch norm at the step shown, as CSV. */
import { getShell } from "../app/shellAccess.ts";
import { notify } from "../app/viewStore.ts";
import { documentStore } from "../document/documentStore.ts";
import { documentTitle } from "../document/fileActions.ts";
import { runStore } from "../run/runStore.ts";
import { type NormView, normViewOf } from "./normView.ts";

const COLUMNS = [
  "step",
  "channel",
  "batch_mean",
  "batch_variance",
  "running_mean",
  "running_variance",
  "gamma",
  "beta",
  "mean_gap_in_running_std",
  "output_rms_difference",
] as const;

/** A line for each channel; empty cells where the batch has no part in training. */
export const channelsCsv = ({ step, statistics, gap }: NormView): string => {
  const { batchMean, batchVariance, runningMean, runningVariance, gamma, beta } = statistics;
  const vectors = [batchMean, batchVariance, runningMean, runningVariance, gamma, beta, gap?.means, gap?.rms];
  const lines = Array.from(runningMean, (_, c) => [step, c, ...vectors.map((values) => values?.[c] ?? "")].join(","));
  return `${[COLUMNS.join(","), ...lines].join("\n")}\n`;
};

/** Asks where to, and writes it there. */
export const exportChannels = async (nodeId: string, name: string): Promise<void> => {
  const view = normViewOf(nodeId, runStore.getState());
  if (view === null) return;
  const title = documentTitle(documentStore.getState().file);
  const outcome = await getShell().saveExport({
    suggestedName: `${title}-${name}-step-${view.step}.csv`,
    content: channelsCsv(view),
  });
  if (outcome.status === "failed") {
    notify({ tone: "error", title: "The numbers were not saved", text: outcome.problem.message });
  }
};
