/** The entry of the Web Worker in which a run trains when the page is in a browser: the same run as in the utility process. */
import { type TrainEvent, trainEventSchema, trainRequestSchema } from "../protocol.ts";
import { Run } from "../train/run.ts";
import { createWebHost } from "./web.ts";
import { WebRunKeeper } from "./webRunKeeper.ts";

const host = createWebHost();
let keeper: WebRunKeeper | null = null;

// Parsing copies the message's plain parts and proves that nothing else crosses.
const post = (event: TrainEvent): void => self.postMessage(trainEventSchema.parse(event));

/** A run that has ended is kept before the page is told of it: whoever closes the page then has it. */
const end = async (event: Extract<TrainEvent, { type: "finished" | "failed" }>): Promise<void> => {
  const ending = keeper;
  keeper = null;
  try {
    const model = event.type === "finished" ? run.exportModel() : null;
    const isNetKept = (await ending?.keep(event, model)) === true;
    post(event.type === "finished" && isNetKept ? { ...event, isNetKept } : event);
  } catch {
    // The browser has no room, or lets the page keep nothing. Without the mark the page asks before the net is lost.
    post(event);
  }
};

const run = new Run({
  host,
  post: (event) => {
    keeper?.receive(event);
    if (event.type === "finished" || event.type === "failed") void end(event);
    else post(event);
  },
});

self.onmessage = ({ data }: MessageEvent<unknown>) => {
  const request = trainRequestSchema.safeParse(data);
  if (!request.success)
    throw new Error(`The page sent a request the trainer does not understand: ${request.error.message}`);
  if (request.data.type === "start") keeper = new WebRunKeeper(request.data, host.timestamp());
  // A failure of the run itself becomes an error event of the worker, which the page reports.
  run.receive(request.data).catch((error: unknown) => {
    queueMicrotask(() => {
      throw error;
    });
  });
};
