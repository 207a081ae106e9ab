import { describe, expect, it } from "vitest";
import { filterRuns, sortRuns } from "../../../renderer/experiments/runRows.ts";
import { epochOf, studyOf } from "./studyOf.ts";

const study = () =>
  studyOf(
    {
      axes: [
        { vary: "initializerScale", values: [1, 0.1, 0.01] },
        { vary: "normalization", values: ["batch", "none"] },
      ],
    },
    (_, id) => {
      const accuracy = { "run-001": 0.5, "run-003": 0.9, "run-004": 0.9, "run-005": 0.7, "run-006": 0.2 }[id];
      if (accuracy === undefined) return { state: "diverged", failure: "Loss is not finite since step 3." };
      return { epochs: [epochOf(1, accuracy, accuracy - 0.1, 1 - accuracy)], isPinned: id === "run-006" };
    },
  );

describe("the order of runs", () => {
  it("has pinned ones first, then the best, equal ones as they were trained, and those without the number last", () => {
    const { model, detail } = study();
    const order = (descending: boolean) =>
      sortRuns(model, detail.runs, { key: { by: "metric", id: "bestHeld" }, descending }).map(({ id }) => id.slice(-1));
    expect(order(true).join("")).toBe("634512");
    expect(order(false).join("")).toBe("615342");
  });

  it("sorts by a param's size and by the place of a choice", () => {
    const { model, detail } = study();
    const by = (id: string) =>
      sortRuns(model, detail.runs, { key: { by: "param", id }, descending: false })
        .filter(({ isPinned }) => !isPinned)
        .map((run) => run.params[id]);
    expect(by("initializerScale")).toEqual([0.01, 0.1, 0.1, 1, 1]);
    expect(by("normalization")).toEqual(["batch", "batch", "batch", "none", "none"]);
  });
});

describe("the filter of runs", () => {
  const ids = (filter: string) => {
    const { model, detail } = study();
    return filterRuns(model, detail.runs, filter).map(({ id }) => Number(id.slice(-1)));
  };

  it("takes words of params, states and ids, all of which must occur", () => {
    expect(ids("")).toEqual([1, 2, 3, 4, 5, 6]);
    expect(ids("no batchnorm")).toEqual([2, 4, 6]);
    expect(ids("diverged")).toEqual([2]);
    expect(ids("run-003")).toEqual([3]);
    expect(ids("pinned")).toEqual([6]);
    expect(ids("batchnorm sigmoid")).toEqual([]);
  });

  it("compares params and metrics, percents as they are written", () => {
    expect(ids("std < 0.05")).toEqual([5, 6]);
    expect(ids("initial std = 0.1")).toEqual([3, 4]);
    expect(ids("std=0.1")).toEqual([3, 4]);
    expect(ids("train >= 70 test<75")).toEqual([5]);
    expect(ids("loss<0.2")).toEqual([3, 4]);
    expect(ids("unknown>1")).toEqual([]);
  });
});
