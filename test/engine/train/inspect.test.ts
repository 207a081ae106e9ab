/** The test bench of a run: single samples and the test set, against the float64 reference and against the run itself. */
import { expect, test } from "vitest";
import { compile } from "../../../engine/compile/compile.ts";
import { type Dataset, factsOf } from "../../../engine/data/dataset.ts";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import { dropoutKey, dropoutStream } from "../../../engine/kernels/dropoutMask.ts";
import type { Tensor } from "../../../engine/layer.ts";
import { PROTOCOL_VERSION, type TrainRequest } from "../../../engine/protocol.ts";
import { evaluateModel } from "../../../engine/train/evaluation.ts";
import { type ReferencePass, referenceForward } from "../../../engine/train/reference.ts";
import { applied, chain } from "../compile/documents.ts";
import { distance, tensorOf } from "../kernels/nets.ts";
import { blobNet, blobs, nodeHost, Recording, recordRun } from "./runHarness.ts";

const SIZE = 64;

const inspect = (
  requestId: number,
  sample: Extract<TrainRequest, { type: "inspectSample" }>["sample"],
  mode: "evaluation" | "training" = "evaluation",
): TrainRequest => ({ type: "inspectSample", requestId, sample, mode, nodeId: null });

const evaluate = (requestId: number, worst = 24): TrainRequest => ({ type: "evaluateTest", requestId, worst });

const testImage = (index: number): Uint8Array =>
  Uint8Array.from(blobs.test.images.subarray(index * SIZE, (index + 1) * SIZE));

/** Asks and waits for the answer. */
const asked = async (recording: Recording, request: TrainRequest) => {
  await recording.run.receive(request);
  const event = recording.events.at(-1);
  if (event?.type !== "sampleInspected" || event.sample === null) throw new Error(JSON.stringify(event));
  const { layers, values } = event.sample;
  const floats = new Float32Array(values);
  const outputOf = (nodeId: string): Float32Array => {
    const layer = layers.find((each) => each.nodeId === nodeId);
    if (layer === undefined) throw new Error(`no ${nodeId}`);
    const size = layer.shape.slice(1).reduce((product, extent) => product * extent, layer.channels);
    return floats.subarray(layer.offset, layer.offset + size);
  };
  return { ...event.sample, outputOf };
};

/** The net of a run in float64, on these images as one batch. */
const reference = (
  document: LayerscopeDocument,
  recording: Recording,
  call: { readonly images: readonly Uint8Array[]; readonly mode: "training" | "evaluation"; readonly step: number },
): ReferencePass => {
  const { program } = compile(document, { dataset: factsOf(blobs) });
  if (program === null) throw new Error("does not compile");
  const isState = new Set(program.layers.flatMap(({ nodeId, state }) => state.map(({ name }) => `${nodeId}.${name}`)));
  const tensors = recording.model().tensors.map(({ name, shape, data }) => [name, tensorOf(shape, data)] as const);
  const { unit, mean, std } = blobs.preprocessing;
  const values = call.images.flatMap((image) =>
    [...image].map((byte) => (byte / unit - (mean[0] ?? 0)) / (std[0] ?? 1)),
  );
  return referenceForward({
    program,
    samples: tensorOf([call.images.length, ...program.inputShape], values),
    weights: new Map(tensors.filter(([name]) => !isState.has(name))),
    state: new Map(tensors.filter(([name]) => isState.has(name))),
    mode: call.mode,
    random: (nodeId) => dropoutStream(dropoutKey(document.training.seed, nodeId), call.step),
  });
};

const firstRow = ({ shape, data }: Tensor): Float64Array => data.subarray(0, data.length / (shape[0] ?? 1));

/** conv and batch norm with a border, a flat batch norm, an average pooling, a ReLU before it. */
const borderedNet = applied(
  chain(
    ["input", "input", { shape: [1, 8, 8] }],
    ["conv2d", "conv1", { filters: 5, kernel: [3, 3], padding: "same" }],
    ["relu", "relu1"],
    ["conv2d", "conv2", { filters: 6, kernel: [3, 3], padding: "same" }],
    ["batchNorm", "bn2"],
    ["relu", "relu2"],
    ["pool2d", "pool2", { pool: "avg" }],
    ["flatten", "flatten"],
    ["batchNorm", "bn3"],
    ["dense", "fc1", { units: 7 }],
    ["batchNorm", "bn4"],
    ["relu", "relu4"],
    ["dense", "fc2", { units: 4 }],
    ["output", "output"],
  ),
  [
    { type: "setTraining", training: { ...blobNet().training, epochs: 1 } },
    { type: "setDataset", dataset: { source: "idx", directory: "/blobs" } },
  ],
);

