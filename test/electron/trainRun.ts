/** A run of the app from its start to its end, in a folder of runs. */
import { TrainerRun } from "../../electron/trainerRun.ts";
import type { Dataset } from "../../engine/data/dataset.ts";
import type { LayerscopeDocument } from "../../engine/index.ts";
import { PROTOCOL_VERSION, type TrainEvent, type TrainRequest, trainEventSchema } from "../../engine/protocol.ts";
import { ok } from "../../engine/result.ts";
import { RunRecorder } from "../../renderer/run/runRecorder.ts";
import { blobs, nodeHost } from "../engine/train/runHarness.ts";

/** Trains to the end as the page has it done: with a recorder that is told what the page is told. */
export const trainRun = async (
  runsFolder: string,
  document: LayerscopeDocument,
  onEvent: (event: TrainEvent, run: TrainerRun) => void = () => undefined,
  dataset: Dataset = blobs,
  from: Extract<TrainRequest, { type: "start" }>["from"] | null = null,
) => {
  let live: RunRecorder | null = null;
  const events: TrainEvent[] = [];
  let clock = 0;
  const run: TrainerRun = new TrainerRun({
    runsFolder,
    // A second a look at the clock: every step that may be measured is.
    host: {
      ...nodeHost,
      loadDataset: async () => ok(dataset),
      now: () => {
        clock += 1000;
        return clock;
      },
    },
    post: (posted) => {
      const event = trainEventSchema.parse(posted);
      events.push(event);
      if (event.type === "started") live = new RunRecorder(event.nodeIds, event.hasTargets === true);
      else if (event.type === "frame") {
        live?.addFrame(event);
        void run.receive({ type: "acknowledgeFrame", sequence: event.sequence });
      } else if (event.type === "epoch") live?.addEpoch(event);
      else if (event.type === "trainingChanged") live?.addChange(event);
      onEvent(event, run);
    },
  });
  await run.receive({
    type: "start",
    protocol: PROTOCOL_VERSION,
    document,
    threads: 1,
    title: "blobs",
    ...(from ? { from } : {}),
  });
  const recorder = live as RunRecorder | null;
  if (recorder === null) throw new Error("The run did not start.");
  return { live: recorder, events };
};
