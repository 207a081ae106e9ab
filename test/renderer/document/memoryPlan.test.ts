import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { documentStore, type MemoryRequest } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { planMemoryInPauses } from "../../../renderer/document/memoryPlan.ts";
import { plansFor } from "../../../renderer/document/plansFor.ts";
import { createFakeShell } from "../fakeShell.ts";

/** The port of a worker that answers when it is told to. */
class SlowWorker {
  static started: SlowWorker[] = [];
  readonly asked: MemoryRequest[] = [];
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onerror: (() => void) | null = null;
  isTerminated = false;
  constructor() {
    SlowWorker.started.push(this);
  }
  postMessage(request: MemoryRequest): void {
    this.asked.push(structuredClone(request));
  }
  terminate(): void {
    this.isTerminated = true;
  }
  answer(): void {
    const request = this.asked.at(-1);
    if (request !== undefined) this.onmessage?.({ data: structuredClone(plansFor(request)) });
  }
}

let stop: () => void = () => undefined;

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal("Worker", SlowWorker);
  SlowWorker.started = [];
  setShell(createFakeShell());
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-bn");
  stop = planMemoryInPauses();
});
afterEach(() => {
  stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const totals = () => documentStore.getState().compiled.totals;
const setUnits = (units: number) =>
  documentStore.getState().apply([{ type: "setParams", nodeId: "fc1", params: { units } }], "edit");

it("plans the memory beside the page once edits pause, and shows it", () => {
  setUnits(201);
  const { memoryBytes: about, isMemoryPlanned } = totals();
  expect(isMemoryPlanned).toBe(false);
  vi.advanceTimersByTime(399);
  expect(SlowWorker.started).toEqual([]);
  vi.advanceTimersByTime(1);
  const [worker] = SlowWorker.started;
  expect(worker?.asked.map(({ document }) => document)).toEqual([documentStore.getState().document]);
  const { compiled } = documentStore.getState();
  worker?.answer();
  expect(documentStore.getState().compiled).not.toBe(compiled);
  expect(totals().isMemoryPlanned).toBe(true);
  expect(totals().memoryBytes).not.toBe(about);
  // 784·201 + 201 weights of the first layer alone, their gradients and what the optimizer keeps.
  expect(totals().memoryBytes).toBeGreaterThan(3 * 4 * (784 * 201 + 201));
  // Undo and redo find it where it was.
  setUnits(202);
  expect(totals().isMemoryPlanned).toBe(false);
  documentStore.getState().undo();
  expect(totals().isMemoryPlanned).toBe(true);
});

it("plans for the last edit only when several come while it plans", () => {
  setUnits(211);
  vi.advanceTimersByTime(400);
  const [worker] = SlowWorker.started;
  setUnits(212);
  vi.advanceTimersByTime(400);
  setUnits(213);
  vi.advanceTimersByTime(400);
  expect(worker?.asked).toHaveLength(1);
  worker?.answer();
  expect(totals().isMemoryPlanned).toBe(false);
  expect(worker?.asked.map(({ document }) => document.nodes.find(({ id }) => id === "fc1")?.params.units)).toEqual([
    211, 213,
  ]);
  worker?.answer();
  expect(totals().isMemoryPlanned).toBe(true);
  vi.advanceTimersByTime(1000);
  expect(worker?.asked).toHaveLength(2);
});

it("plans in the page where there can be no worker", () => {
  setUnits(221);
  vi.advanceTimersByTime(400);
  SlowWorker.started[0]?.onerror?.();
  expect(SlowWorker.started[0]?.isTerminated).toBe(true);
  expect(totals().isMemoryPlanned).toBe(true);
});
