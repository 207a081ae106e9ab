/** What a trainer does before its run begins must not be seen in the run. */
import { describe, expect, test } from "vitest";
import { ok } from "../../../engine/result.ts";
import { applied } from "../compile/documents.ts";
import { blobNet, blobs, Recording, recordRun } from "./runHarness.ts";

const document = blobNet();

const prepare = (recording: Recording, threads = 1): Promise<void> =>
  recording.run.receive({ type: "prepare", protocol: 1, document, threads });

/** A host that counts what it is asked for. */
const countingHost = () => {
  const counts = { loads: 0 };
  return {
    counts,
    host: {
      loadDataset: async () => {
        counts.loads += 1;
        return ok(blobs);
      },
    },
  };
};

describe("a prepared run", () => {
  test("says nothing before it starts, and trains to the same bits", async () => {
    const plain = await recordRun(document);
    let done: () => void = () => undefined;
    const rehearsed = new Promise<void>((resolve) => {
      done = resolve;
    });
    const recording = new Recording({ onBatch: (numBatches) => numBatches === 5 && done() });
    await prepare(recording);
    await rehearsed;
    expect(recording.events).toEqual([]);
    await recording.start(document).ended;
    expect(recording.steps()).toEqual(plain.steps());
    expect(recording.bits()).toBe(plain.bits());
    expect(recording.of("epoch").map(({ testAccuracy }) => testAccuracy)).toEqual(
      plain.of("epoch").map(({ testAccuracy }) => testAccuracy),
    );
  });

  test("may start in the middle of its preparation", async () => {
    const plain = await recordRun(document);
    const recording = new Recording();
    void prepare(recording);
    await recording.start(document).ended;
    expect(recording.steps()).toEqual(plain.steps());
  });

  test("is prepared once, and not after its start", async () => {
    const { counts, host } = countingHost();
    const recording = new Recording({ host });
    await Promise.all([prepare(recording), prepare(recording)]);
    await recording.start(document).ended;
    await prepare(recording);
    // A folder may have changed since: it is read again.
    expect(counts.loads).toBe(2);
  });

  test("reads what comes with the app only once", async () => {
    const { counts, host } = countingHost();
    const recording = new Recording({ host });
    const onMnist = applied(document, [{ type: "setDataset", dataset: { source: "mnist" } }]);
    await recording.run.receive({ type: "prepare", protocol: 1, document: onMnist, threads: 1 });
    await recording.start(onMnist).ended;
    expect(counts.loads).toBe(1);
    expect(recording.of("finished")).toHaveLength(1);
  });

  test("fails for the reason that its start has, whatever went wrong before", async () => {
    const recording = new Recording({
      host: {
        loadDataset: async () => {
          throw new Error("The disk is gone.");
        },
      },
    });
    await prepare(recording);
    expect(recording.events).toEqual([]);
    await recording.start(document).ended;
    expect(recording.of("failed").map(({ failure }) => failure.message)).toEqual(["The disk is gone."]);
  });
});
