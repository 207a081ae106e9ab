import { z } from "zod";

/** What the main process tells a worker of studies on its command line: where the files are that come with the app. */
export const workerStartSchema = z.strictObject({
  kernelsFolder: z.string(),
  mnistFolder: z.string(),
});

/** What it tells a trainer: also where runs keep theirs. */
export const trainerStartSchema = workerStartSchema.extend({ runsFolder: z.string() });

export type WorkerStart = z.infer<typeof workerStartSchema>;
export type TrainerStart = z.infer<typeof trainerStartSchema>;

/** What a trainer tells the main process; `resting`: its run is paused or has ended. */
export type TrainerMessage = "ready" | "training" | "resting";
