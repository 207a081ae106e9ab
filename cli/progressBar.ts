import type { TrainEvent } from "../engine/protocol.ts";
import { count, duration, scoreText } from "./formats.ts";

type FrameEvent = Extract<TrainEvent, { type: "frame" }>;
type StartedEvent = Extract<TrainEvent, { type: "started" }>;

const BAR_WIDTH = 16;

interface Terminal {
  readonly columns: number;
  write(text: string): unknown;
}

/** One line that is drawn over itself while a run trains on a terminal. */
export class ProgressBar {
  readonly #stream: Terminal;
  readonly #started: StartedEvent;

  constructor(stream: Terminal, started: StartedEvent) {
    this.#stream = stream;
    this.#started = started;
  }

  /** `score`: accuracy, or R² where samples have targets. */
  update(frame: FrameEvent, loss: number, score: number): void {
    const { totalSteps, epochs } = this.#started;
    const columns = (this.#stream.columns || 80) - 1;
    const filled = Math.round((BAR_WIDTH * frame.step) / totalSteps);
    // The most wanted part first; what does not fit is left out.
    const parts = [
      `Epoch ${count(frame.epoch)} of ${count(epochs)}, step ${count(frame.step)} of ${count(totalSteps)}, ${duration(frame.secondsLeft)} left`,
      `loss ${loss.toFixed(3)}`,
      "━".repeat(filled) + "─".repeat(BAR_WIDTH - filled),
      this.#started.hasTargets ? scoreText(null, score) : scoreText(score, null),
      `${count(frame.samplesPerSecond)} samples/s`,
    ];
    let line = "";
    for (const part of parts) {
      const longer = line === "" ? part : `${line}  ${part}`;
      if (longer.length <= columns) line = longer;
    }
    this.#stream.write(`\r\x1b[2K${line}`);
  }

  clear(): void {
    this.#stream.write("\r\x1b[2K");
  }
}
