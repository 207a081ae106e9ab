import { expect, test } from "vitest";
import { networkData } from "../../../engine/data/networkData.ts";
import { loadModel, textOfModel } from "../../../engine/export/modelFile.ts";
import { createNetwork } from "../../../engine/train/createNetwork.ts";
import { createSession } from "../../../engine/train/createSession.ts";
import { evaluateModel } from "../../../engine/train/evaluation.ts";
import { blobNet, blobs, nodeHost } from "../train/runHarness.ts";

const bits = (values: Float32Array): Uint32Array => new Uint32Array(values.slice().buffer);

test("a net read back from its model JSON gives the same logits, bit for bit, and the same accuracy", async () => {
  const session = await createSession({ document: blobNet(), dataset: blobs, host: nodeHost, threads: 1 });
  if (!session.ok) throw new Error(session.error.message);
  let testAccuracy: number | null = null;
  while (session.value.phase !== "ended") {
    const outcome = session.value.advance({ measure: false });
    if (outcome.type === "epochEnded") testAccuracy = outcome.testAccuracy;
  }
  const loaded = loadModel(textOfModel(session.value.modelBytes()));
  if (!loaded.ok) throw new Error(loaded.error.message);
  const model = loaded.value;

  const network = await createNetwork({
    program: model.program,
    data: networkData(blobs, model.preprocessing),
    optimizer: model.document.training.optimizer,
    weightDecay: 0,
    seed: 99,
    threads: 1,
    host: nodeHost,
  });
  if (!network.ok) throw new Error(network.error.message);
  network.value.setTensors(model.tensors);
  for (const start of [0, 32, 64]) {
    const call = { split: "test", start, count: Math.min(32, blobs.test.count - start) } as const;
    const logits = network.value.logits(call);
    expect(logits.some((value) => Math.abs(value) > 0.1)).toBe(true);
    expect(bits(logits)).toEqual(bits(session.value.network.logits(call)));
  }
  session.value.dispose();
  network.value.dispose();

  const evaluation = await evaluateModel({ model, dataset: blobs, host: nodeHost, threads: 1 });
  expect(evaluation).toMatchObject({ ok: true, value: { accuracy: testAccuracy, testCount: 70 } });
});

test("a net is not evaluated on samples of another shape or on more classes than it tells apart", async () => {
  const session = await createSession({ document: blobNet(), dataset: blobs, host: nodeHost, threads: 1 });
  if (!session.ok) throw new Error(session.error.message);
  const loaded = loadModel(textOfModel(session.value.modelBytes()));
  session.value.dispose();
  if (!loaded.ok) throw new Error(loaded.error.message);
  const evaluate = async (changed: Partial<typeof blobs>) => {
    const evaluation = await evaluateModel({
      model: loaded.value,
      dataset: { ...blobs, ...changed },
      host: nodeHost,
      threads: 1,
    });
    return evaluation.ok ? "accepted" : evaluation.error.message;
  };
  expect(await evaluate({ shape: [1, 4, 16] })).toBe("The net was trained on samples of 1×8×8, blobs has 1×4×16.");
  expect(await evaluate({ classNames: ["a", "b", "c", "d", "e"] })).toBe("The net tells 4 classes apart, blobs has 5.");
});
