/** A run that starts from a trained net: which layers take its weights, and that all that follows is as if it had always had them. */
import { describe, expect, test } from "vitest";
import type { DocumentNode, LayerscopeDocument } from "../../../engine/document/schema.ts";
import { describeAnew, layerFit } from "../../../engine/export/startingNet.ts";
import { compile } from "../../../engine/index.ts";
import { decodeCheckpoint } from "../../../engine/train/checkpoint.ts";
import { applied } from "../compile/documents.ts";
import { blobNet, type Recording, recordRun } from "./runHarness.ts";

const trained = async (document: LayerscopeDocument = blobNet()): Promise<{ text: string; run: Recording }> => {
  const run = await recordRun(document);
  const text = run.run.exportModel();
  if (text === null) throw new Error("The run has no net.");
  return { text, run };
};

const from = (text: string) => ({ name: "blobs.model.json", text });

const tensorOf = (recording: Recording, name: string): Float32Array => {
  const found = recording.model().tensors.find((tensor) => tensor.name === name);
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found.data;
};

const withParams = (nodeId: string, params: DocumentNode["params"]) =>
  applied(blobNet(), [{ type: "setParams", nodeId, params }]);

const programOf = (document: LayerscopeDocument) => {
  const { program, diagnostics } = compile(document, { dataset: null });
  if (program === null) throw new Error(JSON.stringify(diagnostics));
  return program;
};

