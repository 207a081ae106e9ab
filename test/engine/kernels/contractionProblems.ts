/** What convolutions and dense layers are tried on: shapes, windows and values with an edge each, and the cases of PyTorch. */
import { z } from "zod";
import type { Window } from "../../../engine/compile/contractionTables.ts";
import type { Tensor } from "../../../engine/layer.ts";
import { passSchema, readCases } from "../layers/referenceValues.ts";
import { TAILS } from "./agreement.ts";

export interface Problem {
  readonly name: string;
  readonly input: readonly number[];
  readonly outputs: number;
  /** Absent: a dense layer. */
  readonly window?: Window;
  /** Pixels without padding channels, as images enter. */
  readonly packed?: boolean;
  readonly planted?: readonly number[];
  /** PyTorch's values; absent: the layer's own reference gives them. */
  readonly given?: Omit<Setup, "problem">;
}

const square = (kernel: number, stride: number, dilation: number, pad: number): Window => ({
  kernel: [kernel, kernel],
  stride: [stride, stride],
  dilation: [dilation, dilation],
  padding: { top: pad, left: pad, bottom: pad, right: pad },
});

const config = z.object({
  kernel: z.tuple([z.number(), z.number()]).optional(),
  stride: z.tuple([z.number(), z.number()]).default([1, 1]),
  dilation: z.tuple([z.number(), z.number()]).default([1, 1]),
  padding: z.tuple([z.number(), z.number()]).default([0, 0]),
});

/** The cases of test/reference/{conv2d,dense}.json. */
const fromPyTorch = (["conv2d", "dense"] as const).flatMap((kind) =>
  readCases(kind, passSchema.extend({ config })).map((values, number): Problem => {
    const { kernel, stride, dilation, padding } = values.config;
    const [outputs = 0] = values.params.weight?.shape ?? [];
    const zeroBias = { shape: [outputs], data: new Float64Array(outputs) };
    const biasGradient = { shape: [outputs], data: sumsOfChannels(values.outputGradient) };
    const [rows, columns] = padding;
    return {
      name: `${kind}.json ${number}`,
      input: values.inputs.x.shape,
      outputs,
      ...(kernel === undefined
        ? {}
        : {
            window: { kernel, stride, dilation, padding: { top: rows, left: columns, bottom: rows, right: columns } },
          }),
      given: {
        x: values.inputs.x,
        weight: values.params.weight as Tensor,
        bias: values.params.bias ?? zeroBias,
        output: values.output,
        outputGradient: values.outputGradient,
        gradients: {
          x: values.inputGradients.x,
          weight: values.paramGradients.weight as Tensor,
          bias: values.paramGradients.bias ?? biasGradient,
        },
      },
    };
  }),
);

function sumsOfChannels({ shape, data }: Tensor): Float64Array {
  const [, channels = 0, ...rest] = shape;
  const inner = rest.reduce((a, b) => a * b, 1);
  const sums = new Float64Array(channels);
  for (const [index, value] of data.entries()) {
    const channel = Math.floor(index / inner) % channels;
    sums[channel] = (sums[channel] ?? 0) + value;
  }
  return sums;
}

const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0];

