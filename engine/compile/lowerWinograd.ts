/** Operations of a convolution by Winograd's algorithm. */
import type { Window } from "./contractionTables.ts";
import type { Layout } from "./layout.ts";
import type { Lowering, Value } from "./lowering.ts";
import { all, at, type Buffer, type Domain, local, type Operation, operation } from "./step.ts";
import { planWinograd, type WinogradChoice, winogradArguments } from "./winograd.ts";

export interface WinogradParts {
  readonly nodeId: string;
  readonly input: Value;
  readonly output: Value;
  readonly window: Window;
  /** In panels. */
  readonly weight: Buffer;
  readonly quads: number;
  readonly choice: WinogradChoice;
}

type Gradient = NonNullable<Value["gradient"]>;

export interface LoweredWinograd {
  readonly forward: (bias: Buffer | null) => Operation;
  /** The input gradient and the sums for the weight gradient, as far as they were chosen. */
  readonly gradient: (output: Gradient) => readonly Operation[];
  /** Finishes the sums; the buffer holds the gradient in panels. */
  readonly weightGradient: (output: Gradient) => { readonly operation: Operation; readonly buffer: Buffer };
  /** After each update of the weights, and once before the first step. */
  readonly transformWeights: readonly Operation[];
}

export const lowerWinograd = (lowering: Lowering, parts: WinogradParts): LoweredWinograd => {
  const { nodeId, input, output, window, weight, quads, choice } = parts;
  const plan = planWinograd(input.layout, output.layout, window);
  const byRows: Domain = { type: "rows" };
  const byChannels: Domain = { type: "channels", quads };
  const target = choice.inputGradient ? input.gradient : null;
  const isUsed = choice.forward || target !== null;
  const u = isUsed ? lowering.kept(`${nodeId}.weight transformed`, plan.weightBytes) : null;
  const ut = target === null ? null : lowering.kept(`${nodeId}.weight transformed, swapped`, plan.weightBytes);
  const sums = choice.weightGradient
    ? lowering.step(`${nodeId}.weight gradient transformed`, plan.weightBytes * lowering.numChunks)
    : null;
  if (Object.values(choice).some(Boolean)) lowering.needWorkspace(plan.workspaceBytes);
  const shared = (layout: Layout) => ({
    ...winogradArguments(input.layout, layout, window, plan),
    x: at(input.buffer, input.layout.originBytes),
    ...(u === null ? {} : { u: at(u) }),
    ...(ut === null ? {} : { ut: at(ut) }),
    ...(sums === null ? {} : { du: at(sums), slotStride: plan.weightBytes, chunk: lowering.chunk }),
  });
  const nodes = [nodeId];

  // As many samples a call as give full batches of tiles, in equal parts of a task.
  const numCalls = Math.ceil((lowering.chunk * plan.tilesHigh * plan.tilesWide) / plan.tiles);
  const block = Math.ceil(lowering.chunk / numCalls);

  const forward: LoweredWinograd["forward"] = (bias) =>
    operation(
      "winogradForward",
      {
        ...shared(output.layout),
        y: at(output.buffer, output.layout.originBytes),
        ...(bias === null ? {} : { bias: at(bias) }),
      },
      {
        domain: byRows,
        block,
        reads: [...local(input.buffer), ...all(u, bias)],
        writes: local(output.buffer),
        nodes,
        pass: "forward",
      },
    );

  const gradient: LoweredWinograd["gradient"] = (dy) => {
    if (target === null && sums === null) return [];
    const accumulate = target?.written === true ? 1 : 0;
    if (target !== null) target.written = true;
    return [
      operation(
        "winogradGradient",
        {
          ...shared(dy.layout),
          y: at(dy.buffer, dy.layout.originBytes),
          ...(target === null
            ? {}
            : {
                dx: at(target.buffer, target.layout.originBytes),
                dxN: target.layout.sampleBytes,
                dxH: target.layout.rowBytes,
                dxW: target.layout.pixelBytes,
                accumulate,
              }),
        },
        {
          domain: byRows,
          block,
          reads: [...local(dy.buffer, sums === null ? null : input.buffer), ...all(ut)],
          writes: local(target?.buffer, sums),
          nodes,
          pass: "backward",
        },
      ),
    ];
  };

  const weightGradient: LoweredWinograd["weightGradient"] = (dy) => {
    const buffer = lowering.step(`${nodeId}.weight gradient`, weight.bytes);
    const finish = operation(
      "winogradWeightGradient",
      { ...shared(dy.layout), dw: at(buffer) },
      { domain: byChannels, block: null, reads: local(sums), writes: local(buffer), nodes, pass: "backward" },
    );
    return { operation: finish, buffer };
  };

  const transform = operation(
    "winogradWeights",
    { ...shared(output.layout), w: at(weight) },
    { domain: byChannels, block: null, reads: local(weight), writes: all(u, ut), nodes, pass: "update" },
  );
  const transformWeights = isUsed ? [transform] : [];
  lowering.prepare.push(...transformWeights);

  return { forward, gradient, weightGradient, transformWeights };
};
