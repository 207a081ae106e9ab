/** Sums that the gradient of batch norm needs, through ReLU and pooling as in `block.ts`. Each loop is a function of its own: together they spill. */
import { betaOf, Block, floorOf, holds, isFlat, isSmall, maxKeepNaN, meanOf, normalize, passed, scaleOf } from "./block";
import { choose, madd } from "./vector";

/**
 * With g = dL/dv (the gradient of y, through pool and ReLU): sums[0][c] = Σ g and sums[1][c] = Σ g·(x − mean). The batch norm's
 * dβ and dγ·√(σ²+ε). f32 within a call, f64 across calls. Overwrites the chunk's sums with its first samples, accumulates the rest.
 */
export function blockGradientSums(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Block>(address);
  const end = min(c1, a.quads);
  const start = a.chunk == 0 ? 0 : task * a.chunk;
  const slot = a.sums + (a.chunk == 0 ? 0 : <usize>task * a.slotStride);
  const fresh = n0 == start;
  if (a.pool == 0) {
    for (let c = c0; c < end; c += 2) plainSums(a, n0, n1, c, min(c + 1, end - 1), slot, fresh);
  } else if (a.pool == 2 && isSmall(a)) {
    for (let c = c0; c < end; c += 2) meanSums(a, n0, n1, c, min(c + 1, end - 1), slot, fresh);
  } else if (isSmall(a)) {
    for (let c = c0; c < end; c++) maxSums(a, n0, n1, c, slot, fresh);
  } else {
    for (let c = c0; c < end; c++) windowSums(a, n0, n1, c, slot, fresh);
  }
}

/**
 * Sums of quads c and d, which are the same where one is left. Each addition to a sum waits for the one before: two quads take
 * little longer than one.
 */
export function plainSums(a: Block, n0: i32, n1: i32, c: i32, d: i32, slot: usize, fresh: bool): void {
  const floor = floorOf(a);
  const zero = f32x4.splat(0);
  const flat = isFlat(a);
  const xW = flat ? a.xN : a.xW;
  const yW = flat ? a.yN : a.yW;
  const samplesEnd = flat ? n0 + 1 : n1;
  const length = <usize>(flat ? n1 - n0 : a.outWidth) * yW;
  const next = <usize>(d - c) << 4;
  const meanC = meanOf(a, c), scaleC = scaleOf(a, c), betaC = betaOf(a, c);
  const meanD = meanOf(a, d), scaleD = scaleOf(a, d), betaD = betaOf(a, d);
  let totalC = zero, totalD = zero, totalMomentC = zero, totalMomentD = zero;
  for (let n = n0; n < samplesEnd; n++) {
    const x = a.x + <usize>n * a.xN + (<usize>c << 4);
    const y = a.y + <usize>n * a.yN + (<usize>c << 4);
    for (let h = 0; h < a.outHeight; h++) {
      let source = x + <usize>h * a.xH;
      let dy = y + <usize>h * a.yH;
      const dyEnd = dy + length;
      let sumC = zero, sumD = zero, momentC = zero, momentD = zero;
      while (dy != dyEnd) {
        let u = f32x4.sub(v128.load(source), meanC);
        let g = passed(v128.load(dy), madd(u, scaleC, betaC), floor);
        sumC = f32x4.add(sumC, g);
        momentC = madd(g, u, momentC);
        u = f32x4.sub(v128.load(source + next), meanD);
        g = passed(v128.load(dy + next), madd(u, scaleD, betaD), floor);
        sumD = f32x4.add(sumD, g);
        momentD = madd(g, u, momentD);
        source += xW;
        dy += yW;
      }
      totalC = f32x4.add(totalC, sumC);
      totalD = f32x4.add(totalD, sumD);
      totalMomentC = f32x4.add(totalMomentC, momentC);
      totalMomentD = f32x4.add(totalMomentD, momentD);
    }
  }
  keep(a, slot, c, totalC, totalMomentC, fresh);
  if (d != c) keep(a, slot, d, totalD, totalMomentD, fresh);
}

