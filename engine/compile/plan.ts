/** Addresses for buffers: buffers that never live at the same time may share bytes. Pure; knows nothing of kernels. */

export interface Lifetime {
  readonly bytes: number;
  /** Phases at whose time the bytes must be the buffer's own, both included. */
  readonly first: number;
  readonly last: number;
}

export interface MemoryPlan {
  /** In the order of the buffers. */
  readonly offsets: readonly number[];
  readonly bytes: number;
}

/** Cache lines: no two threads write to the same one through different buffers. */
const ALIGNMENT = 64;

const aligned = (value: number): number => Math.ceil(value / ALIGNMENT) * ALIGNMENT;

/**
 * Large buffers first, each at the lowest offset where it overlaps no buffer that is placed already and lives at the same time.
 * (Greedy by size: Pisarchyk & Lee, *Efficient Memory Management for Deep Neural Net Inference*, 2020.)
 */
export const planMemory = (buffers: readonly Lifetime[]): MemoryPlan => {
  const offsets: number[] = buffers.map(() => 0);
  const placed: { readonly buffer: Lifetime; readonly start: number; readonly end: number }[] = [];
  let total = 0;
  const bySize = buffers.map((buffer, index) => ({ buffer, index })).sort((a, b) => b.buffer.bytes - a.buffer.bytes);
  for (const { buffer, index } of bySize) {
    const size = aligned(buffer.bytes);
    let start = 0;
    for (const other of placed) {
      if (other.buffer.last < buffer.first || other.buffer.first > buffer.last) continue;
      if (start + size <= other.start) break;
      start = Math.max(start, other.end);
    }
    offsets[index] = start;
    // `placed` stays in order of its starts: found by halves, for sorting again and again takes seconds with thousands of buffers.
    let before = 0;
    for (let after = placed.length; before < after; ) {
      const middle = (before + after) >> 1;
      if ((placed[middle]?.start ?? 0) <= start) before = middle + 1;
      else after = middle;
    }
    placed.splice(before, 0, { buffer, start, end: start + size });
    total = Math.max(total, start + size);
  }
  return { offsets, bytes: total };
};
