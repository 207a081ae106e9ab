/** Weights laid out for the input gradient, which is a contraction over the outputs. */
// @ts-ignore: decorator
@unmanaged
export class TransposeWeights {
  w: usize;
  wt: usize;
  /** Terms per tap (input channels). */
  inputs: i32;
  /** Rows of a panel of w. */
  k: i32;
  /** Real outputs; the rest of the last panel is padding. */
  outputs: i32;
  /** Tap records: first term; byte offset of the tap's panels in wt, bytes between those of 8 inputs, first row in each. */
  taps: usize;
  numTaps: i32;
  /** As in `Contraction`; inputs and outputs are those of a part. */
  parts: i32;
  wPart: usize;
  wtPart: usize;
}

/**
 * Weights for the input gradient: panels of inputs with outputs as terms.
 *
 *   wt[tap][i / 8][row(tap) + o][i % 8] = w[o / 8][term(tap) + i][o % 8]   (panels of 4 where 4 remain)
 *
 * Overwrites real elements only: padding of wt stays 0.
 */
export function transposeWeights(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<TransposeWeights>(address);
  for (let part = 0; part < max(a.parts, 1); part++) {
    transposePart(a, a.w + <usize>part * a.wPart, a.wt + <usize>part * a.wtPart, c0, c1);
  }
}

function transposePart(a: TransposeWeights, w: usize, wt: usize, c0: i32, c1: i32): void {
  const inputQuads = (a.inputs + 3) >> 2;
  const outputQuads = (a.outputs + 3) >> 2;
  const end = min(c1, outputQuads);
  for (let c = c0; c < end; c += 2) {
    // Panels before this one are 8 wide, this one may be the last of 4.
    const width = min(outputQuads - c, 2) << 2;
    const source = w + ((<usize>c * <usize>a.k) << 4);
    for (let t = 0; t < a.numTaps; t++) {
      const tap = a.taps + (<usize>t << 4);
      const term = load<i32>(tap);
      const base = wt + <usize>load<u32>(tap, 4);
      const stride = <usize>load<u32>(tap, 8);
      const firstRow = load<i32>(tap, 12);
      for (let i = 0; i < a.inputs; i += 4) {
        const q = i >> 2;
        const targetWidth = (q & 1) == 0 && q == inputQuads - 1 ? 4 : 8;
        const target = base + <usize>(q >> 1) * stride + (<usize>(q & 1) << 4);
        const from = source + ((<usize>(term + i) * <usize>width) << 2);
        const rowBytes = <usize>targetWidth << 2;
        for (let o = 0; o < width; o += 4) {
          const output = (c << 2) + o;
          const to = target + <usize>(firstRow + output) * rowBytes;
          const column = from + (<usize>o << 2);
          const step = <usize>width << 2;
          if (i + 4 <= a.inputs && output + 4 <= a.outputs) {
            const r0 = v128.load(column);
            const r1 = v128.load(column + step);
            const r2 = v128.load(column + 2 * step);
            const r3 = v128.load(column + 3 * step);
            const s0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
            const s1 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
            const s2 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
            const s3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
            v128.store(to, v128.shuffle<f32>(s0, s2, 0, 1, 4, 5));
            v128.store(to + rowBytes, v128.shuffle<f32>(s0, s2, 2, 3, 6, 7));
            v128.store(to + 2 * rowBytes, v128.shuffle<f32>(s1, s3, 0, 1, 4, 5));
            v128.store(to + 3 * rowBytes, v128.shuffle<f32>(s1, s3, 2, 3, 6, 7));
          } else {
            const numInputs = min(4, a.inputs - i);
            const numOutputs = min(4, a.outputs - output);
            for (let oo = 0; oo < numOutputs; oo++) {
              for (let ii = 0; ii < numInputs; ii++) {
                store<f32>(to + <usize>oo * rowBytes + (<usize>ii << 2), load<f32>(column + <usize>ii * step + (<usize>oo << 2)));
              }
            }
          }
        }
      }
    }
  }
}
