/** A process of `sweep`: trains one run of the study after the other. */
import { readFile } from "node:fs/promises";
import { studyRequestSchema } from "../engine/experiments/studyTask.ts";
import { createNodeHost } from "../engine/host/node.ts";
import { openStudyRun } from "../engine/host/nodeStudyRun.ts";
import { StudyTrainer } from "../engine/host/studyTrainer.ts";
import type { Installation } from "./installation.ts";

export const runSweepWorker = async (installation: Installation): Promise<number> => {
  const host = createNodeHost(installation);
  const trainer = new StudyTrainer({
    host,
    post: (event) => process.send?.(event),
    open: (task, document) => openStudyRun(task, document, host.timestamp),
    readNet: (place) => readFile(place, "utf8"),
  });
  return new Promise((_ended, failed) => {
    // The parent has no more work, or is gone: a run under way must not write where another sweep takes it up.
    const leave = () => process.exit(0);
    process.on("message", (message) => {
      trainer.receive(studyRequestSchema.parse(message)).catch((error: unknown) => {
        failed(error);
        // It ends with these last words: the parent begins the run again in another process, and would wait for this one for ever.
        process.off("disconnect", leave);
        process.disconnect();
      });
    });
    // A Ctrl-C reaches every process of a terminal: the parent says what is to be done about it.
    process.on("SIGINT", () => undefined);
    process.on("SIGTERM", () => void trainer.receive({ type: "stop" }));
    process.on("disconnect", leave);
  });
};
