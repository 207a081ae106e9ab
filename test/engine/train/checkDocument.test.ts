import { afterEach, describe, expect, it, vi } from "vitest";
import { type LayerscopeDocument, parse } from "../../../engine/index.ts";
import type { TrainEvent } from "../../../engine/protocol.ts";
import { trainEventSchema } from "../../../engine/protocol.ts";
import { layerOf } from "../../../engine/registry.ts";
import { checkDocument } from "../../../engine/train/checkDocument.ts";
import mlp from "../../../examples/mlp-bn.layerscope?raw";

/** Every dense layer but the last with 10 units: checked in a moment. */
const smallDocument = (): LayerscopeDocument => {
  const parsed = parse(mlp);
  if (!parsed.ok) throw new Error("The document does not parse.");
  const document = parsed.value;
  const nodes = document.nodes.map((node) =>
    node.kind === "dense" ? { ...node, params: { ...node.params, units: 10 } } : node,
  );
  return { ...document, nodes };
};

type Checked = Extract<TrainEvent, { type: "gradientsChecked" }>;

/** What the trainer says, a clock that goes on by `stepMs` at each look. */
const eventsOf = async (document: LayerscopeDocument, stepMs: number) => {
  const events: TrainEvent[] = [];
  let nowMs = 0;
  let numYields = 0;
  await checkDocument({
    document,
    host: {
      now: () => {
        nowMs += stepMs;
        return nowMs;
      },
      yieldToMessages: async () => {
        numYields += 1;
      },
    },
    // As it crosses to the page.
    post: (event) => events.push(trainEventSchema.parse(structuredClone(event))),
  });
  const checked = events.filter((event): event is Checked => event.type === "gradientsChecked");
  return { events, checked, numYields, results: checked.flatMap(({ results }) => results) };
};

afterEach(() => {
  vi.restoreAllMocks();
});

describe("checkDocument", () => {
  it("reports every gradient once, in program order, and at last that it is done", async () => {
    const { checked, results, numYields } = await eventsOf(smallDocument(), 60);
    const names = results.map(({ nodeId, tensor }) => `${nodeId} ${tensor}`);
    expect(new Set(names).size).toBe(names.length);
    expect(names.slice(0, 5)).toEqual(["input input", "fc1 input", "fc1 weight", "fc1 bias", "bn1 input"]);
    expect(names.at(-1)).toBe("output input");
    expect(results.every(({ verdict }) => verdict === "agrees")).toBe(true);
    expect(checked.map(({ done }) => done)).toEqual([...Array(checked.length - 1).fill(false), true]);
    // A message every 100 ms and no more, so that a Stop in between is heard.
    expect(numYields).toBe(checked.length - 1);
    expect(numYields).toBeGreaterThan(results.length / 3);
    expect(numYields).toBeLessThan(results.length);
  });

  it("says which gradient is wrong, NaN included", async () => {
    const layer = layerOf("relu");
    if (layer === undefined) throw new Error("There is no relu.");
    const { backward } = layer.reference;
    vi.spyOn(layer.reference, "backward").mockImplementation((call) => {
      const { inputs, weights } = backward(call);
      return { weights, inputs: inputs.map((input) => ({ ...input, data: input.data.map(() => Number.NaN) })) };
    });
    const { results } = await eventsOf(smallDocument(), 0);
    const wrong = results.filter(({ verdict }) => verdict === "differs");
    expect(new Set(wrong.map(({ nodeId }) => nodeId.replace(/\d/, "")))).toEqual(new Set(["relu"]));
    expect(wrong[0]?.relativeError).toBe(Number.POSITIVE_INFINITY);
    expect(wrong[0]?.worst?.analytic).toBeNaN();
  });

  it("refuses a document with errors", async () => {
    const document = smallDocument();
    const { events } = await eventsOf({ ...document, edges: document.edges.slice(1) }, 0);
    expect(events).toEqual([{ type: "failed", failure: { reason: "invalidDocument", message: expect.anything() } }]);
  });
});
