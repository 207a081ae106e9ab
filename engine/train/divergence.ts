/** Whether a step has left the finite numbers, and where first. */
import type { ProgramLayer } from "../compile/compiled.ts";
import type { NodeStatistics } from "../telemetry/statistics.ts";
import type { Network } from "./network.ts";

export interface Divergence {
  readonly message: string;
  readonly nodeId: string | null;
}

/** null: loss and measured outputs are finite. `statistics`: of the step, where it was measured. */
export const findDivergence = (call: {
  readonly step: number;
  readonly loss: number;
  readonly statistics: readonly NodeStatistics[] | null;
  readonly network: Pick<Network, "nonFiniteNodes">;
  readonly layers: readonly Pick<ProgramLayer, "nodeId" | "name">[];
}): Divergence | null => {
  const { step, loss, statistics, network, layers } = call;
  const measuredBad = statistics?.find((node) => node.nonFinite > 0)?.nodeId ?? null;
  if (Number.isFinite(loss) && measuredBad === null) return null;
  // Statistics may leave nodes out; where the loss is finite, the backward pass has written over outputs since.
  const nodeId = Number.isFinite(loss) ? measuredBad : (network.nonFiniteNodes()[0] ?? null);
  const name = layers.find((layer) => layer.nodeId === nodeId)?.name;
  const what = Number.isFinite(loss) ? "An output" : "Loss";
  const where =
    name === undefined
      ? "Every output is finite; only the loss is not."
      : `First bad node: ${name === "" ? nodeId : name}.`;
  return { message: `${what} is not finite since step ${step}. ${where}`, nodeId };
};
