/** Binary heap of numbers (positions in a list): the smallest comes out first. */
export class SmallestFirst {
  private readonly heap: number[] = [];

  push(value: number): void {
    let child = this.heap.push(value) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (this.get(parent) <= value) break;
      this.heap[child] = this.get(parent);
      child = parent;
    }
    this.heap[child] = value;
  }

  pop(): number | undefined {
    const [smallest] = this.heap;
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return smallest;
    let parent = 0;
    for (let child = 1; child < this.heap.length; child = 2 * parent + 1) {
      if (child + 1 < this.heap.length && this.get(child + 1) < this.get(child)) child++;
      if (last <= this.get(child)) break;
      this.heap[parent] = this.get(child);
      parent = child;
    }
    this.heap[parent] = last;
    return smallest;
  }

  private get(index: number): number {
    return this.heap[index] ?? Number.POSITIVE_INFINITY;
  }
}
