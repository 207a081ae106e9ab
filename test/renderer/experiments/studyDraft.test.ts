import { beforeEach, describe, expect, it } from "vitest";
import { type OptimizerName, optimizers, parseStudy, type StudyAxis } from "../../../engine/index.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openFile } from "../../../renderer/document/fileActions.ts";
import { nextVary, paramAxis, paramTargets, startAxis, variables } from "../../../renderer/experiments/draftAxes.ts";
import { forecast } from "../../../renderer/experiments/draftTime.ts";
import { experimentsStore, selectRuns, takeUpdate } from "../../../renderer/experiments/experimentsStore.ts";
import { rateWarning, withRatesBeside, withUsualRates } from "../../../renderer/experiments/optimizerRates.ts";
import {
  checkDraft,
  draftOf,
  draftText,
  newDraft,
  type StudyDraft,
  withAxes,
} from "../../../renderer/experiments/studyDraft.ts";
import { studyExamples } from "../../../renderer/experiments/studyExamples.ts";
import { machineSpeed, restoreMachineSpeed } from "../../../renderer/run/machineSpeed.ts";
import { createFakeShell } from "../fakeShell.ts";
import { epochOf, mlp, studyOf } from "./studyOf.ts";

const numRuns = (draft: Parameters<typeof checkDraft>[0]): number => {
  const checked = checkDraft(draft);
  if ("problem" in checked) throw new Error(checked.problem);
  return checked.runs.length;
};

