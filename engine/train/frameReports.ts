/**
 * What a run tells while it trains: measured frames, and the losses of the steps between them.
 *
 * One step every 100 ms is measured (`changeStatistics` asks for fewer), or as many as take the share of the time that they may (`framePacing.ts`), as long as
 * the last frame has been acknowledged: a frame that is due while one is still unacknowledged is not measured and counts as dropped. Where
 * frames are farther apart, others without nodes bring the losses ten times a second.
 */
import type { Host } from "../host/host.ts";
import { MAX_FRAMES_PER_SECOND, type TrainEvent, USUAL_STATISTICS_SHARE } from "../protocol.ts";
import { encodeFrame } from "../telemetry/frameLayout.ts";
import type { Advance } from "./advance.ts";
import { frameIntervalMs } from "./framePacing.ts";
import type { RunClock } from "./runClock.ts";
import type { Session } from "./session.ts";

/** Between two frames that only bring losses. */
const REPORT_INTERVAL_MS = 100;

export class FrameReports {
  readonly #host: Pick<Host, "now">;
  readonly #post: (event: TrainEvent) => void;
  readonly #clock: RunClock;
  #sequence = 0;
  #unacknowledged: number | null = null;
  /** The newest frame that could not be sent yet. */
  #held: { readonly step: number; readonly epoch: number; readonly frame: ArrayBuffer } | null = null;
  /** The last step that a frame was made of. */
  #framedStep = 0;
  #dropped = 0;
  #nextFrameAt = 0;
  #nextReportAt = 0;
  #framesPerSecond = MAX_FRAMES_PER_SECOND;
  #maxShare: number | null = USUAL_STATISTICS_SHARE;
  #unreported: number[];

  /** `unreported`: of a run that goes on, see there. */
  constructor(call: {
    readonly host: Pick<Host, "now">;
    readonly post: (event: TrainEvent) => void;
    readonly clock: RunClock;
    readonly unreported: readonly number[];
  }) {
    this.#host = call.host;
    this.#post = call.post;
    this.#clock = call.clock;
    this.#unreported = [...call.unreported];
  }

  /** Step, loss and accuracy of every step since the last frame. */
  get unreported(): readonly number[] {
    return this.#unreported;
  }

  /** `framesPerSecond` 0: no step is due by the clock. `maxShare`: of the time, 0 to 1; null: any. */
  setRate(framesPerSecond: number, maxShare: number | null): void {
    this.#framesPerSecond = framesPerSecond;
    this.#maxShare = maxShare;
    // A shorter interval must not wait for the end of the longer one.
    this.#nextFrameAt = Math.min(this.#nextFrameAt, this.#host.now() + this.#intervalMs());
  }

  /**
   * Whether the next step is to be measured: the first, the last, and those that the clock says. The last of an epoch may come up to an interval
   * early: where epochs are shorter than that, not each of them is measured.
   */
  isDue(session: Session): boolean {
    if (this.#framesPerSecond === 0) return false;
    if (session.step === 0 || session.step + 1 === session.facts.totalSteps) return true;
    const earlyMs = this.#nextFrameAt - this.#host.now();
    if (session.nextStepEndsEpoch) return earlyMs <= this.#intervalMs();
    if (earlyMs > 0) return false;
    if (this.#unacknowledged === null) return true;
    this.#dropped += 1;
    this.#nextFrameAt = this.#host.now() + this.#intervalMs();
    return false;
  }

  stepTrained(session: Session, outcome: Extract<Advance, { type: "trained" }>): void {
    const { step, loss, accuracy } = outcome;
    this.#unreported.push(step, loss, accuracy);
    if (!outcome.measured) {
      this.#reportLosses(session);
      return;
    }
    this.#holdMeasured(session);
    // A frame that came early is made up for by the next.
    this.#nextFrameAt = Math.max(this.#host.now(), this.#nextFrameAt) + this.#intervalMs();
    if (this.#unacknowledged === null) this.#sendHeld(session);
  }

  /** Losses of an epoch come before its end does, unless a frame is still unacknowledged. */
  epochEnded(session: Session): void {
    if (this.#unacknowledged === null) this.sendLast(session);
  }

  /** The frame of this number was received; null: the run has ended, and nothing waits any more. */
  acknowledge(sequence: number, session: Session | null): void {
    if (sequence !== this.#unacknowledged) return;
    this.#unacknowledged = null;
    if (session !== null) this.#sendHeld(session);
  }

  /** Whether any step is to be measured but those that a pause or stop asks for. */
  get areWanted(): boolean {
    return this.#framesPerSecond > 0;
  }

  /** Sends what has not been reported yet, a step that was measured after it was taken included. Without a measured frame it has no nodes, only steps. */
  sendLast(session: Session): void {
    if (session.measuredStep > this.#framedStep) this.#holdMeasured(session);
    if (this.#held === null && this.#unreported.length === 0) return;
    this.#held ??= {
      step: session.step,
      epoch: session.epoch,
      frame: encodeFrame({ step: session.step, nodes: [], samples: null }),
    };
    this.#sendHeld(session);
  }

  #holdMeasured(session: Session): void {
    const { step, epoch } = session;
    const frame = this.#clock.timeStatistics(session.network.statisticsMs(), () => session.encodeMeasuredFrame());
    this.#held = { step, epoch, frame };
    this.#framedStep = session.measuredStep;
  }

  #intervalMs(): number {
    return frameIntervalMs(this.#framesPerSecond, this.#clock.frameCostMs(), this.#clock.numFrames, this.#maxShare);
  }

  /** Losses do not wait for a frame that comes later than the next report would. */
  #reportLosses(session: Session): void {
    const now = this.#host.now();
    const nextFrameAt = this.#framesPerSecond === 0 ? Number.POSITIVE_INFINITY : this.#nextFrameAt;
    if (now < this.#nextReportAt || now > nextFrameAt - REPORT_INTERVAL_MS) return;
    if (this.#unacknowledged === null) this.sendLast(session);
  }

  #sendHeld(session: Session): void {
    const held = this.#held;
    if (held === null) return;
    const steps = Float64Array.from(this.#unreported).buffer;
    this.#held = null;
    this.#unreported = [];
    this.#nextReportAt = this.#host.now() + REPORT_INTERVAL_MS;
    this.#sequence += 1;
    this.#unacknowledged = this.#sequence;
    this.#post({
      type: "frame",
      sequence: this.#sequence,
      step: held.step,
      epoch: held.epoch,
      samplesPerSecond: this.#clock.samplesPerSecond(),
      secondsLeft: this.#clock.secondsLeft(session.remaining),
      statisticsShare: this.#clock.statisticsShare(),
      dropped: this.#dropped,
      steps,
      frame: held.frame,
    });
  }
}