/** The same through the means of windows of 2×2. */
export function meanSums(a: Block, n0: i32, n1: i32, c: i32, d: i32, slot: usize, fresh: bool): void {
  const floor = floorOf(a);
  const zero = f32x4.splat(0);
  const xW = a.xW;
  const xH = a.xH;
  const yW = a.yW;
  const samplesEnd = n1;
  const length = <usize>a.outWidth * yW;
  const next = <usize>(d - c) << 4;
  const meanC = meanOf(a, c), scaleC = scaleOf(a, c), betaC = betaOf(a, c);
  const meanD = meanOf(a, d), scaleD = scaleOf(a, d), betaD = betaOf(a, d);
  let totalC = zero, totalD = zero, totalMomentC = zero, totalMomentD = zero;
  for (let n = n0; n < samplesEnd; n++) {
    const x = a.x + <usize>n * a.xN + (<usize>c << 4);
    const y = a.y + <usize>n * a.yN + (<usize>c << 4);
    for (let h = 0; h < a.outHeight; h++) {
      let source = x + <usize>(h << 1) * xH;
      let dy = y + <usize>h * a.yH;
      const dyEnd = dy + length;
      let sumC = zero, sumD = zero, momentC = zero, momentD = zero;
      while (dy != dyEnd) {
        let whole = f32x4.mul(v128.load(dy), f32x4.splat(0.25));
        let u = f32x4.sub(v128.load(source), meanC);
        let g = passed(whole, madd(u, scaleC, betaC), floor);
        sumC = f32x4.add(sumC, g);
        momentC = madd(g, u, momentC);
        u = f32x4.sub(v128.load(source + xW), meanC);
        g = passed(whole, madd(u, scaleC, betaC), floor);
        sumC = f32x4.add(sumC, g);
        momentC = madd(g, u, momentC);
        u = f32x4.sub(v128.load(source + xH), meanC);
        g = passed(whole, madd(u, scaleC, betaC), floor);
        sumC = f32x4.add(sumC, g);
        momentC = madd(g, u, momentC);
        u = f32x4.sub(v128.load(source + xH + xW), meanC);
        g = passed(whole, madd(u, scaleC, betaC), floor);
        sumC = f32x4.add(sumC, g);
        momentC = madd(g, u, momentC);
        const at = source + next;
        whole = f32x4.mul(v128.load(dy + next), f32x4.splat(0.25));
        u = f32x4.sub(v128.load(at), meanD);
        g = passed(whole, madd(u, scaleD, betaD), floor);
        sumD = f32x4.add(sumD, g);
        momentD = madd(g, u, momentD);
        u = f32x4.sub(v128.load(at + xW), meanD);
        g = passed(whole, madd(u, scaleD, betaD), floor);
        sumD = f32x4.add(sumD, g);
        momentD = madd(g, u, momentD);
        u = f32x4.sub(v128.load(at + xH), meanD);
        g = passed(whole, madd(u, scaleD, betaD), floor);
        sumD = f32x4.add(sumD, g);
        momentD = madd(g, u, momentD);
        u = f32x4.sub(v128.load(at + xH + xW), meanD);
        g = passed(whole, madd(u, scaleD, betaD), floor);
        sumD = f32x4.add(sumD, g);
        momentD = madd(g, u, momentD);
        source += 2 * xW;
        dy += yW;
      }
      totalC = f32x4.add(totalC, sumC);
      totalD = f32x4.add(totalD, sumD);
      totalMomentC = f32x4.add(totalMomentC, momentC);
      totalMomentD = f32x4.add(totalMomentD, momentD);
    }
  }
  keep(a, slot, c, totalC, totalMomentC, fresh);
  if (d != c) keep(a, slot, d, totalD, totalMomentD, fresh);
}

