/** TensorBoard event files on the disk: of a run under way, event by event, and of a run folder, whole. */
import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { encodeEvent, encodeFileHead, readEvents, type SummaryValue } from "../engine/export/tensorboard/events.ts";
import { epochValues, frameValues, stepValues } from "../engine/export/tensorboard/runSummaries.ts";
import { readFrameFile } from "../engine/host/nodeFrameFile.ts";
import { FRAMES_FILE, METRICS_FILE } from "../engine/host/nodeRunFolder.ts";
import { readStudyRunEpochs } from "../engine/host/nodeStudyRun.ts";
import { naming, writeWholeFile } from "../engine/host/nodeWholeFile.ts";
import { stepRecords } from "../engine/host/stepRecords.ts";
import { decodeFrame, type TrainingSettings } from "../engine/index.ts";
import type { TrainEvent } from "../engine/protocol.ts";
import { metricNumber } from "../engine/telemetry/metricJson.ts";
import { readTextFile } from "./documentFile.ts";
import { makeOptionFolder } from "./namedPlaces.ts";
import { readRunRecord } from "./runDirectory.ts";
import { UsageError } from "./usageError.ts";

const MAX_METRICS_BYTES = 512 * 1024 * 1024;
const PREFIX = "events.out.tfevents.";

const fileName = (seconds: number): string => `${PREFIX}${Math.floor(seconds)}.${hostname() || "localhost"}`;

/** The file in a folder without another one: TensorBoard would draw both as one run. */
const claimFile = (directory: string, option: "out" | "tensorboard", seconds: number): string => {
  makeOptionFolder(option, directory);
  const name = fileName(seconds);
  const other = readdirSync(directory).find((found) => found.startsWith(PREFIX) && !found.startsWith(name));
  if (other !== undefined)
    throw new UsageError(`--${option} ${directory} holds another run, ${other}. Name a new folder.`);
  return join(directory, name);
};

/** Writes what a run tells while it trains. */
export class LiveEventFile {
  readonly #path: string;
  readonly #begun: number;
  #settings: TrainingSettings;
  #started: Extract<TrainEvent, { type: "started" }> | null = null;

  constructor(directory: string, settings: TrainingSettings) {
    this.#begun = Date.now() / 1000;
    this.#path = claimFile(directory, "tensorboard", this.#begun);
    this.#settings = settings;
  }

  receive(event: TrainEvent): void {
    if (event.type === "started") {
      this.#started = event;
      // Not before: a run that is refused leaves nothing that would refuse the next.
      this.#write(encodeFileHead(this.#begun));
    } else if (event.type === "trainingChanged") this.#settings = event.settings;
    else if (event.type === "epoch") this.#append([[event.step, epochValues(event)]]);
    else if (event.type === "frame") {
      const steps = stepRecords(event, this.#started, this.#settings);
      const frame = decodeFrame(event.frame, this.#started?.nodeIds ?? []);
      if (!frame.ok) throw new Error(frame.error.message);
      this.#append([
        ...steps.map((record) => [record.step, stepValues(record)] as const),
        [frame.value.step, frameValues(frame.value)],
      ]);
    }
  }

  #append(events: readonly (readonly [number, readonly SummaryValue[]])[]): void {
    const wallTime = Date.now() / 1000;
    const records = events.flatMap(([step, values]) =>
      values.length > 0 ? [encodeEvent({ wallTime, step, values })] : [],
    );
    this.#write(Buffer.concat(records));
  }

  #write(bytes: Uint8Array): void {
    try {
      appendFileSync(this.#path, bytes);
    } catch (error) {
      throw naming(error, this.#path);
    }
  }
}

export interface WrittenEvents {
  readonly path: string;
  readonly events: number;
  readonly scalars: number;
  readonly histograms: number;
}

interface Step {
  readonly step: number;
  readonly values: readonly SummaryValue[];
}