describe("a run that starts from a trained net", () => {
  test("has its weights and running statistics before the first step, and tells which net it was", async () => {
    const { text, run } = await trained();
    // At a rate that moves nothing float32 can hold, what was there at the start is there at the end; statistics go on.
    const still = await recordRun(blobNet({ learningRate: 1e-30, epochs: 1 }), { from: from(text), maxSteps: 1 });
    expect(tensorOf(still, "conv1.weight")).toEqual(tensorOf(run, "conv1.weight"));
    expect(tensorOf(still, "fc1.bias")).toEqual(tensorOf(run, "fc1.bias"));
    const weightsHash = run.of("finished")[0]?.weightsHash;
    expect(still.of("started")[0]?.from).toEqual({ name: "blobs.model.json", weightsHash, anew: [] });
    expect(still.model().training.from).toEqual({ name: "blobs.model.json", weightsHash, anew: [] });
  });

  test("takes running means over: after one step they are 0.9 of the net's and 0.1 of the batch's", async () => {
    const { text, run } = await trained();
    const still = await recordRun(blobNet({ learningRate: 1e-30 }), { from: from(text), maxSteps: 1 });
    const anew = await recordRun(blobNet({ learningRate: 1e-30 }), { maxSteps: 1 });
    const [before, after] = [tensorOf(run, "bn1.runningMean"), tensorOf(still, "bn1.runningMean")];
    // From 0 the batch alone moves it at most by a tenth of its own mean.
    for (const [channel, value] of after.entries()) {
      const batch = (value - 0.9 * (before[channel] ?? 0)) / 0.1;
      expect(Math.abs(batch - (before[channel] ?? 0))).toBeLessThan(1);
    }
    expect(after).not.toEqual(tensorOf(anew, "bn1.runningMean"));
  });

  test("goes on better than it began: its first loss is that of a trained net", async () => {
    const { text, run } = await trained();
    const again = await recordRun(blobNet({ seed: 9 }), { from: from(text) });
    expect(again.steps()[0]?.loss).toBeLessThan((run.steps()[0]?.loss ?? 0) / 2);
  });

  test("is the same to the bit on one thread and on two, prepared or not", async () => {
    const { text } = await trained();
    const document = blobNet({ seed: 9, optimizer: { name: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } });
    const runs = [
      await recordRun(document, { from: from(text), threads: 1 }),
      await recordRun(document, { from: from(text), threads: 2 }),
    ];
    const [first, second] = runs.map((recording) => recording.of("finished")[0]);
    expect(first?.weightsHash).toHaveLength(64);
    expect(second).toMatchObject({ weightsHash: first?.weightsHash, lossesHash: first?.lossesHash });
  });

  test("goes on from a checkpoint to the very bits, and still tells which net it was", async () => {
    const { text } = await trained();
    const document = blobNet({ seed: 9 });
    const kept = new Map<number, Uint8Array>();
    const checkpoints = {
      everyMs: 0,
      metricsBytes: () => 0,
      save: async (step: number, pieces: readonly Uint8Array[]) => {
        kept.set(step, Uint8Array.from(pieces.flatMap((piece) => [...piece])));
      },
    };
    const whole = await recordRun(document, { from: from(text), checkpoints });
    const resume = decodeCheckpoint(kept.get(3) ?? new Uint8Array());
    if (!resume.ok) throw new Error(resume.error);
    const resumed = await recordRun(document, { resume: resume.value });
    expect(resumed.of("finished")[0]?.weightsHash).toBe(whole.of("finished")[0]?.weightsHash);
    expect(resumed.of("started")[0]?.from).toEqual(whole.of("started")[0]?.from);
    expect(resumed.model().training.from?.name).toBe("blobs.model.json");
  });

  test("starts layers anew whose shapes do not fit: with the bits that initializers give them", async () => {
    const { text, run } = await trained();
    const coarser = withParams("pool1", { size: [3, 3] });
    const still = { ...coarser, training: { ...coarser.training, learningRate: 1e-30 } };
    const some = await recordRun(still, { from: from(text), maxSteps: 1 });
    const none = await recordRun(still, { maxSteps: 1 });
    expect(some.of("started")[0]?.from?.anew).toEqual(["fc1"]);
    expect(tensorOf(some, "fc1.weight")).toEqual(tensorOf(none, "fc1.weight"));
    expect(tensorOf(some, "conv1.weight")).toEqual(tensorOf(run, "conv1.weight"));
    expect(tensorOf(some, "conv1.weight")).not.toEqual(tensorOf(none, "conv1.weight"));
  });

  test("is refused where the file is damaged, and where no layer fits", async () => {
    const { text } = await trained();
    const damaged = await recordRun(blobNet(), { from: from(text.slice(0, 1000)) });
    expect(damaged.of("failed")[0]?.failure).toMatchObject({ reason: "invalidDocument" });
    expect(damaged.of("failed")[0]?.failure.message).toMatch(
      /^The run can't start from blobs\.model\.json: .*line \d+/,
    );
    const other = withParams("conv1", { filters: 3 });
    const refused = await recordRun(other, { from: from(text) });
    expect(refused.of("failed")[0]?.failure.message).toBe(
      'No layer of the graph takes its weights from blobs.model.json. "conv1" starts anew: its weight is 6×1×3×3 in blobs.model.json, 3×1×3×3 here.',
    );
    expect(refused.of("started")).toEqual([]);
  });
});

describe("which layers fit", () => {
  const source = { program: programOf(blobNet()) };

  test("all of the same graph, and layers without weights are not counted", () => {
    expect(layerFit(source.program, source)).toEqual({ taken: ["conv1", "bn1", "fc1"], anew: [] });
  });

  test("a layer of another kind or id, or without one of its tensors, starts anew and says why", () => {
    const net = blobNet();
    const nodes = net.nodes.map((node) => (node.id === "bn1" ? { ...node, kind: "layerNorm", params: {} } : node));
    const layerNorm = { ...net, nodes };
    const sentences = layerFit(programOf(layerNorm), source).anew.map((layer) => describeAnew(layer, "a.model.json"));
    expect(sentences).toEqual(["starts anew: it is batchNorm in a.model.json, layerNorm here"]);
    const { program } = source;
    const without = { program: { layers: program.layers.filter(({ nodeId }) => nodeId !== "fc1") } };
    const [missing] = layerFit(program, without).anew;
    expect(missing && describeAnew(missing, "a.model.json")).toBe("starts anew: a.model.json has no such layer");
    const noBias = { program: programOf(withParams("fc1", { bias: false })) };
    const [partly] = layerFit(program, noBias).anew;
    expect(partly && describeAnew(partly, "a.model.json")).toBe("starts anew: a.model.json has no bias of it");
  });
});