test.each([
  ["max pooling and dropout", blobNet()],
  ["borders and flat batch norms", borderedNet],
])("outputs of all nodes agree with float64 in both modes: %s", async (_, document) => {
  const recording = await recordRun(document);
  const step = recording.of("finished")[0]?.step ?? 0;
  const values = testImage(3).map((byte) => 255 - byte);

  const evaluated = await asked(recording, inspect(1, { from: "values", values: values.slice().buffer }));
  expect(evaluated).toMatchObject({ step, index: null, target: null, training: null, batchSize: 1 });
  expect(new Uint8Array(evaluated.stored)).toEqual(values);
  const inEvaluation = reference(document, recording, { images: [values], mode: "evaluation", step });
  for (const [nodeId, output] of inEvaluation.outputs) {
    expect(distance(evaluated.outputOf(nodeId), firstRow(output)), nodeId).toBeLessThanOrEqual(1e-4);
  }
  expect(evaluated.evaluation).toEqual([...evaluated.outputOf("output")]);
  expect(evaluated.evaluation.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);

  // A sample of its own: the batch of 32 has the first 31 test samples besides.
  const trained = await asked(recording, inspect(2, { from: "values", values: values.slice().buffer }, "training"));
  expect(trained.batchSize).toBe(32);
  const others = Array.from({ length: 31 }, (_unused, index) => testImage(index));
  const inTraining = reference(document, recording, { images: [values, ...others], mode: "training", step });
  for (const [nodeId, output] of inTraining.outputs) {
    expect(distance(trained.outputOf(nodeId), firstRow(output)), nodeId).toBeLessThanOrEqual(1e-4);
  }
  expect(trained.evaluation).toEqual(evaluated.evaluation);
  expect(trained.training).not.toEqual(evaluated.evaluation);

  // A test sample is in its batch once.
  const ofTest = await asked(recording, inspect(3, { from: "test", index: 2 }, "training"));
  expect(ofTest.target).toEqual([("classes" in blobs.test.labels && blobs.test.labels.classes[2]) || 0]);
  expect(new Uint8Array(ofTest.stored)).toEqual(testImage(2));
  const besides = Array.from({ length: 32 }, (_unused, index) => index).filter((index) => index !== 2);
  const withOthers = { images: [2, ...besides].map(testImage), mode: "training" as const, step };
  const expected = reference(document, recording, withOthers).outputs.get("output") as Tensor;
  expect(distance(ofTest.training ?? [], firstRow(expected))).toBeLessThanOrEqual(1e-4);
  // Training passes leave nothing behind.
  const again = await asked(recording, inspect(4, { from: "values", values: values.slice().buffer }));
  expect(again.evaluation).toEqual(evaluated.evaluation);
  recording.run.dispose();
});

test("the run takes the same steps whether it is looked into or not", async () => {
  const document = blobNet({ epochs: 60 });
  const plain = await recordRun(document);
  // Looked into while it runs, one question after the other, and while it is paused.
  const watched = new Recording({
    onBatch: (numBatches, recording) => {
      if (numBatches === 1) recording.send(inspect(1, { from: "test", index: 5 }, "training"));
      if (numBatches === 3) recording.send({ type: "pause" });
    },
    onEvent: (event, recording) => {
      if (event.type === "paused") {
        recording.run
          .receive(evaluate(2))
          .then(() => recording.run.receive(inspect(3, { from: "test", index: 1 }, "training")))
          .then(() => recording.send({ type: "resume" }));
      }
      if (event.type !== "sampleInspected") return;
      // As a message would come: not before others that wait.
      setImmediate(() => {
        if (recording.of("finished").length > 0) return;
        recording.send(inspect(event.requestId + 1, { from: "test", index: event.requestId % 70 }, "training"));
        if (event.requestId % 10 === 0) recording.send(evaluate(1000 + event.requestId));
      });
    },
  });
  await watched.start(document).ended;
  expect(watched.of("finished")[0]).toMatchObject({
    lossesHash: plain.of("finished")[0]?.lossesHash,
    weightsHash: plain.of("finished")[0]?.weightsHash,
  });
  expect(watched.bits()).toBe(plain.bits());
  const steps = new Set(watched.of("sampleInspected").map(({ sample }) => sample?.step));
  expect(steps.size).toBeGreaterThan(5);
  const evaluations = watched.of("testEvaluated").flatMap(({ evaluation }) => evaluation ?? []);
  const epochs = watched.of("epoch");
  for (const { step, accuracy } of evaluations) {
    const epoch = epochs.find((each) => each.step === step);
    if (epoch !== undefined) expect(accuracy).toBe(epoch.testAccuracy);
  }
  expect(evaluations.length).toBeGreaterThan(1);
  watched.run.dispose();
  plain.run.dispose();
});

