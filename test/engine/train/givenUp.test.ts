/** A run that is given up (a window closed, say) leaves no thread behind, whatever it was doing. */
import { expect, test } from "vitest";
import { optimizers } from "../../../engine/document/optimizers.ts";
import type { TrainerHost } from "../../../engine/host/host.ts";
import { blobNet, nodeHost, Recording } from "./runHarness.ts";

/** Counts threads that were started and not ended. `onStart` is told of each, before it is there. */
const countedThreads = (onStart: (numStarted: number) => void) => {
  const count = { started: 0, alive: 0 };
  const startThread: TrainerHost["startThread"] = async (call) => {
    count.started += 1;
    onStart(count.started);
    const thread = await nodeHost.startThread(call);
    count.alive += 1;
    return {
      ...thread,
      terminate: () => {
        count.alive -= 1;
        thread.terminate();
      },
    };
  };
  return { count, startThread };
};

test("while its net is laid out for the first time", async () => {
  const { count, startThread } = countedThreads(() => recording.run.dispose());
  const recording = new Recording({ host: { startThread } });
  recording.start(blobNet(), 2);
  await recording.ended;
  expect(count).toEqual({ started: 1, alive: 0 });
  expect(recording.types()).toBe("");
});

test("while its net is laid out anew for another optimizer", async () => {
  const { count, startThread } = countedThreads((numStarted) => {
    if (numStarted === 2) recording.run.dispose();
  });
  const recording = new Recording({
    host: { startThread },
    onBatch: (numBatches, run) => {
      if (numBatches === 3) run.send({ type: "changeTraining", training: { optimizer: optimizers.adam.start } });
    },
  });
  recording.start(blobNet(), 2);
  await recording.ended;
  expect(count).toEqual({ started: 2, alive: 0 });
  expect(recording.of("trainingChanged")).toEqual([]);
  expect(recording.of("failed")).toEqual([]);
});

test("while the platform hashes its weights, or those that it starts from", async () => {
  const trained = new Recording().start(blobNet());
  await trained.ended;
  const from = { name: "blobs.model.json", text: trained.run.exportModel() ?? "" };
  for (const start of [null, from]) {
    const { count, startThread } = countedThreads(() => undefined);
    const recording: Recording = new Recording({
      host: {
        startThread,
        sha256: async (pieces) => {
          recording.run.dispose();
          return nodeHost.sha256(pieces);
        },
      },
    });
    recording.start(blobNet(), 2, start);
    await recording.ended;
    expect(count).toEqual({ started: 1, alive: 0 });
    expect(recording.of("finished")).toEqual([]);
    expect(recording.of("started")).toHaveLength(start === null ? 1 : 0);
  }
  trained.run.dispose();
});

test("between two steps, and after its end", async () => {
  for (const giveUpAt of [3, null]) {
    const { count, startThread } = countedThreads(() => undefined);
    const recording = new Recording({
      host: { startThread },
      onBatch: (numBatches, { run }) => {
        if (numBatches === giveUpAt) run.dispose();
      },
    });
    recording.start(blobNet(), 2);
    await recording.ended;
    recording.run.dispose();
    expect(count).toEqual({ started: 1, alive: 0 });
    expect(recording.of("finished")).toHaveLength(giveUpAt === null ? 1 : 0);
  }
});
