/** Every template is a net or a part of one that compiles where it is put. */
import { describe, expect, it } from "vitest";
import { compile } from "../../../engine/compile/compile.ts";
import type { Command } from "../../../engine/document/commands.ts";
import { newDocument } from "../../../engine/document/defaults.ts";
import { placeFragment } from "../../../engine/document/fragment.ts";
import { templates } from "../../../engine/document/templates.ts";
import { applied, chain } from "../compile/documents.ts";

const NOWHERE = { shape: null, sampleShape: null, numClasses: null };
const template = (id: string) => {
  const found = templates.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no template ${id}`);
  return found;
};

const connect = (from: string, to: string): Command => ({
  type: "connectPorts",
  from: { node: from, port: "out" },
  to: { node: to, port: "in" },
});

describe("templates", () => {
  it.each(["lenet", "vgg", "mlp"])("%s is a whole net for its dataset", (id) => {
    const site = { shape: null, sampleShape: [3, 32, 32], numClasses: 7 };
    const { commands } = placeFragment(newDocument(), template(id).build(site), { x: 0, y: 0 });
    const document = applied(newDocument(), commands);
    const dataset = { sampleShape: [3, 32, 32], numClasses: 7, trainCount: 100 };
    expect(compile(document, { dataset }).diagnostics).toEqual([]);
    const plain = applied(
      newDocument(),
      placeFragment(newDocument(), template(id).build(NOWHERE), { x: 0, y: 0 }).commands,
    );
    expect(compile(plain, { dataset: null }).diagnostics).toEqual([]);
  });

  it("the residual block takes the width of what feeds it", () => {
    const before = chain(["input", "input"], ["conv2d", "conv1", { filters: 24 }]);
    const fragment = template("residualBlock").build({ ...NOWHERE, shape: [24, 26, 26] });
    const { commands, nodeIds } = placeFragment(before, fragment, { x: 0, y: 400 });
    const [first = "", add = ""] = [nodeIds[0], nodeIds.find((id) => id.startsWith("add"))];
    const document = applied(before, [...commands, connect("conv1", first), connect("conv1", add)]);
    const facts = compile(document).facts;
    expect(facts.get(add)?.outputShape).toEqual([24, 26, 26]);
    expect(compile(document).diagnostics.filter(({ code }) => code !== "LS102")).toEqual([]);
  });

  it("stand in columns in which no two nodes touch", () => {
    for (const { build } of templates) {
      const { nodes } = build(NOWHERE);
      for (const a of nodes) {
        for (const b of nodes) {
          if (a !== b && a.position.x === b.position.x) {
            expect(Math.abs(a.position.y - b.position.y)).toBeGreaterThanOrEqual(48 + 16);
          }
        }
      }
    }
  });
});
