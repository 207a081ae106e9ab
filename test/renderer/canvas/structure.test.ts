/** Groups, bypassing, folding, notes, templates and pasted parts as gestures: what they make of the document, and what they refuse. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  applyCommands,
  compile,
  fragmentOf,
  type LayerscopeDocument,
  newDocument,
  parse,
  templates,
} from "../../../engine/index.ts";
import { movedBy } from "../../../renderer/canvas/canvasItems.ts";
import { edgeViews } from "../../../renderer/canvas/edgeViews.ts";
import { insertAfter, pasteAt } from "../../../renderer/canvas/fragmentGestures.ts";
import { boxOf, boxOfNote, overlaps } from "../../../renderer/canvas/geometry.ts";
import type { Gesture } from "../../../renderer/canvas/gesture.ts";
import {
  boxOfCollapsed,
  collapsedOwners,
  frameOf,
  groupItemId,
  groupViews,
  sumsOf,
} from "../../../renderer/canvas/groupViews.ts";
import { moveItems } from "../../../renderer/canvas/moveItems.ts";
import { nodeViews } from "../../../renderer/canvas/nodeViews.ts";
import {
  addNote,
  groupNodes,
  groupsIn,
  repeatGroup,
  toggleBypass,
  toggleCollapse,
  toggleFold,
  ungroup,
} from "../../../renderer/canvas/structureGestures.ts";

const lenet = (): LayerscopeDocument => {
  const parsed = parse(readFileSync("examples/lenet-bn-avg.layerscope", "utf8"));
  if (!parsed.ok) throw new Error("the example does not open");
  return parsed.value;
};

const applied = (document: LayerscopeDocument, gesture: Gesture | null): LayerscopeDocument => {
  if (gesture === null) throw new Error("no gesture");
  const outcome = applyCommands(document, gesture.commands);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  return outcome.value;
};

const overlapping = ({ nodes }: LayerscopeDocument): readonly string[] =>
  nodes.flatMap((a, index) =>
    nodes
      .slice(index + 1)
      .filter((b) => overlaps(boxOf(a), boxOf(b), 0))
      .map((b) => `${a.id} ${b.id}`),
  );

describe("bypassing", () => {
  const bypass = (document: LayerscopeDocument, ...ids: string[]) => toggleBypass(document, compile(document), ids);

  it("leaves nodes out and takes them in again", () => {
    const outcome = bypass(lenet(), "bn1", "relu1");
    if ("refused" in outcome) throw new Error(outcome.refused);
    expect(outcome.gesture.label).toBe("bypass 2 nodes");
    const without = applied(lenet(), outcome.gesture);
    expect(compile(without).program?.layers.map(({ nodeId }) => nodeId)).not.toContain("bn1");
    const back = bypass(without, "bn1", "relu1");
    if ("refused" in back) throw new Error(back.refused);
    expect(back.gesture.label).toBe("no longer bypass 2 nodes");
    expect(applied(without, back.gesture)).toEqual(lenet());
  });

  it("refuses with the reason what a net needs, and what leaves a misfit behind", () => {
    expect(bypass(lenet(), "output")).toEqual({
      refused: 'Output "output" cannot be bypassed: a net needs it. Delete it instead.',
    });
    expect(bypass(lenet(), "flatten")).toEqual({
      refused: 'Without flatten: Dense "fc1" expects a flat input but receives 50×4×4.',
    });
    // The second reason names both numbers of the classes.
    expect(bypass(lenet(), "fc2")).toMatchObject({ refused: expect.stringMatching(/^Without fc2: .*128.*10/) });
  });
});

describe("groups", () => {
  const grouped = applied(lenet(), groupNodes(lenet(), ["conv1", "bn1", "relu1"]));

  it("get room for frame and label, and cover nobody", () => {
    expect(overlapping(grouped)).toEqual([]);
    const frame = frameOf(
      grouped.nodes.filter(({ id }) => ["conv1", "bn1", "relu1"].includes(id)),
      {},
    );
    for (const node of grouped.nodes) {
      if (!["conv1", "bn1", "relu1"].includes(node.id)) {
        expect(overlaps(boxOf(node), { ...frame, top: frame.top - 20 }, 8), node.id).toBe(false);
      }
    }
  });

  it("leave nodes that stood evenly standing evenly, on the grid or not", () => {
    const heights = (document: LayerscopeDocument, ids: readonly string[]) =>
      ids.map((id) => document.nodes.find((node) => node.id === id)?.position.y ?? Number.NaN);
    const before = heights(lenet(), ["conv1", "bn1", "relu1"]);
    const after = heights(grouped, ["conv1", "bn1", "relu1"]);
    expect(after.map((y, index) => y - (after[0] ?? 0) - ((before[index] ?? 0) - (before[0] ?? 0)))).toEqual([0, 0, 0]);
    expect(after[0]).toBeGreaterThan(before[0] ?? 0);
  });

  it("cover no other layer when they are collapsed, whichever layers they have and wherever those stand", () => {
    const { nodes, ...rest } = lenet();
    // As in a net with branches: columns side by side, rows of unequal length.
    const document = {
      ...rest,
      nodes: nodes.map((node, index) => ({
        ...node,
        position: { x: 300 * (index % 3), y: 120 * (Math.floor(index / 3) + (index % 3 === 2 ? 1 : 0)) },
      })),
    };
    expect(overlapping(document)).toEqual([]);
    for (const first of document.nodes) {
      for (const second of document.nodes) {
        if (first === second) continue;
        const box = boxOfCollapsed([first, second], {});
        const covered = document.nodes.filter(
          (node) => node !== first && node !== second && overlaps(boxOf(node), box, 0),
        );
        expect(
          covered.map(({ id }) => id),
          `${first.id} and ${second.id}`,
        ).toEqual([]);
      }
    }
  });

  it("state the sums of their layers, times how often they stand in the net", () => {
    const [view] = groupViews(grouped, compile(grouped));
    expect(view).toMatchObject({ title: "Block 1", numLayers: 3, shape: "20×26×26" });
    expect(view?.totals.replaceAll("\u00a0", " ")).toBe("240 weights · 122 k MACs");
  });

  it("state what their copies really have: the first may have other inputs than those that follow it", () => {
    const [group] = grouped.groups;
    if (group === undefined) throw new Error("no group");
    const repeated = applied(grouped, repeatGroup(group, 2));
    const compiled = compile(repeated);
    const [view] = groupViews(repeated, compiled);
    // conv1 has 20·(1·9 + 1) weights and its copy 20·(20·9 + 1); each batch norm 40.
    expect(view).toMatchObject({ numLayers: 6, shape: "20×24×24", weights: "3,900\u00a0weights" });
    const { weights, multiplyAdds } = sumsOf(repeated, compiled, ["conv1", "bn1", "relu1"]);
    expect(weights).toBe(3900);
    expect(multiplyAdds).toBe(26 * 26 * 20 * 9 + 24 * 24 * 20 * 20 * 9);
    const edges = edgeViews(repeated, compiled, nodeViews(repeated, compiled, null));
    const shapes = Object.fromEntries(edges.map(({ edge, shape }) => [`${edge.from.node} ${edge.to.node}`, shape]));
    expect(shapes).toMatchObject({ "conv1 bn1": "20×26×26", "relu1 pool1": "20×24×24" });
  });

  it("collapse to one box that moves its layers along", () => {
    const [group] = grouped.groups;
    if (group === undefined) throw new Error("no group");
    const collapsed = applied(grouped, toggleCollapse([group]));
    expect([...collapsedOwners(collapsed).keys()]).toEqual(["conv1", "bn1", "relu1"]);
    const conv1 = collapsed.nodes.find(({ id }) => id === "conv1")?.position ?? { x: 0, y: 0 };
    const moved = movedBy(collapsed, { [groupItemId(group.id)]: { x: conv1.x + 40, y: conv1.y - 8 } });
    expect(moved.conv1).toEqual({ x: conv1.x + 40, y: conv1.y - 8 });
    expect(Object.keys(moved)).toEqual(["conv1", "bn1", "relu1"]);
    const after = applied(collapsed, moveItems(collapsed, moved));
    expect(groupsIn(after, ["conv1", "bn1", "relu1"])).toHaveLength(1);
    expect(applied(after, ungroup(after, ["conv1"])).groups).toEqual([]);
  });
});

describe("folding", () => {
  it("draws nodes as their headers and back", () => {
    const folded = applied(lenet(), toggleFold(lenet(), ["conv1"]));
    expect(boxOf(folded.nodes.find(({ id }) => id === "conv1") ?? lenet().nodes[1] ?? never()).bottom).toBe(118 + 48);
    expect(applied(folded, toggleFold(folded, ["conv1"]))).toEqual(lenet());
  });
});

const never = (): never => {
  throw new Error("unreachable");
};

describe("moving", () => {
  it("puts a new note beside the layers that stand there", () => {
    const note = applied(lenet(), addNote(lenet(), { x: 40, y: 20 })).canvasNotes[0] ?? never();
    for (const node of lenet().nodes) expect(overlaps(boxOf(node), boxOfNote(note), 0)).toBe(false);
    expect(note.position.y).toBe(20);
  });

  it("takes notes along, and the points of edges whose both ends move", () => {
    const edge = lenet().edges.find(({ from }) => from.node === "conv1") ?? never();
    const document = applied(applied(lenet(), addNote(lenet(), { x: -300, y: 0 })), {
      commands: [{ type: "setEdgePoints", edge, points: [{ x: 300, y: 200 }] }],
      label: "",
      select: null,
    });
    const moved = applied(
      document,
      moveItems(document, { conv1: { x: 20, y: 122 }, bn1: { x: 20, y: 240 }, "note:note1": { x: -280, y: 4 } }),
    );
    expect(moved.edges.find(({ from }) => from.node === "conv1")?.points).toEqual([{ x: 320, y: 204 }]);
    expect(moved.canvasNotes[0]?.position).toEqual({ x: -280, y: 4 });
    // One end alone: the points stay where they are.
    const one = applied(document, moveItems(document, { conv1: { x: 20, y: 122 } }));
    expect(one.edges.find(({ from }) => from.node === "conv1")?.points).toEqual([{ x: 300, y: 200 }]);
    expect(moveItems(document, { conv1: { x: 0, y: 118 } })).toBeNull();
  });
});

describe("parts of nets", () => {
  const template = (id: string) => templates.find((each) => each.id === id) ?? never();
  const site = { shape: [20, 26, 26], sampleShape: null, numClasses: null };

  it("go between a layer and what it fed, and make room", () => {
    const block = template("convBlock").build(site);
    const after = applied(lenet(), insertAfter(lenet(), block, "relu1", { x: 0, y: 0 }, "add"));
    expect(compile(after).diagnostics).toEqual([]);
    expect(
      compile(after)
        .program?.layers.map(({ nodeId }) => nodeId)
        .slice(3, 8),
    ).toEqual(["relu1", "conv3", "bn4", "relu4", "pool1"]);
    expect(overlapping(after)).toEqual([]);
    expect(after.nodes.find(({ id }) => id === "conv3")?.params.filters).toBe(20);
  });

  it("feed a residual block's Add from the layer before as well", () => {
    const after = applied(
      lenet(),
      insertAfter(lenet(), template("residualBlock").build(site), "relu1", { x: 0, y: 0 }, "add"),
    );
    expect(compile(after).diagnostics).toEqual([]);
    const add = after.nodes.find(({ kind }) => kind === "add")?.id;
    expect(
      after.edges
        .filter(({ to }) => to.node === add)
        .map(({ from }) => from.node)
        .sort(),
    ).toEqual(["bn5", "relu1"]);
  });

  it("are pasted where asked, or beside what stands there", () => {
    const fragment = fragmentOf(lenet(), ["conv2", "bn2"], []);
    const beside = applied(lenet(), pasteAt(lenet(), fragment, { x: 300, y: 0 }, "paste"));
    expect(overlapping(beside)).toEqual([]);
    expect(beside.nodes.at(-2)?.position).toEqual({ x: 876, y: 0 });
    const alone = applied(newDocument(), pasteAt(newDocument(), fragment, { x: 41, y: 7 }, "paste"));
    expect(alone.nodes[0]?.position).toEqual({ x: 40, y: 8 });
  });
});