const numberIn = (line: object, key: string): number | null => {
  const value: unknown = Reflect.get(line, key);
  return value === undefined || value === null ? null : metricNumber(value);
};

const stepsOf = (path: string): readonly Step[] =>
  readTextFile(join(path, METRICS_FILE), MAX_METRICS_BYTES)
    .split("\n")
    .flatMap((text): readonly Step[] => {
      // The last line of a run that was killed may be cut.
      if (!text.startsWith('{"event":"step"') || !text.endsWith("}")) return [];
      const line: unknown = JSON.parse(text);
      if (typeof line !== "object" || line === null) return [];
      const learningRate = numberIn(line, "learningRate");
      const step = numberIn(line, "step");
      if (step === null || learningRate === null) return [];
      const [loss, accuracy, r2] = [numberIn(line, "loss"), numberIn(line, "accuracy"), numberIn(line, "r2")];
      return [{ step, values: stepValues({ loss, accuracy, r2, learningRate }) }];
    });

function* frameSteps(path: string): Generator<Step> {
  const frames = existsSync(join(path, FRAMES_FILE)) ? readFrameFile(join(path, FRAMES_FILE)) : null;
  if (frames === null) return;
  if (!frames.ok) throw new UsageError(`${join(path, FRAMES_FILE)}: ${frames.error}`);
  for (const frame of frames.value.frames) yield { step: frame.step, values: frameValues(frame) };
}

/** Elapsed time of a step: epochs say theirs, steps between them are spread evenly. */
const clockOf = (path: string, totalMs: number | null, lastStep: number): ((step: number) => number) => {
  const epochs = readStudyRunEpochs(path).map(({ step, elapsedMs }) => ({ step, elapsedMs }));
  const last = epochs.at(-1) ?? { step: 0, elapsedMs: 0 };
  const tail = lastStep > last.step ? [{ step: lastStep, elapsedMs: Math.max(last.elapsedMs, totalMs ?? 0) }] : [];
  const marks = [{ step: 0, elapsedMs: 0 }, ...epochs, ...tail];
  return (step) => {
    const next = marks.findIndex((mark) => mark.step >= step);
    const after = marks[next === -1 ? marks.length - 1 : next] ?? last;
    const before = marks[Math.max(0, next - 1)] ?? last;
    const share = after.step > before.step ? Math.min(1, (step - before.step) / (after.step - before.step)) : 0;
    return before.elapsedMs + share * (after.elapsedMs - before.elapsedMs);
  };
};

/** Writes a run folder's event file, reads it back, and counts what it holds. The same run gives the same file. */
export const writeEventFile = (runPath: string, directory: string, option: "out" | "tensorboard"): WrittenEvents => {
  const record = readRunRecord(runPath);
  const beganAt = Date.parse(record.startedAt) / 1000;
  const byStep = new Map<number, SummaryValue[]>();
  const add = ({ step, values }: Step): void => void byStep.set(step, [...(byStep.get(step) ?? []), ...values]);
  for (const step of stepsOf(runPath)) add(step);
  for (const step of frameSteps(runPath)) add(step);
  for (const epoch of readStudyRunEpochs(runPath)) add({ step: epoch.step, values: epochValues(epoch) });
  const steps = [...byStep].sort(([a], [b]) => a - b);
  const elapsedMs = clockOf(runPath, record.elapsedMs ?? null, steps.at(-1)?.[0] ?? 0);
  const path = claimFile(directory, option, beganAt);
  writeWholeFile(
    path,
    Buffer.concat([
      encodeFileHead(beganAt),
      ...steps.map(([step, values]) => encodeEvent({ wallTime: beganAt + elapsedMs(step) / 1000, step, values })),
    ]),
  );
  const written = readEvents(readFileSync(path));
  if (!written.ok) throw new Error(`${path} cannot be read back: ${written.error}`);
  const values = written.value.flatMap((event) => event.values);
  const scalars = values.filter((value) => "scalar" in value).length;
  return { path, events: written.value.length, scalars, histograms: values.length - scalars };
};
