import type { TrainEvent } from "../engine/protocol.ts";
import { count, duration, percent } from "./formats.ts";

type FrameEvent = Extract<TrainEvent, { type: "frame" }>;
type StartedEvent = Extract<TrainEvent, { type: "started" }>;

const BAR_WIDTH = 24;

/** One line that is drawn over itself while a run trains on a terminal. */
export class ProgressBar {
  readonly #stream: NodeJS.WriteStream;
  readonly #started: StartedEvent;

  constructor(stream: NodeJS.WriteStream, started: StartedEvent) {
    this.#stream = stream;
    this.#started = started;
  }

  update(frame: FrameEvent, loss: number, accuracy: number): void {
    const { totalSteps, epochs } = this.#started;
    const filled = Math.round((BAR_WIDTH * frame.step) / totalSteps);
    const bar = "━".repeat(filled) + "─".repeat(BAR_WIDTH - filled);
    const line = [
      bar,
      `Epoch ${frame.epoch} of ${epochs}, step ${count(frame.step)} of ${count(totalSteps)}, ${duration(frame.secondsLeft)} left`,
      `loss ${loss.toFixed(3)}  accuracy ${percent(accuracy)}`,
      `${count(frame.samplesPerSecond)} samples/s`,
    ].join("  ");
    this.#stream.write(`\r\x1b[2K${line.slice(0, (this.#stream.columns || 80) - 1)}`);
  }

  clear(): void {
    this.#stream.write("\r\x1b[2K");
  }
}
