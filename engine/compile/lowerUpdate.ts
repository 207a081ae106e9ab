/** The optimizer's step on one tensor, where its gradient is finished. */
import type { Lowering } from "./lowering.ts";
import { all, at, type Buffer, local, type Operation, operation } from "./step.ts";

export interface UpdateCall {
  readonly nodeId: string;
  readonly name: string;
  readonly weight: Buffer;
  /** Partial gradients, `slotStride` bytes apart; `chunk` rows each, 0: one in all. */
  readonly sums: Buffer;
  readonly slotStride: number;
  readonly chunk: number;
  /** Terms of a weight panel, 1 of a vector. */
  readonly rowsOfPanel: number;
  readonly quads: number;
  readonly decays: boolean;
}

export const updateOf = (lowering: Lowering, call: UpdateCall): Operation => {
  const { nodeId, name, weight, sums } = call;
  const shared = {
    w: at(weight),
    gradient: at(sums),
    slotStride: call.slotStride,
    chunk: call.chunk,
    k: call.rowsOfPanel,
    quads: call.quads,
    decays: call.decays ? 1 : 0,
  };
  const rest = {
    domain: { type: "channels", quads: call.quads },
    block: null,
    nodes: [nodeId],
    pass: "update",
  } as const;
  const reads = [...local(sums), ...all(lowering.lossKnown)];
  if (lowering.options.optimizer === "sgd") {
    return operation("sgd", shared, { ...rest, reads, writes: local(weight) });
  }
  const m = lowering.kept(`${nodeId}.${name} first moment`, weight.bytes);
  const v = lowering.kept(`${nodeId}.${name} second moment`, weight.bytes);
  return operation("adam", { ...shared, m: at(m), v: at(v) }, { ...rest, reads, writes: local(weight, m, v) });
};
