/** Real runs side by side: what a comparison says of how they began, what they differ in, and where they stand. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readFinishedModel, readFinishedRun } from "../../electron/finishedRuns.ts";
import { finishedRuns } from "../../electron/runLibrary.ts";
import type { LayerscopeDocument } from "../../engine/index.ts";
import { positionsOf, runAxis, sharedSteps } from "../../renderer/library/comparedAxis.ts";
import { curveOf, valueAt } from "../../renderer/library/comparedCurves.ts";
import { sharedLayers } from "../../renderer/library/comparedLayers.ts";
import { type ComparedRun, comparedRun } from "../../renderer/library/comparedRun.ts";
import { comparedTable, differencesOf } from "../../renderer/library/comparedTable.ts";
import { pairingOf } from "../../renderer/library/pairing.ts";
import { applied } from "../engine/compile/documents.ts";
import { blobNet, blobs } from "../engine/train/runHarness.ts";
import { trainRun } from "./trainRun.ts";

let folder = "";
let numRuns = 0;
const base = blobNet({ epochs: 2, seed: 3 });
const withTraining = (change: Partial<LayerscopeDocument["training"]>): LayerscopeDocument => ({
  ...base,
  training: { ...base.training, ...change },
});

const trained = async (document: LayerscopeDocument, name: string, net: string | null = null): Promise<ComparedRun> => {
  numRuns += 1;
  const runsFolder = path.join(folder, String(numRuns));
  const from = net === null ? null : { name: "blobs.model.json", text: net };
  await trainRun(runsFolder, document, () => undefined, blobs, from);
  const recorded = readFinishedRun(runsFolder, finishedRuns(runsFolder).runs[0]?.runId ?? "");
  if (!recorded.ok) throw new Error(recorded.error);
  const { run, problems } = comparedRun({ key: name, name }, 0, recorded.value);
  expect(problems).toEqual([]);
  return run;
};

let plain: ComparedRun;
let bypassed: ComparedRun;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "layerscope-paired-"));
  plain = await trained(base, "as it is");
  bypassed = await trained(applied(base, [{ type: "setBypassed", nodeIds: ["bn1"], bypassed: true }]), "without");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("runs of one seed", () => {
  test("are shown to begin alike and to see the same batches, one layer bypassed", () => {
    const { tone, title, text } = pairingOf(plain, bypassed);
    expect([tone, title]).toEqual(["same", "Same start and same batches"]);
    // Conv and dense, a weight and a bias each.
    expect(text).toContain("At step 1 the 4 tensors of 2 shared layers agree to the bit");
    expect(text).toContain(`all ${sharedSteps([plain, bypassed]).length} steps measured in both`);
    expect(differencesOf([plain, bypassed])).toMatchObject([[{ text: "bn1: bypassed" }]]);
    expect(sharedLayers([plain, bypassed]).map(({ nodeId }) => nodeId)).not.toContain("bn1");
    expect(sharedLayers([plain, plain]).map(({ nodeId }) => nodeId)).toContain("bn1");
  });

  test("that start from another initializer say so calmly, with the tensor and both stds: it is what was chosen", async () => {
    const other = await trained(withTraining({ initializer: { name: "normal", std: 0.5 } }), "wide");
    const { tone, title, text } = pairingOf(plain, other);
    expect([tone, title]).toEqual(["chosen", "Another start, as chosen"]);
    expect(text).toMatch(/^The std of weight in \S+ is [\d.]+ and 0\.\d+ at step 1\./);
    expect(text).toMatch(/The batches of all \d+ steps measured in both agree\.$/);
  });

  test("of which one started from a trained net say so, and two from the same net that they began alike", async () => {
    const runsFolder = path.join(folder, "net");
    await trainRun(runsFolder, base);
    const [{ runId } = { runId: "" }] = finishedRuns(runsFolder).runs;
    const net = readFinishedModel(runsFolder, runId);
    if (!net.ok) throw new Error(net.error);
    const on = await trained(base, "on", net.value);
    const { tone, title, text } = pairingOf(plain, on);
    expect([tone, title]).toEqual(["chosen", "Another start, as chosen"]);
    expect(text).toMatch(/^as it is started from initializers, on from blobs\.model\.json\. The std of weight in /);
    const again = await trained(withTraining({ learningRate: 0.01 }), "again", net.value);
    expect(pairingOf(on, again).tone).toBe("same");
    const reseeded = await trained(withTraining({ seed: 4 }), "reseeded", net.value);
    expect(pairingOf(on, reseeded).text).toMatch(/^Batches and dropout were drawn with the seeds 3 and 4/);
    expect(pairingOf(plain, reseeded).tone).toBe("differs");
    // The list of runs has it, too.
    const listed = finishedRuns(path.join(folder, String(numRuns))).runs[0];
    expect(listed?.from).toMatchObject({ name: "blobs.model.json", anew: [] });
    expect(finishedRuns(runsFolder).runs[0]).not.toHaveProperty("from");
  });

  test("that start unlike though nothing asks for it are warned of", async () => {
    const other = await trained(withTraining({ initializer: { name: "normal", std: 0.5 } }), "wide");
    const { tone, text } = pairingOf(plain, { ...other, document: withTraining({ learningRate: 1 }) });
    expect(tone).toBe("differs");
    expect(text).toMatch(/does not start alike: the std of weight in \S+ is [\d.]+ and 0\.\d+ at step 1\.$/);
  });

  test("with a layer of another size are told so", async () => {
    const other = await trained(
      applied(base, [{ type: "setParams", nodeId: "conv1", params: { filters: 2 } }]),
      "narrow",
    );
    const { tone, title, text } = pairingOf(plain, other);
    expect([tone, title]).toEqual(["chosen", "Another net, as chosen"]);
    expect(text).toMatch(/^\S+ has [\d,]+ and [\d,]+ numbers in weight\./);
  });

  test("of other batch sizes say from which step on the batches differ, and that it was chosen", async () => {
    const other = await trained(withTraining({ batchSize: 16 }), "small batches");
    const { tone, title, text } = pairingOf(plain, other);
    expect([tone, title]).toEqual(["chosen", "Same start, other batches, as chosen"]);
    expect(text).toMatch(/start alike to the bit, but the batches differ from step 1 on: batch size \d+ → 16\.$/);
    // The same numbers from documents of one batch size are not what was asked for.
    expect(pairingOf(plain, { ...other, document: base }).tone).toBe("differs");
  });

  test("say so where step 1 was not measured", () => {
    const unmeasured = { ...bypassed, history: { ...bypassed.history, frameAt: () => null } };
    expect(pairingOf(plain, unmeasured)).toMatchObject({ tone: "unknown", title: "Same seed, 3" });
  });
});

test("runs of two seeds are named so", async () => {
  const other = await trained(withTraining({ seed: 4 }), "other seed");
  expect(pairingOf(plain, other)).toMatchObject({ tone: "chosen", title: "Different seeds, as chosen" });
  const slower = await trained(withTraining({ seed: 4, learningRate: 0.001 }), "other seed and rate");
  expect(pairingOf(plain, slower)).toMatchObject({ tone: "differs", title: "Different seeds" });
});

describe("side by side", () => {
  test("runs stand with what they differ in and what they reached", () => {
    const { columns, rows } = comparedTable([plain, bypassed]);
    const cell = (row: number, title: string) => rows[row]?.[columns.findIndex((column) => column.title === title)];
    expect([cell(0, "bn1: bypassed"), cell(1, "bn1: bypassed")]).toEqual(["off", "on"]);
    expect(cell(0, "Final test accuracy")).toBe(plain.history.epochs.at(-1)?.testScore);
    expect(cell(1, "Steps")).toBe(bypassed.history.numSteps);
    expect(cell(0, "Seed")).toBe(3);
  });

  test("a step, its epoch and its time name the same place", () => {
    for (const axis of ["step", "epoch", "time"] as const) {
      const { xOf, stepAt, end } = runAxis(plain, axis);
      for (const step of [1, 4, 5, 7, 10]) expect(stepAt(xOf(step))).toBe(step);
      expect(end).toBe(xOf(10));
    }
    expect(runAxis(plain, "epoch").xOf(5)).toBe(1);
    expect(runAxis(plain, "time").xOf(5)).toBeCloseTo((plain.epochs[0]?.elapsedMs ?? 0) / 1000);
    expect(positionsOf([plain, bypassed], "step")).toEqual(sharedSteps([plain, bypassed]));
  });

  test("a curve has the value of the last measurement at or before a step", () => {
    const curve = curveOf(plain, "testScore");
    expect(curve.steps).toEqual([5, 10]);
    expect(valueAt(curve, 4)).toBeNull();
    expect(valueAt(curve, 9)).toBe(plain.history.epochs[0]?.testScore);
    expect(valueAt(curve, 10)).toBe(plain.history.epochs[1]?.testScore);
    expect(curveOf(plain, "loss").steps).toHaveLength(10);
  });
});
