import { z } from "zod";

/** What the main process tells a trainer on its command line: where the files are that come with the app. */
export const trainerStartSchema = z.strictObject({ kernelsFolder: z.string(), mnistFolder: z.string() });

export type TrainerStart = z.infer<typeof trainerStartSchema>;