export const problems: Problem[] = [
  ...fromPyTorch,
  ...TAILS.map((outputs) => ({ name: `dense to ${outputs}`, input: [7, 19], outputs })),
  ...TAILS.map((inputs) => ({ name: `dense from ${inputs}`, input: [7, inputs], outputs: 6 })),
  ...TAILS.map((samplesInBatch) => ({ name: `dense of ${samplesInBatch}`, input: [samplesInBatch, 9], outputs: 5 })),
  { name: "dense of an image", input: [3, 5, 4, 3], outputs: 9 },
  ...TAILS.map((filters) => ({
    name: `conv to ${filters}`,
    input: [2, 3, 5, 6],
    outputs: filters,
    window: square(3, 1, 1, 1),
  })),
  ...TAILS.map((channels) => ({
    name: `conv from ${channels}`,
    input: [2, channels, 4, 5],
    outputs: 5,
    window: square(2, 1, 1, 0),
  })),
  { name: "conv with stride 2", input: [2, 3, 7, 8], outputs: 5, window: square(3, 2, 1, 1) },
  { name: "conv with stride over kernel", input: [2, 3, 8, 7], outputs: 5, window: square(2, 3, 1, 0) },
  { name: "conv with dilation", input: [2, 3, 9, 8], outputs: 5, window: square(3, 1, 2, 2) },
  {
    name: "conv with everything uneven",
    input: [3, 2, 9, 7],
    outputs: 6,
    window: { kernel: [3, 2], stride: [2, 3], dilation: [1, 2], padding: { top: 0, left: 2, bottom: 1, right: 1 } },
  },
  // Neighbours in a row of few channels, and five columns of one, have loops of their own where all six or five lie in a row.
  ...[1, 2, 5].map((channels) => ({
    name: `conv of 5 × 5 from ${channels}`,
    input: [2, channels, 9, 11],
    outputs: 12,
    window: square(5, 1, 1, 0),
  })),
  { name: "conv of 5 × 5 with padding", input: [3, 1, 8, 9], outputs: 8, window: square(5, 1, 1, 2) },
  { name: "conv of 5 × 5 with dilation", input: [2, 1, 12, 13], outputs: 9, window: square(5, 1, 2, 1) },
  { name: "conv of 5 × 5 with stride", input: [2, 1, 12, 19], outputs: 9, window: square(5, 2, 1, 1) },
  {
    name: "conv of 5 × 5 with values that are not finite",
    input: [2, 1, 9, 11],
    outputs: 8,
    window: square(5, 1, 1, 0),
    planted: bad,
  },
  // Packed images, where 16 bytes can be four pixels; at the end of a row of those of 6 × 6 from two channels six pixels are 80 bytes long, too.
  ...[
    [1, 3, 20],
    [1, 5, 20],
    [1, 5, 12],
    [2, 6, 8],
    [3, 3, 12],
    [4, 2, 8],
  ].map(([channels = 1, kernel = 1, outputs = 1]) => ({
    name: `packed conv of ${kernel} × ${kernel} from ${channels} to ${outputs}`,
    input: [2, channels, 9, 13],
    outputs,
    window: square(kernel, 1, 1, 0),
    packed: true,
  })),
  {
    name: "packed conv with stride",
    input: [2, 1, 9, 20],
    outputs: 8,
    window: square(3, 4, 1, 0),
    packed: true,
  },
  // So have pairs of neighbours of one channel under 3 × 3, by 20 outputs and by 16, where they lie in a row.
  ...[8, 12, 15, 17, 20, 34].map((filters) => ({
    name: `conv of 3 × 3 from 1 to ${filters}`,
    input: [2, 1, 6, 9],
    outputs: filters,
    window: square(3, 1, 1, 0),
  })),
  { name: "conv of 3 × 3 from 1 with rows of 46", input: [2, 1, 4, 46], outputs: 20, window: square(3, 1, 1, 1) },
  { name: "conv of 3 × 3 from 1 with dilation", input: [2, 1, 9, 12], outputs: 16, window: square(3, 1, 2, 1) },
  { name: "conv of 3 × 3 from 1 with stride", input: [2, 1, 9, 12], outputs: 20, window: square(3, 2, 1, 1) },
  { name: "conv of 3 × 3 to 1", input: [2, 20, 5, 8], outputs: 1, window: square(3, 1, 1, 1) },
  {
    name: "conv of 3 × 3 from 1 with values that are not finite",
    input: [2, 1, 6, 9],
    outputs: 20,
    window: square(3, 1, 1, 0),
    planted: bad,
  },
  { name: "dense with values that are not finite", input: [7, 19], outputs: 6, planted: bad },
  {
    name: "conv with values that are not finite",
    input: [2, 3, 6, 6],
    outputs: 6,
    window: square(3, 1, 1, 1),
    planted: bad,
  },
];

/** Few outputs, and so few terms of the input gradient: each number of samples that strips of three and four, tiles of four and six leave. */
export const narrowProblems: Problem[] = [
  ...Array.from({ length: 13 }, (_, n) => ({ name: `dense to ten of ${n + 1}`, input: [n + 1, 21], outputs: 10 })),
  ...Array.from({ length: 13 }, (_, n) => ({ name: `dense from 16 to ${n + 1}`, input: [17, 16], outputs: n + 1 })),
  { name: "dense to ten with values that are not finite", input: [13, 19], outputs: 10, planted: bad },
  ...TAILS.map((channels) => ({
    name: `dense to ten of an image of ${channels}`,
    input: [7, channels, 2, 3],
    outputs: 10,
  })),
];

export const denseProblems: Problem[] = [
  ...problems.filter(({ window }) => window === undefined),
  ...narrowProblems,
  { name: "dense to panels of 8, 8, 8 and 4", input: [7, 19], outputs: 28 },
  // Strips take four terms a round.
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((terms) => ({ name: `dense over ${terms} terms`, input: [7, terms], outputs: 12 })),
  { name: "dense over more terms than a run has", input: [5, 1031], outputs: 9 },
  // 12.9 KB a sample: the gradient takes them in two blocks, by panels of eight outputs and of four.
  { name: "dense of more samples than a strip walks down", input: [40, 3200], outputs: 12 },
  { name: "dense of a wide image", input: [7, 4, 6, 5], outputs: 12 },
];

export interface Setup {
  readonly problem: Problem;
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly output: Tensor;
  readonly outputGradient: Tensor;
  readonly gradients: { readonly x: Tensor; readonly weight: Tensor; readonly bias: Tensor };
}