describe("a study that has not begun", () => {
  it("varies scales with and without normalization, where there is some", () => {
    const draft = newDraft(mlp(), "mlp-bn");
    expect(numRuns(draft)).toBe(18);
    const plain = { ...mlp(), nodes: mlp().nodes.filter(({ kind }) => kind !== "batchNorm") };
    expect(newDraft(plain, "plain").plan.axes).toHaveLength(1);
    const text = draftText(draft);
    expect(parseStudy(text).ok).toBe(true);
  });

  it("is called what it varies, until the user calls it something else", () => {
    const first = newDraft(mlp(), "mlp-bn");
    expect(first.plan.title).toBe("mlp-bn: initial scales, with and without normalization");
    const races = withAxes(first, [
      startAxis("optimizer", mlp()),
      startAxis("learningRate", mlp()),
      startAxis("batchSize", mlp()),
    ]);
    expect(races.plan.title).toBe("mlp-bn: optimizer, learning rate and batch size");
    expect(withAxes(races, [{ vary: "normalization", values: ["batch", "layer", "none"] }]).plan.title).toBe(
      "mlp-bn: normalization",
    );
    const own = { ...races, plan: { ...races.plan, title: "A race" } };
    expect(withAxes(own, first.plan.axes).plan.title).toBe("A race");
  });

  it("begins with values that every variable can have", () => {
    const document = mlp();
    for (const { vary } of variables) {
      const draft = newDraft(document, "mlp-bn");
      const found = checkDraft({ ...draft, plan: { ...draft.plan, axes: [startAxis(vary, document)] } });
      expect([vary, "problem" in found ? found.problem : "good"]).toEqual([vary, "good"]);
    }
  });

  it("adds to what is varied what would not undo it, and what the document has", () => {
    const document = mlp();
    const plain = { ...document, nodes: document.nodes.filter(({ kind }) => kind !== "batchNorm") };
    for (const each of [document, plain]) {
      const axes = [startAxis("initializerScale", each)];
      while (axes.length < 8) axes.push(startAxis(nextVary(axes, each), each));
      const varied = axes.map(({ vary }) => vary);
      expect(varied).not.toContain("initializer");
      expect(varied.includes("normalization")).toBe(each === document);
      const draft = newDraft(each, "net");
      // Any two of them, or the grid would be large.
      for (const axis of axes.slice(1)) {
        const check = checkDraft({ ...draft, plan: { ...draft.plan, axes: [axes[0] as never, axis] } });
        expect(check).toHaveProperty("runs");
      }
    }
    const both = [startAxis("initializerScale", document), startAxis("initializer", document)];
    const draft = newDraft(document, "net");
    expect(checkDraft({ ...draft, plan: { ...draft.plan, axes: both } })).toEqual({
      axis: 1,
      problem: "Sets how all weights start, as axis 1 does: of that nothing would be left. Vary one of them.",
    });
  });

  it("warns of optimizers that all run at a rate that some cannot bear, and gives each its own", () => {
    const draft = newDraft(mlp(), "mlp-bn");
    const race = (names: readonly OptimizerName[], rate: number) => {
      const axis: StudyAxis = { vary: "optimizer", values: names.map((name) => optimizers[name].start) };
      return { ...draft, plan: { ...draft.plan, training: { learningRate: rate }, axes: [axis] } };
    };
    const warningOf = (each: StudyDraft) => rateWarning(each, each.plan.axes[0] as StudyAxis);
    expect(warningOf(race(["sgd", "momentum", "adagrad"], 0.05))).toBeNull();
    expect(warningOf(race(["sgd", "adam"], 0.01))).toBeNull();
    expect(warningOf(race(["sgd", "adam"], 0.05))).toBe("All run at rate 0.05; Adam is usually begun at 0.001.");
    expect(warningOf(race(["sgd", "adagrad", "rmsprop", "adam"], 0.5))).toBe(
      "All run at rate 0.5; AdaGrad is usually begun at 0.01 and RMSprop and Adam at 0.001.",
    );
    const apart = withUsualRates(race(["sgd", "momentum", "adam"], 0.05));
    expect(warningOf(apart)).toBeNull();
    const ratesOf = ({ plan }: StudyDraft) => {
      const checked = checkDraft({ ...apart, plan });
      if ("problem" in checked) throw new Error(checked.problem);
      return checked.runs.map(({ document: { training } }) => [training.optimizer.name, training.learningRate]);
    };
    expect(ratesOf(apart)).toEqual([
      ["sgd", 0.01],
      ["momentum", 0.01],
      ["adam", 0.001],
    ]);
    // One that comes brings its rate, one that goes takes its own along; a rate that was set stays.
    const set = {
      ...apart,
      plan: { ...apart.plan, axes: apart.plan.axes.with(1, { vary: "learningRate", values: [0.1, 0.02, 0.001] }) },
    };
    const optimizer: StudyAxis = {
      vary: "optimizer",
      values: ["momentum", "adam", "rmsprop"].map((name) => optimizers[name as OptimizerName].start),
    };
    const changed = withAxes(set, withRatesBeside(set, set.plan.axes.with(0, optimizer)));
    expect(ratesOf(changed)).toEqual([
      ["momentum", 0.02],
      ["adam", 0.001],
      ["rmsprop", 0.001],
    ]);
  });

  it("varies a param around the value that the document has", () => {
    const document = mlp();
    const target = paramTargets(document).find(({ id }) => id === "kind:dense");
    if (target === undefined) throw new Error("no dense layers");
    expect(paramAxis(target, "units", document)).toEqual({
      ...{ vary: "param", kind: "dense", name: "units", values: [50, 100, 200] },
    });
    expect(paramAxis(target, "bias", document).values).toEqual([true, false]);
  });

  it("says what is wrong, and of which axis", () => {
    const draft = newDraft(mlp(), "mlp-bn");
    const withAxes = (...axes: typeof draft.plan.axes) => checkDraft({ ...draft, plan: { ...draft.plan, axes } });
    expect(withAxes({ vary: "learningRate", values: [0.1] }, { vary: "batchSize", values: [10, -1] })).toEqual({
      ...{ axis: 1, problem: expect.stringContaining("batchSize is -1") },
    });
    expect(withAxes({ vary: "learningRate", values: { from: 0, to: 1, count: 3, scale: "log" } })).toEqual({
      axis: 0,
      problem: expect.stringContaining("a log scale needs both above 0"),
    });
    expect(withAxes()).toEqual({ axis: null, problem: "Add something to vary." });
    const plain = { ...mlp(), nodes: mlp().nodes.filter(({ kind }) => kind !== "batchNorm") };
    const compared = { ...draft, document: plain, plan: { ...draft.plan, axes: [startAxis("normalization", plain)] } };
    expect(checkDraft(compared)).toEqual({ axis: 0, problem: "The document has no normalizing node." });
  });

  it("is made of every example, and of none whose document is elsewhere", () => {
    for (const { text, title } of studyExamples) {
      const draft = draftOf(text, title);
      if ("problem" in draft) throw new Error(`${title}: ${draft.problem}`);
      expect(numRuns(draft)).toBeGreaterThan(1);
    }
    const lost = draftOf(
      JSON.stringify({ ...JSON.parse(studyExamples[0]?.text ?? ""), document: "../nets/mine.layerscope" }),
      "x",
    );
    expect(lost).toEqual({
      problem: expect.stringContaining("../nets/mine.layerscope. It is another file, which can't be read from here."),
    });
  });

  it("takes as long as all its samples need at the speed of the last run", () => {
    const draft = newDraft(mlp(), "mlp-bn");
    const checked = checkDraft(draft);
    if ("problem" in checked) throw new Error(checked.problem);
    const speed = { workPerSecond: 1e9, smallStepSeconds: 1e-3 };
    const whole = forecast(checked.runs, { trainSamples: 1000, testSamples: 0 }, speed, 4);
    const half = forecast(checked.runs, { trainSamples: 500, testSamples: 0 }, speed, 4);
    expect(whole.problem).toBeNull();
    expect((whole.seconds ?? 0) / (half.seconds ?? 1)).toBeCloseTo(2, 6);
    // After each epoch the test set is measured, forward only: as many samples take a third more, all 10,000 take 4⅓ times as long.
    const tested = forecast(checked.runs, { trainSamples: 1000, testSamples: 1000 }, speed, 4);
    expect((tested.seconds ?? 0) / (whole.seconds ?? 1)).toBeCloseTo(4 / 3, 6);
    const testedOnAll = forecast(checked.runs, { trainSamples: 1000 }, speed, 4);
    expect((testedOnAll.seconds ?? 0) / (whole.seconds ?? 1)).toBeCloseTo(13 / 3, 6);
    expect(
      forecast(checked.runs, { trainSamples: 1000 }, { workPerSecond: null, smallStepSeconds: null }, 4).seconds,
    ).toBeNull();
    // Besides, what each took to begin, two at a time.
    const measured = forecast(
      checked.runs,
      { trainSamples: 1000, testSamples: 0 },
      { ...speed, runStartSeconds: 3 },
      2,
    );
    expect((measured.seconds ?? 0) - (whole.seconds ?? 0)).toBeCloseTo((3 * checked.runs.length) / 2, 6);
    const alone = forecast(
      checked.runs.slice(0, 1),
      { trainSamples: 1000, testSamples: 0 },
      { ...speed, runStartSeconds: 3 },
      2,
    );
    const trained = forecast(checked.runs.slice(0, 1), { trainSamples: 1000, testSamples: 0 }, speed, 2);
    expect((alone.seconds ?? 0) - (trained.seconds ?? 0)).toBeCloseTo(3, 6);
  });
});

