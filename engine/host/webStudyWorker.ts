/** The entry of a Web Worker that trains runs of studies in a browser, as `electron/studyWorker.ts` is in the desktop app. */
import { studyEventSchema, studyRequestSchema } from "../experiments/studyTask.ts";
import { StudyTrainer } from "./studyTrainer.ts";
import { createWebHost } from "./web.ts";
import { openStudyDatabase, readNet } from "./webStudyDatabase.ts";
import { openWebStudyRun } from "./webStudyRun.ts";

const trainer = new StudyTrainer({
  host: createWebHost(),
  post: (event) => self.postMessage(studyEventSchema.parse(event)),
  open: openWebStudyRun,
  async readNet(place) {
    const database = await openStudyDatabase();
    const text = await readNet(database, place);
    database.close();
    if (text === null) throw new Error("The browser keeps it no longer.");
    return text;
  },
});

self.onmessage = ({ data }: MessageEvent<unknown>) => {
  // A failure of the engine itself becomes an error event of the worker, and the page begins the run again.
  trainer.receive(studyRequestSchema.parse(data)).catch((error: unknown) => {
    queueMicrotask(() => {
      throw error;
    });
  });
};
