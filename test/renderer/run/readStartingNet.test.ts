/** Trained nets are read out of their text: a long one in a worker, so that the page answers meanwhile. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { LayerscopeDocument } from "../../../engine/index.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { netFacts } from "../../../renderer/run/netText.ts";
import { readStartingNet } from "../../../renderer/run/startingNet.ts";
import { exampleDocument, modelText } from "../../support/modelText.ts";

const widened = (document: LayerscopeDocument): LayerscopeDocument => ({
  ...document,
  nodes: document.nodes.map((node) => (node.id === "fc1" ? { ...node, params: { ...node.params, units: 400 } } : node)),
});
const SHORT = modelText();
const LONG = modelText(widened(exampleDocument("mlp-bn")));
const fileOf = (text: string) => ({ text, fileName: "digits.model.json", handle: "h", version: "v" });

/** A worker that answers when it is told to. */
class FakeWorker {
  static readonly started: FakeWorker[] = [];
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onerror: ((event: { readonly message: string; preventDefault(): void }) => void) | null = null;
  readonly posted: string[] = [];
  hasEnded = false;
  constructor() {
    FakeWorker.started.push(this);
  }
  postMessage(text: string): void {
    this.posted.push(text);
  }
  terminate(): void {
    this.hasEnded = true;
  }
}

beforeEach(() => {
  FakeWorker.started.length = 0;
  viewStore.setState({ notices: [] });
  vi.stubGlobal("Worker", FakeWorker);
});
afterEach(() => vi.unstubAllGlobals());

const titles = () => viewStore.getState().notices.map(({ title }) => title);

it("is read at once where it is short", async () => {
  const net = await readStartingNet(fileOf(SHORT), true);
  expect(net.ok && net.value.weights).toHaveLength(11);
  expect(FakeWorker.started).toEqual([]);
});

it("is read by a worker where it is long, which the page says as long as it takes", async () => {
  expect(LONG.length).toBeGreaterThan(1_000_000);
  const reading = readStartingNet(fileOf(LONG), true);
  const [worker] = FakeWorker.started;
  expect(worker?.posted).toEqual([LONG]);
  expect(titles()).toEqual(["Reading digits.model.json"]);
  // What crosses is what a structured clone leaves of it.
  worker?.onmessage?.({ data: structuredClone(netFacts(LONG)) });
  const net = await reading;
  if (!net.ok) throw new Error(net.error);
  expect(net.value).toMatchObject({ name: "digits.model.json", text: LONG, training: { steps: 938 } });
  expect(net.value.program.layers.find(({ nodeId }) => nodeId === "fc1")?.weights[0]?.shape).toEqual([400, 784]);
  expect(titles()).toEqual([]);
  expect(worker?.hasEnded).toBe(true);
});

it("is refused with the reason where it is damaged, or its worker stops", async () => {
  const damaged = readStartingNet(fileOf(LONG), true);
  FakeWorker.started[0]?.onmessage?.({ data: netFacts(LONG.slice(0, -100)) });
  expect(await damaged).toMatchObject({ ok: false, error: expect.stringMatching(/line \d+/) });
  const stopped = readStartingNet(fileOf(LONG), true);
  FakeWorker.started[1]?.onerror?.({ message: "out of memory", preventDefault: () => undefined });
  expect(await stopped).toEqual({ ok: false, error: "Its worker stopped: out of memory." });
  expect(titles()).toEqual([]);
});