/** Those through the maxima of windows of 2×2. */
export function maxSums(a: Block, n0: i32, n1: i32, c: i32, slot: usize, fresh: bool): void {
  const floor = floorOf(a);
  const xW = a.xW;
  const xH = a.xH;
  const yW = a.yW;
  const length = <usize>a.outWidth * yW;
  const mean = meanOf(a, c), scale = scaleOf(a, c), beta = betaOf(a, c);
  let total = f32x4.splat(0);
  let totalMoment = total;
  for (let n = n0; n < n1; n++) {
    const x = a.x + <usize>n * a.xN + (<usize>c << 4);
    const y = a.y + <usize>n * a.yN + (<usize>c << 4);
    for (let h = 0; h < a.outHeight; h++) {
      let source = x + <usize>(h << 1) * xH;
      let dy = y + <usize>h * a.yH;
      const dyEnd = dy + length;
      let sum = f32x4.splat(0);
      let moment = sum;
      while (dy != dyEnd) {
        const u0 = f32x4.sub(v128.load(source), mean);
        const u1 = f32x4.sub(v128.load(source + xW), mean);
        const u2 = f32x4.sub(v128.load(source + xH), mean);
        const u3 = f32x4.sub(v128.load(source + xH + xW), mean);
        const v0 = madd(u0, scale, beta);
        const v1 = madd(u1, scale, beta);
        const v2 = madd(u2, scale, beta);
        const m = maxKeepNaN(maxKeepNaN(v0, v1), maxKeepNaN(v2, madd(u3, scale, beta)));
        const g = passed(v128.load(dy), m, floor);
        const u = choose(u0, choose(u1, choose(u2, u3, holds(v2, m)), holds(v1, m)), holds(v0, m));
        sum = f32x4.add(sum, g);
        moment = madd(g, u, moment);
        source += 2 * xW;
        dy += yW;
      }
      total = f32x4.add(total, sum);
      totalMoment = f32x4.add(totalMoment, moment);
    }
  }
  keep(a, slot, c, total, totalMoment, fresh);
}

/** Those through windows of any size. */
export function windowSums(a: Block, n0: i32, n1: i32, c: i32, slot: usize, fresh: bool): void {
  const floor = floorOf(a);
  const share = f32x4.splat(<f32>1 / <f32>(a.poolHeight * a.poolWidth));
  const mean = meanOf(a, c);
  const scale = scaleOf(a, c);
  const beta = betaOf(a, c);
  let total = f32x4.splat(0);
  let totalMoment = total;
  for (let n = n0; n < n1; n++) {
    const x = a.x + <usize>n * a.xN + (<usize>c << 4);
    const y = a.y + <usize>n * a.yN + (<usize>c << 4);
    for (let h = 0; h < a.outHeight; h++) {
      let source = x + <usize>(h * a.poolHeight) * a.xH;
      let dy = y + <usize>h * a.yH;
      const dyEnd = dy + <usize>a.outWidth * a.yW;
      let sum = f32x4.splat(0);
      let moment = sum;
      while (dy != dyEnd) {
        let m = f32x4.splat(-Infinity);
        if (a.pool == 1) {
          for (let i = 0; i < a.poolHeight; i++) {
            for (let j = 0; j < a.poolWidth; j++) {
              m = maxKeepNaN(m, normalize(v128.load(source + <usize>i * a.xH + <usize>j * a.xW), mean, scale, beta));
            }
          }
        }
        const whole = v128.load(dy);
        let open = i32x4.splat(-1);
        for (let i = 0; i < a.poolHeight; i++) {
          for (let j = 0; j < a.poolWidth; j++) {
            const centred = f32x4.sub(v128.load(source + <usize>i * a.xH + <usize>j * a.xW), mean);
            const v = madd(centred, scale, beta);
            let g: v128;
            if (a.pool == 1) {
              const here = v128.and(open, holds(v, m));
              open = v128.andnot(open, here);
              g = v128.and(whole, here);
            } else {
              g = f32x4.mul(whole, share);
            }
            g = passed(g, v, floor);
            sum = f32x4.add(sum, g);
            moment = madd(g, centred, moment);
          }
        }
        source += <usize>a.poolWidth * a.xW;
        dy += a.yW;
      }
      total = f32x4.add(total, sum);
      totalMoment = f32x4.add(totalMoment, moment);
    }
  }
  keep(a, slot, c, total, totalMoment, fresh);
}

/** Both sums of a quad: sets them, or adds to them. */
function keep(a: Block, slot: usize, c: i32, total: v128, totalMoment: v128, fresh: bool): void {
  const at = slot + (<usize>c << 5);
  const atMoment = at + (<usize>a.quads << 5);
  addTo(at, f64x2.promote_low_f32x4(total), fresh);
  addTo(at + 16, f64x2.promote_low_f32x4(v128.shuffle<f32>(total, total, 2, 3, 2, 3)), fresh);
  addTo(atMoment, f64x2.promote_low_f32x4(totalMoment), fresh);
  addTo(atMoment + 16, f64x2.promote_low_f32x4(v128.shuffle<f32>(totalMoment, totalMoment, 2, 3, 2, 3)), fresh);
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, value: v128, fresh: bool): void {
  v128.store(at, fresh ? value : f64x2.add(v128.load(at), value));
}
