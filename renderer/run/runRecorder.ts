/** Gathers what a trainer reports into a `RunHistory`. */
import { type Frame, type FrameProblem, type NodeStatistics, openFrame } from "../../engine/index.ts";
import type { TrainEvent } from "../../engine/protocol.ts";
import { type ChangeRecord, type EpochRecord, MAX_FRAMES, type RunHistory, type RunProgress } from "./runHistory.ts";

type FrameEvent = Extract<TrainEvent, { type: "frame" }>;
type EpochEvent = Extract<TrainEvent, { type: "epoch" }>;
type HistoryEvent = Extract<TrainEvent, { type: "history" }>;

/** Steps, losses and accuracies come as float64 triples. */
const VALUES_PER_STEP = 3;
const INITIAL_STEPS = 1024;

const grown = (values: Float32Array<ArrayBuffer>, length: number): Float32Array<ArrayBuffer> => {
  const larger = new Float32Array(Math.max(length, values.length * 2)).fill(Number.NaN);
  larger.set(values);
  return larger;
};

/** Index of the last frame at or before the step, or −1. */
const indexAt = (frames: readonly Frame[], step: number): number => {
  let low = 0;
  let high = frames.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((frames[middle]?.step ?? Number.POSITIVE_INFINITY) <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
};

const epochRecord = (event: Omit<EpochEvent, "type">): EpochRecord => {
  const { epoch, step, loss, testLoss, samplesPerSecond } = event;
  const trainScore = event.trainAccuracy ?? event.trainR2 ?? Number.NaN;
  const testScore = event.testAccuracy ?? event.testR2 ?? Number.NaN;
  const validation =
    event.validationLoss === undefined
      ? null
      : { loss: event.validationLoss, score: event.validationAccuracy ?? event.validationR2 ?? Number.NaN };
  return { epoch, step, loss, trainScore, testLoss, testScore, validation, samplesPerSecond };
};

export class RunRecorder implements RunHistory {
  #frames: Frame[] = [];
  /** Every `#stride`th frame received is kept. */
  #stride = 1;
  #received = 0;
  #loss = new Float32Array(INITIAL_STEPS).fill(Number.NaN);
  #score = new Float32Array(INITIAL_STEPS).fill(Number.NaN);
  #numSteps = 0;
  #epochs: EpochRecord[] = [];
  #changes: ChangeRecord[] = [];
  #progress: RunProgress | null = null;
  #revision = 0;
  readonly #nodeIds: readonly string[];
  readonly #positionOfNode: ReadonlyMap<string, number>;
  readonly #listeners = new Set<() => void>();

  readonly hasTargets: boolean;

  constructor(nodeIds: readonly string[], hasTargets = false) {
    this.hasTargets = hasTargets;
    this.#nodeIds = nodeIds;
    this.#positionOfNode = new Map(nodeIds.map((id, position) => [id, position]));
  }

  get frames(): readonly Frame[] {
    return this.#frames;
  }
  get loss(): Float32Array {
    return this.#loss;
  }
  get score(): Float32Array {
    return this.#score;
  }
  get numSteps(): number {
    return this.#numSteps;
  }
  get epochs(): readonly EpochRecord[] {
    return this.#epochs;
  }
  get changes(): readonly ChangeRecord[] {
    return this.#changes;
  }
  get progress(): RunProgress | null {
    return this.#progress;
  }
  get revision(): number {
    return this.#revision;
  }

  frameAt(step: number | null): Frame | null {
    const index = step === null ? this.#frames.length - 1 : indexAt(this.#frames, step);
    return this.#frames[index] ?? null;
  }

  statisticsAt(nodeId: string, step: number | null): NodeStatistics | null {
    const position = this.#positionOfNode.get(nodeId);
    const nodes = this.frameAt(step)?.nodes ?? [];
    if (position === undefined) return null;
    const statistics = nodes[position];
    // A node that is not measured leaves no gap.
    return statistics?.nodeId === nodeId ? statistics : (nodes.find((node) => node.nodeId === nodeId) ?? null);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A frame that cannot be read is returned as its problem; its steps count all the same. */
  addFrame(event: FrameEvent): FrameProblem | null {
    this.#addSteps(new Float64Array(event.steps));
    this.#progress = {
      step: event.step,
      epoch: event.epoch,
      samplesPerSecond: event.samplesPerSecond,
      secondsLeft: event.secondsLeft,
      statisticsShare: event.statisticsShare,
      dropped: event.dropped,
    };
    const frame = openFrame(event.frame, this.#nodeIds);
    // Between two measurements a frame only reports steps.
    if (frame.ok && frame.value.nodes.length > 0) this.#keep(frame.value);
    this.#changed();
    return frame.ok ? null : frame.error;
  }

  addEpoch(event: EpochEvent): void {
    this.#epochs = [...this.#epochs, epochRecord(event)];
    this.#changed();
  }

  /** The frames that a run's folder keeps, thinned as they are here: every `stride`th, and the newest. */
  restoreFrames(frames: readonly Frame[], stride: number): void {
    this.#frames = [...frames];
    this.#stride = stride;
    this.#received = frames.length === 0 ? 0 : (frames.length - 1) * stride + 1;
    this.#changed();
  }

  restoreProgress(progress: RunProgress | null): void {
    this.#progress = progress;
    this.#changed();
  }

  /** What a run had reported before, all but its frames. */
  restoreSteps({ steps, epochs, changes }: Pick<HistoryEvent, "steps" | "epochs" | "changes">): void {
    this.#addSteps(new Float64Array(steps));
    this.#epochs = epochs.map(epochRecord);
    this.#changes = changes.map(({ step, training }) => ({ step, training }));
    this.#changed();
  }

  /** Forgets what came after a step: the run goes on from there. */
  rewindTo(step: number): void {
    this.#frames = this.#frames.filter((frame) => frame.step <= step);
    this.#received = this.#frames.length === 0 ? 0 : (this.#frames.length - 1) * this.#stride + 1;
    this.#loss.fill(Number.NaN, step);
    this.#score.fill(Number.NaN, step);
    this.#numSteps = Math.min(this.#numSteps, step);
    this.#epochs = this.#epochs.filter((epoch) => epoch.step <= step);
    this.#changes = this.#changes.filter((change) => change.step <= step);
    this.#progress = null;
    this.#changed();
  }

  addChange({ step, training }: ChangeRecord): void {
    this.#changes = [...this.#changes, { step, training }];
    this.#changed();
  }

  /** The newest frame is always the last one; it stays for good if its turn comes at the present stride. */
  #keep(frame: Frame): void {
    const previousStays = (this.#received - 1) % this.#stride === 0;
    if (this.#received > 0 && !previousStays) this.#frames.pop();
    this.#frames.push(frame);
    this.#received += 1;
    if (this.#frames.length <= MAX_FRAMES) return;
    this.#stride *= 2;
    // The kept frames are 0, 1·s, 2·s … of those received, so every second one of the list fits the doubled stride.
    this.#frames = this.#frames.filter((_, index) => index % 2 === 0);
    if (this.#frames.at(-1) !== frame) this.#frames.push(frame);
  }

  #addSteps(values: Float64Array): void {
    for (let at = 0; at + VALUES_PER_STEP <= values.length; at += VALUES_PER_STEP) {
      const step = values[at] ?? 0;
      if (step > this.#loss.length) {
        this.#loss = grown(this.#loss, step);
        this.#score = grown(this.#score, step);
      }
      this.#loss[step - 1] = values[at + 1] ?? Number.NaN;
      this.#score[step - 1] = values[at + 2] ?? Number.NaN;
      this.#numSteps = Math.max(this.#numSteps, step);
    }
  }

  #changed(): void {
    this.#revision += 1;
    for (const listener of [...this.#listeners]) listener();
  }
}
