import { expect, test } from "vitest";
import { changedModelBytes, textOfModel } from "../../../engine/export/modelFile.ts";
import { loadModel } from "../../../engine/index.ts";
import { recomputeModel } from "../../../engine/train/recomputeModel.ts";
import { applied } from "../compile/documents.ts";
import { blobNet, blobs, nodeHost, type Recording, recordRun } from "./runHarness.ts";

const recompute = async (recording: Recording): Promise<void> => {
  recording.send({ type: "recomputeStatistics", requestId: 7 });
  while (recording.of("statisticsRecomputed").length === 0) await new Promise((resolve) => setImmediate(resolve));
};

test("a net from its file gets the statistics that its run would have given it, to the bit", async () => {
  // With samples set apart: they belong to neither.
  const recording = await recordRun(blobNet({ validation: { count: 30 } }));
  const model = recording.model();
  const outcome = await recomputeModel({ model, dataset: blobs, host: nodeHost, threads: 2 });
  if (!outcome.ok) throw new Error(outcome.error.message);
  await recompute(recording);
  const { samples, nodeIds, before, training, after, tensors } = outcome.value;
  expect(recording.of("statisticsRecomputed")[0]?.found).toMatchObject({ samples, before, training, after });
  expect(nodeIds).toEqual(["bn1"]);
  expect(tensors).toEqual(recording.model().tensors);
  expect(tensors).not.toEqual(model.tensors);
  const written = loadModel(
    textOfModel(
      changedModelBytes(model, tensors, { testAccuracy: after.accuracy, savedAt: "2026-01-01T00:00:00.000Z" }),
    ),
  );
  if (!written.ok) throw new Error(written.error.message);
  expect(written.value.tensors).toEqual(tensors);
  expect(written.value.training).toMatchObject({
    ...model.training,
    testAccuracy: after.accuracy,
    savedAt: "2026-01-01T00:00:00.000Z",
  });
  recording.run.dispose();
});

test("a net without BatchNorm says that there is nothing to recompute", async () => {
  const plain = applied(blobNet(), [
    { type: "deleteNodes", nodeIds: ["bn1"] },
    { type: "connectPorts", from: { node: "conv1", port: "out" }, to: { node: "relu1", port: "in" } },
  ]);
  const recording = await recordRun(plain);
  const outcome = await recomputeModel({ model: recording.model(), dataset: blobs, host: nodeHost, threads: 1 });
  expect(!outcome.ok && outcome.error.message).toBe(
    "No BatchNorm of this net has running values that follow its batches.",
  );
  recording.run.dispose();
});
