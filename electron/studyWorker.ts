/** The entry of a utility process that trains runs of studies, one after the other, each on one thread. */
import { readFile } from "node:fs/promises";
import { constants, setPriority } from "node:os";
import { studyEventSchema, studyRequestSchema } from "../engine/experiments/studyTask.ts";
import { createNodeHost } from "../engine/host/node.ts";
import { openStudyRun } from "../engine/host/nodeStudyRun.ts";
import { StudyTrainer } from "../engine/host/studyTrainer.ts";
import { workerStartSchema } from "./trainerStart.ts";

const { kernelsFolder, mnistFolder } = workerStartSchema.parse(JSON.parse(process.argv.at(-1) ?? ""));

const host = createNodeHost({
  kernelsDirectory: kernelsFolder,
  mnistDirectory: mnistFolder,
  withoutBoundsChecks: true,
});
const trainer = new StudyTrainer({
  host,
  post: (event) => process.parentPort.postMessage(studyEventSchema.parse(event)),
  open: (task, document) => openStudyRun(task, document, host.timestamp),
  readNet: (place) => readFile(place, "utf8"),
});

// Studies take every core; the page and the rest of the desktop stay quick.
setPriority(constants.priority.PRIORITY_LOW);

process.parentPort.on("message", ({ data }) => {
  // A failure of the engine itself ends the process, and the main process begins the run again.
  trainer.receive(studyRequestSchema.parse(data)).catch((error: unknown) => {
    queueMicrotask(() => {
      throw error;
    });
  });
});

process.parentPort.postMessage("ready");