test("the confusion matrix has every test sample, and its trace is the accuracy that the run and `eval` report", async () => {
  const recording = await recordRun(blobNet({ epochs: 1, learningRate: 0.02 }));
  await recording.run.receive(evaluate(1, 5));
  const [{ evaluation } = { evaluation: null }] = recording.of("testEvaluated");
  if (evaluation === null) throw new Error("no evaluation");
  const [epoch] = recording.of("epoch");
  const confusion = evaluation.confusion ?? [];
  const trace = [0, 5, 10, 15].reduce((sum, cell) => sum + (confusion[cell] ?? 0), 0);
  expect(confusion.reduce((sum, count) => sum + count, 0)).toBe(70);
  expect(trace / 70).toBe(epoch?.testAccuracy);
  expect(trace).toBeLessThan(70);
  expect(evaluation).toMatchObject({ step: 5, count: 70, notFinite: 0, r2: null, accuracy: epoch?.testAccuracy });
  expect(evaluation.loss).toBe(epoch?.testLoss);
  const evaluated = await evaluateModel({ model: recording.model(), dataset: blobs, host: nodeHost, threads: 1 });
  expect(evaluated).toMatchObject({ ok: true, value: { accuracy: evaluation.accuracy, loss: evaluation.loss } });

  // The worst mistakes, found again one by one.
  const losses: { index: number; loss: number }[] = [];
  for (let index = 0; index < 70; index++) {
    const { evaluation: shares, target } = await asked(recording, inspect(10 + index, { from: "test", index }));
    const label = target?.[0] ?? 0;
    if (shares.indexOf(Math.max(...shares)) !== label) losses.push({ index, loss: -Math.log(shares[label] ?? 0) });
  }
  losses.sort((a, b) => b.loss - a.loss);
  const want = losses.slice(0, 5);
  expect(evaluation.worst.map(({ index }) => index)).toEqual(want.map(({ index }) => index));
  evaluation.worst.forEach(({ loss, index, probability, predicted, actual }, at) => {
    expect(loss).toBeCloseTo(want[at]?.loss ?? 0, 5);
    expect(predicted).not.toEqual(actual);
    expect(probability).toBeGreaterThan(0.25);
    const pictures = new Uint8Array(evaluation.worstSamples);
    expect(pictures.subarray(at * SIZE, (at + 1) * SIZE)).toEqual(testImage(index));
  });
  recording.run.dispose();
});

test("what cannot be answered is answered with a sentence", async () => {
  const recording = new Recording();
  await recording.run.receive(inspect(1, { from: "test", index: 0 }));
  await recording.run.receive(evaluate(2));
  expect(recording.events).toMatchObject([
    { type: "sampleInspected", sample: null, problem: "There is no trained net yet: the run has not started." },
    { type: "testEvaluated", evaluation: null, problem: "There is no trained net yet: the run has not started." },
  ]);
  await recording.start(blobNet({ epochs: 1 })).ended;
  await recording.run.receive(inspect(3, { from: "test", index: 70 }));
  await recording.run.receive(inspect(4, { from: "values", values: new ArrayBuffer(10) }));
  expect(recording.of("sampleInspected").slice(1)).toMatchObject([
    { requestId: 3, problem: "There is no test sample 70: blobs has 70, from 0." },
    { requestId: 4, problem: "A sample of blobs is 1×8×8, 64 bytes; 10 came." },
  ]);
  recording.run.dispose();
});

test("a net from its file answers as the run did that trained it, without training", async () => {
  const recording = await recordRun(blobNet());
  const text = recording.run.exportModel() ?? "";
  const values = testImage(3).map((byte) => 255 - byte);
  const questions = [
    inspect(1, { from: "values", values: values.slice().buffer }),
    inspect(2, { from: "test", index: 2 }, "training"),
  ];
  const opened = new Recording();
  await opened.run.receive({ type: "openNet", protocol: PROTOCOL_VERSION, text, threads: 1 });
  for (const question of questions) {
    const [live, fromFile] = [await asked(recording, question), await asked(opened, question)];
    expect(fromFile.step).toBe(10);
    for (const { nodeId } of live.layers) expect(fromFile.outputOf(nodeId)).toEqual(live.outputOf(nodeId));
    expect({ ...fromFile, outputOf: null, values: null }).toEqual({ ...live, outputOf: null, values: null });
  }
  await recording.run.receive(evaluate(3));
  await opened.run.receive(evaluate(3));
  expect(opened.events.at(-1)).toEqual(recording.events.at(-1));
  expect(opened.events.every(({ type }) => ["sampleInspected", "testEvaluated", "testProgressed"].includes(type))).toBe(
    true,
  );
  recording.run.dispose();
  opened.run.dispose();
});

test("a net that cannot be opened, or does not fit its dataset any more, says why at the first question", async () => {
  const recording = await recordRun(blobNet());
  const text = recording.run.exportModel() ?? "";
  recording.run.dispose();
  const problemOf = async (given: string, dataset: Dataset): Promise<string | null> => {
    const opened = new Recording({ dataset });
    await opened.run.receive({ type: "openNet", protocol: PROTOCOL_VERSION, text: given, threads: null });
    await opened.run.receive(evaluate(1));
    const event = opened.events.at(-1);
    opened.run.dispose();
    return event?.type === "testEvaluated" ? event.problem : null;
  };
  expect(await problemOf("{}", blobs)).toBe('The file is not a model JSON: it has no format, not "layerscope-model".');
  const wider: Dataset = { ...blobs, name: "Wide blobs", shape: [1, 4, 16] };
  expect(await problemOf(text, wider)).toBe("The net was trained on samples of 1×8×8, Wide blobs has 1×4×16.");
});
