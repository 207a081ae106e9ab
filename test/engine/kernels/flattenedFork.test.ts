/** One image flattened for several layers that need its features in their own order: the gradients of all of them add up. */
import { expect, it } from "vitest";
import { elementsOf } from "../../../engine/layer.ts";
import { applied, chain } from "../compile/documents.ts";
import { expectSameAsReference } from "./againstReference.ts";
import { dataOf, networkOf, normalValues, programOf } from "./nets.ts";

const BATCH = 7;

/** conv1 → flatten1 → three group norms → add. */
const document = applied(
  chain(
    ["input", "input", { shape: [2, 4, 3] }],
    ["conv2d", "conv1", { filters: 5, kernel: [3, 3], padding: "same" }],
    ["flatten", "flatten1"],
    ["groupNorm", "group1", { grouping: "groups", groups: 4 }],
    ["add", "add1"],
    ["dense", "classes", { units: 4 }],
    ["output", "output"],
  ),
  [2, 3].flatMap((groups) => {
    const id = `group${groups}`;
    const params = { grouping: "groups", groups };
    return [
      { type: "addNode", kind: "groupNorm", id, name: id, position: { x: 300 * groups, y: 0 }, params },
      { type: "connectPorts", from: { node: "flatten1", port: "out" }, to: { node: id, port: "in" } },
      { type: "connectPorts", from: { node: id, port: "out" }, to: { node: "add1", port: "in" } },
    ] as const;
  }),
);

it.each(["relaxed-simd", "simd"] as const)("trains as in float64 on the %s build", async (build) => {
  const program = programOf(document, BATCH);
  const shape = program.inputShape;
  const labels = Array.from({ length: BATCH }, (_, n) => n % 4);
  const settings = {
    program,
    data: dataOf(shape, normalValues(BATCH * elementsOf(shape), 3), labels),
    seed: 11,
    build,
  };
  const network = await networkOf(settings);
  // Else the test would not be about what it says.
  expect(network.steps.filter(({ kernel, pass }) => kernel === "order" && pass === "backward")).toHaveLength(3);
  network.dispose();
  await expectSameAsReference(settings, "classes");
});
