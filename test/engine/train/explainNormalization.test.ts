import { describe, expect, it } from "vitest";
import { limitTraining } from "../../../engine/data/dataset.ts";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import { createSession } from "../../../engine/train/createSession.ts";
import type { Session } from "../../../engine/train/session.ts";
import { applied, chain } from "../compile/documents.ts";
import { blobNet, blobs, nodeHost } from "./runHarness.ts";

const SAMPLES = 24;

/** One batch is the whole training set, so that the next step sees the same values. */
const trained = async (document: LayerscopeDocument, steps: number): Promise<Session> => {
  const training = { ...document.training, batchSize: SAMPLES, epochs: 10 };
  const created = await createSession({
    document: { ...document, training },
    dataset: limitTraining(blobs, SAMPLES),
    host: nodeHost,
    threads: 1,
  });
  if (!created.ok) throw new Error(created.error.message);
  while (created.value.step < steps) created.value.advance({ measure: false });
  return created.value;
};

const explained = (session: Session, nodeId: string, set: number) => {
  const result = session.explainNormalization(nodeId, set);
  if (!result.ok) throw new Error(result.error);
  return result.value;
};

const normalizations = (): LayerscopeDocument =>
  applied(
    chain(
      ["input", "input", { shape: [1, 8, 8] }],
      ["conv2d", "conv1", { filters: 6, kernel: [3, 3] }],
      ["groupNorm", "gn1", { groups: 2 }],
      ["relu", "relu1"],
      ["layerNorm", "ln1"],
      ["flatten", "flatten"],
      ["dense", "fc1", { units: 4 }],
      ["output", "output"],
    ),
    [{ type: "setDataset", dataset: { source: "idx", directory: "/blobs" } }],
  );

describe("a normalizing node, taken apart on the batch trained last", () => {
  it("has the batch's own mean and variance, and gradients that difference quotients and the layer confirm", async () => {
    const session = await trained(blobNet(), 3);
    const { steps, ...facts } = explained(session, "bn1", 4);
    expect(facts).toMatchObject({
      sets: "channel",
      set: 4,
      numSets: 6,
      numSamples: SAMPLES,
      batchSize: SAMPLES,
      step: 3,
    });
    expect(facts.setSize).toBe(SAMPLES * 6 * 6);
    for (const { id, relativeError, checked } of steps) {
      expect(relativeError, id).toBeLessThan(1e-7);
      expect(checked, id).toBeGreaterThan(0);
    }
    expect(facts.fusedDifference).toBeLessThan(1e-12);
    expect(facts.layerDifference).toBeLessThan(1e-12);

    // The next step trains on the same samples with the same weights.
    while (session.phase !== "training") session.advance({ measure: false });
    session.advance({ measure: true });
    const measured = session.network.statistics().find(({ nodeId }) => nodeId === "bn1")?.batchNorm;
    const meanOf = (id: string): number => steps.find((step) => step.id === id)?.forward.mean ?? Number.NaN;
    expect(meanOf("mean")).toBeCloseTo(measured?.batchMean?.[4] ?? Number.NaN, 5);
    expect(meanOf("variance")).toBeCloseTo(measured?.batchVariance?.[4] ?? Number.NaN, 5);
    session.dispose();
  });

  it("takes an image as the vector that the net takes it for", async () => {
    const flat = applied(
      chain(
        ["input", "input", { shape: [64] }],
        ["dense", "fc1", { units: 5 }],
        ["batchNorm", "bn1"],
        ["dense", "fc2", { units: 4 }],
        ["output", "output"],
      ),
      [{ type: "setDataset", dataset: { source: "idx", directory: "/blobs" } }],
    );
    const session = await trained(flat, 1);
    const { steps } = explained(session, "bn1", 3);
    while (session.phase !== "training") session.advance({ measure: false });
    session.advance({ measure: true });
    const measured = session.network.statistics().find(({ nodeId }) => nodeId === "bn1")?.batchNorm;
    const variance = steps.find(({ id }) => id === "variance")?.forward.mean ?? Number.NaN;
    expect(variance / (measured?.batchVariance?.[3] ?? Number.NaN)).toBeCloseTo(1, 5);
    session.dispose();
  });

  it("takes a sample of LayerNorm and a group of channels of GroupNorm as one set", async () => {
    const session = await trained(normalizations(), 2);
    const layer = explained(session, "ln1", 5);
    expect(layer).toMatchObject({ sets: "sample", numSets: SAMPLES, set: 5, setSize: 6 * 6 * 6 });
    const group = explained(session, "gn1", 1);
    expect(group).toMatchObject({ sets: "group", numSets: 2 * SAMPLES, setSize: 3 * 6 * 6 });
    for (const { steps, fusedDifference, layerDifference } of [layer, group]) {
      expect(Math.max(...steps.map(({ relativeError }) => relativeError))).toBeLessThan(1e-7);
      expect(Math.max(fusedDifference, layerDifference)).toBeLessThan(1e-12);
    }
    session.dispose();
  });

  it("changes nothing that is trained", async () => {
    const asked = await trained(blobNet(), 4);
    explained(asked, "bn1", 0);
    const left = await trained(blobNet(), 4);
    for (const session of [asked, left]) while (session.step < 8) session.advance({ measure: false });
    expect(asked.network.tensors()).toEqual(left.network.tensors());
    for (const session of [asked, left]) session.dispose();
  });

  it("says why a node cannot be taken apart", async () => {
    const session = await trained(blobNet(), 1);
    for (const [nodeId, words] of [
      ["conv1", '"conv1" is no normalization'],
      ["nobody", "not part of the net"],
    ] as const) {
      const result = session.explainNormalization(nodeId, 0);
      expect(result.ok ? "" : result.error).toContain(words);
    }
    expect(explained(session, "bn1", 99).set).toBe(5);
    session.dispose();
  });
});
