/** A run of a study in a browser: kept in memory while it trains, and whole in the page's database when it has ended. */
import type { LayerscopeDocument } from "../document/schema.ts";
import { serialize } from "../document/serialize.ts";
import type { StudyTask } from "../experiments/studyTask.ts";
import type { TrainEvent } from "../protocol.ts";
import type { EpochRecord } from "../telemetry/epochRecord.ts";
import { encodeFrameFileHead, RECORD_HEAD_BYTES } from "../telemetry/frameFile.ts";
import { hasNodes } from "../telemetry/frameLayout.ts";
import { joinedBytes } from "./joinedBytes.ts";
import type { StudyRunKeeper } from "./studyTrainer.ts";
import { type KeptRun, openStudyDatabase, writeRun, writeRunEnd } from "./webStudyDatabase.ts";

type EventOf<T extends TrainEvent["type"]> = Extract<TrainEvent, { type: T }>;

class WebStudyRun implements StudyRunKeeper {
  readonly resume = null;
  readonly earlierEpochs = [];
  readonly earlierSteps = [];
  readonly checkpoints = null;
  readonly #place: string;
  readonly #text: string;
  readonly #epochs: EpochRecord[] = [];
  readonly #steps: Uint8Array[] = [];
  readonly #frames: Uint8Array[] = [];
  #started: EventOf<"started"> | null = null;
  #ended: EventOf<"finished"> | EventOf<"failed"> | null = null;
  #progress: KeptRun["progress"] = null;

  constructor(task: StudyTask, document: LayerscopeDocument) {
    this.#place = task.place;
    this.#text = serialize(document);
  }

  receive(event: TrainEvent): void {
    if (event.type === "started") {
      this.#started = event;
      this.#frames.push(encodeFrameFileHead(event.nodeIds, 1));
    } else if (event.type === "frame") {
      const { step, epoch, samplesPerSecond, secondsLeft, statisticsShare, dropped } = event;
      this.#progress = { step, epoch, samplesPerSecond, secondsLeft, statisticsShare, dropped };
      this.#steps.push(new Uint8Array(event.steps));
      if (!hasNodes(event.frame)) return;
      const head = new Uint8Array(RECORD_HEAD_BYTES);
      new DataView(head.buffer).setUint32(0, event.frame.byteLength, true);
      this.#frames.push(head, new Uint8Array(event.frame));
    } else if (event.type === "epoch") {
      const { type: _type, ...record } = event;
      this.#epochs.push(record);
    } else if (event.type === "finished" || event.type === "failed") this.#ended = event;
  }

  async close({ elapsedMs, failure, findings }: Parameters<StudyRunKeeper["close"]>[0]): Promise<void> {
    const [started, ended] = [this.#started, this.#ended];
    if (findings?.gradients !== undefined && failure === null) {
      const database = await openStudyDatabase();
      const none = { failure: null, step: 0, totalSteps: 0, bytes: 0 };
      const endedAt = new Date().toISOString();
      await writeRunEnd(database, this.#place, { state: "finished", ...none, elapsedMs, endedAt, findings });
      database.close();
      return;
    }
    // Nothing was trained, or somebody stopped it: it begins again.
    if (started === null || ended === null || (ended.type === "finished" && ended.stopped)) return;
    if (ended.type === "failed" && ended.failure.reason !== "diverged") return;
    const database = await openStudyDatabase();
    const kept: KeptRun = {
      ...{ text: this.#text, started, ended, progress: this.#progress, epochs: this.#epochs },
      ...{ steps: joinedBytes(this.#steps).buffer, frames: joinedBytes(this.#frames) },
      elapsedMs,
    };
    await writeRun(database, this.#place, kept, { findings, endedAt: new Date().toISOString() });
    database.close();
  }
}

export const openWebStudyRun = (task: StudyTask, document: LayerscopeDocument): StudyRunKeeper =>
  new WebStudyRun(task, document);