describe("a study file", () => {
  beforeEach(() => {
    experimentsStore.setState({ draft: null, detail: null, studies: null, openId: null });
    viewStore.setState({ view: "start", editorView: "canvas", notices: [] });
  });

  it("opens as a definition that waits for Start, with its document where none is open", async () => {
    const shell = createFakeShell();
    setShell(shell);
    const text = studyExamples.find(({ id }) => id === "scales16")?.text ?? "";
    shell.nextFile = {
      status: "done",
      value: { handle: "h", fileName: "mine.study.json", folder: "/x", version: "1", text },
    };
    await openFile();
    expect(experimentsStore.getState().draft?.plan.title).toMatch(/^16 initial scales/);
    expect(viewStore.getState()).toMatchObject({ view: "editor", editorView: "experiments" });
    expect(documentStore.getState().document.nodes).toHaveLength(mlp().nodes.length);
    expect(shell.remembered).toEqual(["h"]);
  });
});

describe("what a study reports", () => {
  it("changes the runs that it names, and its place in the list", () => {
    const { detail } = studyOf({ axes: [{ vary: "seed", values: [1, 2, 3] }] });
    const { text: _text, runs, ...status } = detail;
    experimentsStore.setState({ studies: [], detail, openId: detail.studyId });
    const [first, second] = runs;
    if (first === undefined || second === undefined) throw new Error("no runs");
    const moved = { ...second, epochs: [epochOf(1, 0.5, 0.4, 1)] };
    takeUpdate({ status: { ...status, numEnded: 2 }, runs: [moved] });
    const after = experimentsStore.getState();
    expect(after.detail?.numEnded).toBe(2);
    expect(after.detail?.runs[0]).toBe(first);
    expect(after.detail?.runs[1]).toBe(moved);
    expect(after.studies?.map(({ studyId }) => studyId)).toEqual(["s1"]);
    takeUpdate({ status: { ...status, studyId: "other" }, runs: [{ ...first, name: "x" }] });
    expect(experimentsStore.getState().detail?.runs[0]).toBe(first);
    expect(experimentsStore.getState().studies).toHaveLength(2);
  });

  it("teaches how long runs take to begin, when all have ended", async () => {
    const shell = createFakeShell();
    setShell(shell);
    const { text: _text, runs: _runs, ...status } = studyOf({ axes: [{ vary: "seed", values: [1, 2] }] }).detail;
    const learnt = () => machineSpeed.getState().runStartSeconds;
    takeUpdate({ status: { ...status, state: "running", startSeconds: 2 }, runs: [] });
    expect(learnt()).toBeUndefined();
    takeUpdate({ status: { ...status, state: "finished", startSeconds: 2 }, runs: [] });
    expect(learnt()).toBe(2);
    // For the next start of the app, too.
    machineSpeed.setState({ workPerSecond: null, smallStepSeconds: null }, true);
    await restoreMachineSpeed();
    expect(learnt()).toBe(2);
    expect([...shell.settings.keys()]).toEqual(["machine.runStartSeconds"]);
  });

  it("keeps a selection that grows and shrinks by whole cells", () => {
    selectRuns(["run-001"]);
    selectRuns(["run-001", "run-002"], true);
    expect(experimentsStore.getState().selected).toEqual(["run-001", "run-002"]);
    selectRuns(["run-001", "run-002"], true);
    expect(experimentsStore.getState().selected).toEqual([]);
  });
});
