import { z } from "zod";

/** What the main process tells a trainer on its command line: where the files are that come with the app, and where runs keep theirs. */
export const trainerStartSchema = z.strictObject({
  kernelsFolder: z.string(),
  mnistFolder: z.string(),
  runsFolder: z.string(),
});

export type TrainerStart = z.infer<typeof trainerStartSchema>;
