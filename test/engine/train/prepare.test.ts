/** What a trainer does before its run begins must not be seen in the run. */
import { describe, expect, test } from "vitest";
import { factsOf } from "../../../engine/data/dataset.ts";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import type { TrainerHost } from "../../../engine/host/host.ts";
import { compile, SMALL_STEP_WORK, workPerSample } from "../../../engine/index.ts";
import type { TrainEvent } from "../../../engine/protocol.ts";
import { ok } from "../../../engine/result.ts";
import { Run } from "../../../engine/train/run.ts";
import { blobDataset } from "../../support/blobs.ts";
import { applied } from "../compile/documents.ts";
import { blobNet, blobs, nodeHost, Recording, recordRun } from "./runHarness.ts";

const document = blobNet();

/** The same net on data that cannot change between preparation and start. */
const bundled = applied(document, [{ type: "setDataset", dataset: { source: "mnist" } }]);

const prepare = (recording: Recording, expected: LayerscopeDocument, rehearse = false): Promise<void> =>
  recording.run.receive({ type: "prepare", protocol: 1, document: expected, threads: 2, rehearse });

/** A host that counts what it is asked for. */
const countingHost = () => {
  const counts = { loads: 0, threads: 0 };
  const host: Partial<TrainerHost> = {
    loadDataset: async () => {
      counts.loads += 1;
      return ok(blobs);
    },
    startThread: (call) => {
      counts.threads += 1;
      return nodeHost.startThread(call);
    },
  };
  return { counts, host };
};

describe("a prepared run", () => {
  test("says before it starts only how fast this machine is, and trains to the same bits", async () => {
    const plain = await recordRun(document);
    const recording = new Recording();
    await prepare(recording, document);
    const work = (workPerSample(compile(document, { dataset: factsOf(blobs) })) ?? 0) * document.training.batchSize;
    expect(recording.events).toEqual([{ type: "rehearsed", work, seconds: expect.any(Number) }]);
    await prepare(recording, { ...document, notes: "Changed." });
    expect(recording.of("rehearsed")).toHaveLength(1);
    await prepare(recording, { ...document, notes: "Changed again." }, true);
    expect(recording.of("rehearsed")).toHaveLength(2);
    await recording.start(document, 2).ended;
    expect(recording.steps()).toEqual(plain.steps());
    expect(recording.bits()).toBe(plain.bits());
    expect(recording.of("epoch").map(({ testAccuracy }) => testAccuracy)).toEqual(
      plain.of("epoch").map(({ testAccuracy }) => testAccuracy),
    );
  });

  test("says nothing of the machine when its rehearsal was cut short, until another is asked for", async () => {
    const changed = { ...document, notes: "Changed." };
    const recording = new Recording({
      onBatch: (numBatches, own) => {
        if (numBatches === 14) void prepare(own, changed);
      },
    });
    await prepare(recording, document);
    await prepare(recording, changed);
    expect(recording.events).toEqual([]);
    await prepare(recording, { ...changed, notes: "Again." }, true);
    expect(recording.of("rehearsed")).toHaveLength(1);
  });

  test("rehearses few samples of a large batch, yet no small step where the run has large ones, nor the other way round", async () => {
    const perSample = workPerSample(compile(document, { dataset: factsOf(blobs) })) ?? 0;
    const enough = Math.ceil(SMALL_STEP_WORK / perSample);
    expect(enough).toBeGreaterThan(64);
    for (const [batchSize, rehearsed] of [
      [48, 48],
      [100, 100],
      [enough, enough],
      [2000, enough],
    ] as const) {
      const recording = new Recording({ dataset: blobDataset(2000, 70) });
      await prepare(recording, blobNet({ batchSize }));
      const isSmall = perSample * batchSize < SMALL_STEP_WORK;
      expect(recording.of("rehearsed").map(({ work }) => [work, work < SMALL_STEP_WORK])).toEqual([
        [perSample * rehearsed, isSmall],
      ]);
    }
  });

  test("says nothing of the machine by a clock too coarse for its steps", async () => {
    const events: TrainEvent[] = [];
    const host = { ...nodeHost, loadDataset: async () => ok(blobs), now: () => 0 };
    const run = new Run({ host, post: (event) => events.push(event) });
    await run.receive({ type: "prepare", protocol: 1, document, threads: 2, rehearse: true });
    expect(events).toEqual([]);
    run.dispose();
  });

  test("may start in the middle of its preparation", async () => {
    const plain = await recordRun(document);
    const recording = new Recording();
    void prepare(recording, document);
    await recording.start(document, 2).ended;
    expect(recording.steps()).toEqual(plain.steps());
  });

  test("reads a folder again, which may have changed since, and what comes with the app only once", async () => {
    for (const [expected, loads] of [
      [document, 2],
      [bundled, 1],
    ] as const) {
      const { counts, host } = countingHost();
      const recording = new Recording({ host });
      await prepare(recording, expected);
      await recording.start(expected, 2).ended;
      expect(recording.of("finished")).toHaveLength(1);
      expect(counts.loads).toBe(loads);
    }
  });

  test("reads no folder for an edit that asks for no rehearsal", async () => {
    const { counts, host } = countingHost();
    const recording = new Recording({ host });
    await prepare(recording, document);
    await prepare(recording, { ...document, notes: "Changed." });
    expect(counts.loads).toBe(1);
  });

  test("begins with the net that was laid out for it, and trains it to the same bits", async () => {
    const plain = await recordRun(bundled);
    const { counts, host } = countingHost();
    const recording = new Recording({ host });
    await prepare(recording, bundled);
    const { threads } = counts;
    await recording.start(bundled, 2).ended;
    expect(counts.threads).toBe(threads);
    expect(recording.steps()).toEqual(plain.steps());
    expect(recording.bits()).toBe(plain.bits());
  });

  test("trains what it is told to, not what was expected", async () => {
    const other = applied(bundled, [{ type: "setTraining", training: { seed: 2 } }]);
    const plain = await recordRun(other);
    for (const expected of [[bundled], [other, bundled], [bundled, other]]) {
      const recording = new Recording();
      await Promise.all(expected.map((each) => prepare(recording, each)));
      await recording.start(other, 2).ended;
      expect(recording.bits()).toBe(plain.bits());
    }
  });

  test("fails for the reason that its start has, whatever went wrong before", async () => {
    const recording = new Recording({
      host: {
        loadDataset: async () => {
          throw new Error("The disk is gone.");
        },
      },
    });
    await prepare(recording, document);
    expect(recording.events).toEqual([]);
    await recording.start(document).ended;
    expect(recording.of("failed").map(({ failure }) => failure.message)).toEqual(["The disk is gone."]);
  });
});
