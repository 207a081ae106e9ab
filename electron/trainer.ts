/**
 * The entry of a trainer's utility process: a run of the engine behind a port. The port is the only way in or out, and everything that
 * passes it is validated: a function, a SharedArrayBuffer or a view on shared memory in a message would end the port without a word.
 */
import { constants, setPriority } from "node:os";
import type { MessagePortMain } from "electron";
import { createNodeHost } from "../engine/host/node.ts";
import { type TrainEvent, trainEventSchema, trainRequestSchema } from "../engine/protocol.ts";
import { TrainerRun } from "./trainerRun.ts";
import { type TrainerMessage, trainerStartSchema } from "./trainerStart.ts";

const start = trainerStartSchema.parse(JSON.parse(process.argv.at(-1) ?? ""));

const tell = (message: TrainerMessage): void => process.parentPort.postMessage(message);

/** The main process lets studies give way to a run that trains. */
const TRAINS: ReadonlySet<TrainEvent["type"]> = new Set(["started", "resumed"]);
const RESTS: ReadonlySet<TrainEvent["type"]> = new Set(["paused", "finished", "failed"]);

const serve = (port: MessagePortMain): void => {
  const run = new TrainerRun({
    runsFolder: start.runsFolder,
    host: createNodeHost({
      kernelsDirectory: start.kernelsFolder,
      mnistDirectory: start.mnistFolder,
      withoutBoundsChecks: true,
    }),
    // Parsing copies the message's plain parts; buffers are whole ArrayBuffers by schema, which the port copies.
    post: (event) => {
      port.postMessage(trainEventSchema.parse(event));
      if (TRAINS.has(event.type)) tell("training");
      else if (RESTS.has(event.type)) tell("resting");
    },
  });
  port.on("message", ({ data }) => {
    const request = trainRequestSchema.safeParse(data);
    if (!request.success)
      throw new Error(`The page sent a request the trainer does not understand: ${request.error.message}`);
    // A failure of the engine itself ends the process, and the main process tells the page why.
    run.receive(request.data).catch((error: unknown) => {
      queueMicrotask(() => {
        throw error;
      });
    });
  });
  // The page is gone.
  port.on("close", () => process.exit(0));
  port.start();
};

// Training takes every core; the page and the rest of the desktop stay quick. Linux lowers the calling thread only: compute threads
// start later and inherit it.
setPriority(constants.priority.PRIORITY_LOW);

process.parentPort.once("message", ({ ports: [port] }) => {
  if (port === undefined) throw new Error("The trainer was started without a port.");
  serve(port);
  tell("ready");
});
