/** Reads the outputs of all nodes for one sample of the last pass out of the memory. */

import { laneOfFeature, offsetIn } from "../compile/layout.ts";
import type { Lowered } from "../compile/lower.ts";
import type { Affine, OutputView } from "../compile/lowering.ts";
import type { Buffer } from "../compile/step.ts";

export type Mode = "training" | "evaluation";

/** What becomes of a value in memory: `(value − shift)·scale + offset`, each by lane. */
interface Lanes {
  readonly shift: (lane: number) => number;
  readonly scale: (lane: number) => number;
  readonly offset: (lane: number) => number;
}

const none = (): number => 0;
const one = (): number => 1;

export class OutputReader {
  readonly #floats: Float32Array;
  readonly #addressOf: (buffer: Buffer) => number;
  readonly #views: ReadonlyMap<string, OutputView>;

  constructor(call: {
    readonly memory: ArrayBufferLike;
    readonly addressOf: (buffer: Buffer) => number;
    readonly lowered: Lowered;
  }) {
    this.#floats = new Float32Array(call.memory);
    this.#addressOf = call.addressOf;
    this.#views = new Map(call.lowered.lowering.views.map((view) => [view.nodeId, view]));
  }

  /** Channels first, row-major. `mode` is that of the last pass, `row` the place of the sample in its batch. */
  read(nodeId: string, mode: Mode, row: number): Float32Array {
    const view = this.#views.get(nodeId);
    if (view === undefined) throw new RangeError(`There is no output of node ${nodeId}.`);
    const { layout, buffer, relu, flat } = view;
    const { channels, height, width } = layout;
    const origin = this.#addressOf(buffer) + layout.originBytes + row * layout.sampleBytes;
    const affine = this.#lanesOf(mode === "evaluation" ? (view.evaluationAffine ?? view.affine) : view.affine);
    const values = new Float32Array(channels * height * width);
    let at = 0;
    for (let c = 0; c < channels; c++) {
      for (let h = 0; h < height; h++) {
        for (let w = 0; w < width; w++) {
          let value = this.#floats[(origin + offsetIn(layout, c, h, w)) / 4] as number;
          if (affine !== null) {
            const lane = flat ? laneOfFeature(layout, at) : c;
            value = (value - affine.shift(lane)) * affine.scale(lane) + affine.offset(lane);
          }
          // Not `value > 0 ? value : 0`: NaN stays NaN.
          values[at] = relu && value < 0 ? 0 : value;
          at += 1;
        }
      }
    }
    return values;
  }

  #lanesOf(affine: Affine | null): Lanes | null {
    if (affine === null) return null;
    const vector = (buffer: Buffer) => {
      const start = this.#addressOf(buffer) / 4;
      return (lane: number): number => this.#floats[start + lane] as number;
    };
    if (affine.type === "biased") return { shift: none, scale: one, offset: vector(affine.bias) };
    return { shift: vector(affine.mean), scale: vector(affine.scale), offset: vector(affine.beta) };
  }
}
