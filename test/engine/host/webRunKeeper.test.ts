/** What a browser keeps of a run of the page: all that the page needs to show it as it was. */
import { expect, it } from "vitest";
import { WebRunKeeper } from "../../../engine/host/webRunKeeper.ts";
import { ENGINE_VERSION } from "../../../engine/index.ts";
import { PROTOCOL_VERSION, type TrainEvent } from "../../../engine/protocol.ts";
import { ok } from "../../../engine/result.ts";
import { Run } from "../../../engine/train/run.ts";
import { recorderOf } from "../../../renderer/run/recordedRun.ts";
import { blobNet, blobs, nodeHost } from "../train/runHarness.ts";

const trained = async (epochs: number, learningRate = 0.1) => {
  const net = blobNet({ epochs });
  const document = { ...net, training: { ...net.training, learningRate } };
  const start = { type: "start", protocol: PROTOCOL_VERSION, document, threads: 1, title: "blobs" } as const;
  const keeper = new WebRunKeeper(start, "2026-11-22T12:00:00.000Z");
  const events: TrainEvent[] = [];
  const run = new Run({
    host: { ...nodeHost, loadDataset: async () => ok(blobs) },
    post: (event) => {
      events.push(event);
      keeper.receive(event);
      if (event.type === "frame") void run.receive({ type: "acknowledgeFrame", sequence: event.sequence });
    },
  });
  await run.receive(start);
  const ended = events.find((event) => event.type === "finished" || event.type === "failed");
  if (ended === undefined) throw new Error("The run did not end.");
  const model = run.exportModel();
  run.dispose();
  const call = { endedAt: "2026-11-22T12:00:05.000Z", model, runId: "00000000-0000-0000-0000-000000000001" };
  return { kept: keeper.ended(ended, call), events, model };
};

it("has every step, epoch and measurement, what lists need, and the net", async () => {
  const { kept, events, model } = await trained(3);
  if (kept === null) throw new Error("Nothing was kept.");
  const { facts, record } = kept;
  const epochs = events.filter((event) => event.type === "epoch");
  expect(facts).toMatchObject({
    ...{ title: "blobs", outcome: "finished", hasModel: true, engineVersion: ENGINE_VERSION, isRemoved: false },
    lastEpoch: { epoch: 3, loss: epochs[2]?.loss },
    bestEpoch: { testAccuracy: Math.max(...epochs.map(({ testAccuracy }) => testAccuracy ?? 0)) },
    trains: { optimizer: "sgd", kinds: expect.arrayContaining(["dense", "output"]) },
    label: { name: null, tags: [] },
  });
  expect(kept.model).toBe(model);
  expect(facts.bytes).toBeGreaterThan(record.steps.byteLength + (model?.length ?? 0));
  const { recorder, problems } = recorderOf({ ...record, ...facts, lostLines: 0 });
  expect(problems).toEqual([]);
  expect(recorder.numSteps).toBe(facts.started.totalSteps);
  const measured = events.flatMap((event) => (event.type === "frame" ? [event.step] : []));
  expect(recorder.frames.at(-1)?.step).toBe(measured.at(-1));
});

it("keeps a run that diverged, without a net, and none that made no step", async () => {
  const { kept } = await trained(3, 1e38);
  expect(kept?.facts).toMatchObject({ outcome: "failed", ended: { failure: { reason: "diverged" } } });
  const start = { type: "start", protocol: PROTOCOL_VERSION, document: blobNet({ epochs: 1 }), threads: 1 } as const;
  const call = { endedAt: "2026-11-22T12:00:05.000Z", model: null, runId: "1" };
  const failure = { reason: "invalidDocument", message: "It has no layers." } as const;
  expect(new WebRunKeeper(start, "").ended({ type: "failed", failure }, call)).toBeNull();
});
