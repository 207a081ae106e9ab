/** Reads the statistics of one node out of a run's history, each frame once, oldest first. */
import type { NodeStatistics } from "../../engine/index.ts";
import type { RunHistory } from "../run/runHistory.ts";

export class FrameReader {
  readonly history: RunHistory;
  readonly nodeId: string;
  #lastStep = 0;
  #position = -1;

  constructor(history: RunHistory, nodeId: string) {
    this.history = history;
    this.nodeId = nodeId;
  }

  /** Begins again with the first frame. */
  rewind(): void {
    this.#lastStep = 0;
  }

  /** Frames that came since the last call. History may have thinned what was read before; what was read stays read. */
  forEachNew(visit: (step: number, statistics: NodeStatistics) => void): void {
    const { frames } = this.history;
    let index = frames.length;
    while (index > 0 && (frames[index - 1]?.step ?? 0) > this.#lastStep) index -= 1;
    for (; index < frames.length; index += 1) {
      const frame = frames[index];
      if (frame === undefined) continue;
      this.#lastStep = frame.step;
      if (frame.nodes[this.#position]?.nodeId !== this.nodeId) {
        this.#position = frame.nodes.findIndex((node) => node.nodeId === this.nodeId);
      }
      const statistics = frame.nodes[this.#position];
      if (statistics !== undefined) visit(frame.step, statistics);
    }
  }
}
