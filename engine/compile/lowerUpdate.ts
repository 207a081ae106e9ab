/** The optimizer's step on one tensor, where its gradient is finished, and the clipping of all gradients before it. */
import { optimizers } from "../document/optimizers.ts";
import { UPDATE_MOMENTS_BYTES } from "../kernels/header.ts";
import type { Lowering } from "./lowering.ts";
import { quadsPerTask } from "./schedule.ts";
import { type Access, all, at, type Buffer, local, type Operation, operation } from "./step.ts";

export interface UpdateCall {
  readonly nodeId: string;
  readonly name: string;
  readonly weight: Buffer;
  /** Partial gradients, `slotStride` bytes apart; `chunk` rows each, 0: one in all. */
  readonly sums: Buffer;
  /** `all`: they were summed by inputs, not by panels of outputs as the update goes. */
  readonly scope?: Access["scope"];
  readonly slotStride: number;
  readonly chunk: number;
  /** Terms of a weight panel, 1 of a vector. */
  readonly rowsOfPanel: number;
  readonly quads: number;
  readonly decays: boolean;
}

/** What the optimizer keeps of a tensor lies as the tensor does. */
const slotsOf = (lowering: Lowering, { nodeId, name, weight }: UpdateCall): Buffer[] => {
  const door = lowering.tensors.find((tensor) => tensor.name === `${nodeId}.${name}`);
  return optimizers[lowering.options.optimizer].slots.map((slot) => {
    const buffer = lowering.kept(`${nodeId}.${name} ${slot}`, weight.bytes);
    if (door !== undefined) lowering.optimizerTensors.push({ ...door, name: `${door.name} ${slot}`, buffer });
    return buffer;
  });
};

/** Nothing where the node is frozen. */
export const updateOf = (lowering: Lowering, call: UpdateCall): Operation[] => {
  const { nodeId, weight, sums, slotStride, chunk, quads, rowsOfPanel: k } = call;
  const rateFactor = lowering.rateFactor(nodeId);
  if (rateFactor === null) return [];
  const domain = { type: "channels", quads } as const;
  const readSums: Access[] = [{ buffer: sums, scope: call.scope ?? "local" }];
  const { clip } = lowering;
  let scale: Access[] = [];
  if (clip !== null) {
    const squares = lowering.kept(`${nodeId}.${call.name} squares`, 16 + quads * 8);
    const { previous } = clip;
    clip.operations.push(
      operation(
        "gradientSquares",
        {
          ...{ gradient: at(sums), slotStride, chunk, k, quads, squares: at(squares) },
          ...(previous === null ? {} : { next: at(previous) }),
        },
        { domain, block: null, reads: readSums, writes: local(squares), nodes: [nodeId], pass: "backward" },
      ),
    );
    clip.squares.push(squares);
    clip.previous = squares;
    scale = all(clip.scale);
  }
  const [m, v] = slotsOf(lowering, call);
  const measurement = lowering.weightMeasurement(nodeId, call.name);
  const quadsOfTask = quadsPerTask(quads);
  const numTasks = Math.ceil(quads / quadsOfTask);
  const moments = lowering.kept(`${nodeId}.${call.name} update moments`, UPDATE_MOMENTS_BYTES * numTasks);
  measurement.moments = { buffer: moments, numTasks };
  return [
    operation(
      lowering.options.optimizer,
      {
        ...{ w: at(weight), gradient: at(sums), slotStride, chunk, k, quads, rateFactor },
        decays: call.decays ? 1 : 0,
        ...(clip === null ? {} : { scale: at(clip.scale) }),
        ...(m === undefined ? {} : { m: at(m) }),
        ...(v === undefined ? {} : { v: at(v) }),
        ...{ moments: at(moments), quadsOfTask, record: at(measurement.record) },
        ...(measurement.lanes === null ? {} : { lanes: at(measurement.lanes) }),
      },
      {
        domain,
        block: null,
        nodes: [nodeId],
        pass: "update",
        reads: [...readSums, ...all(lowering.lossKnown), ...scale],
        writes: local(weight, m, v),
      },
    ),
  ];
};

/**
 * The backward pass in order. With clipping every update waits for the norm of all gradients, so updates and what follows them go to the end:
 * nothing of the backward pass reads what they write.
 */
export const orderUpdates = (lowering: Lowering, backward: readonly Operation[]): readonly Operation[] => {
  const { clip } = lowering;
  if (clip === null || clip.previous === null) return backward;
  return [
    ...backward.filter(({ pass }) => pass !== "update"),
    ...clip.operations,
    operation(
      "gradientClip",
      { first: at(clip.previous), scale: at(clip.scale) },
      {
        domain: { type: "single" },
        block: null,
        reads: all(...clip.squares),
        writes: all(clip.scale),
        nodes: [],
        pass: "update",
      },
    ),
    ...backward.filter(({ pass }) => pass === "update"),
  ];
};
