import { describe, expect, it } from "vitest";
import { parse } from "../../../engine/index.ts";
import lenet from "../../../examples/lenet-bn-avg.layerscope?raw";
import { filterRows, statisticsRows } from "../../../renderer/statistics/statisticsRows.ts";

const rowsOfLenet = () => {
  const parsed = parse(lenet);
  if (!parsed.ok) throw new Error("The example does not parse.");
  return statisticsRows(parsed.value, null);
};

describe("the rows of the statistics", () => {
  it("are the layers in the order of the net; flatten and output are named as hidden", () => {
    const { rows, hidden } = rowsOfLenet();
    expect(rows.map(({ name }) => name).join(" ")).toBe(
      "input conv1 bn1 relu1 pool1 conv2 bn2 relu2 pool2 fc1 bn3 relu3 fc2",
    );
    expect(rows.find(({ name }) => name === "conv2")?.shape).toBe("50×9×9");
    expect(hidden).toEqual(["flatten", "output"]);
  });

  it("can be those with weights, those that normalize or the activations", () => {
    const { rows } = rowsOfLenet();
    const names = (filter: Parameters<typeof filterRows>[1]) => filterRows(rows, filter).map(({ name }) => name);
    expect(names("weights")).toEqual(["conv1", "bn1", "conv2", "bn2", "fc1", "bn3", "fc2"]);
    expect(names("norm")).toEqual(["bn1", "bn2", "bn3"]);
    expect(names("activation")).toEqual(["relu1", "relu2", "relu3"]);
  });
});
