/** The entry of the Web Worker in which a run trains when the page is in a browser: the same run as in the utility process. */
import { trainEventSchema, trainRequestSchema } from "../protocol.ts";
import { createWebHost } from "./web.ts";
import { WebTrainerRun } from "./webTrainerRun.ts";

// Parsing copies the message's plain parts and proves that nothing else crosses.
const run = new WebTrainerRun({
  host: createWebHost(),
  post: (event) => self.postMessage(trainEventSchema.parse(event)),
});

self.onmessage = ({ data }: MessageEvent<unknown>) => {
  const request = trainRequestSchema.safeParse(data);
  if (!request.success)
    throw new Error(`The page sent a request the trainer does not understand: ${request.error.message}`);
  // A failure of the run itself becomes an error event of the worker, which the page reports.
  run.receive(request.data).catch((error: unknown) => {
    queueMicrotask(() => {
      throw error;
    });
  });
};
