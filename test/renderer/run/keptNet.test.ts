import { beforeEach, describe, expect, it } from "vitest";
import { parse } from "../../../engine/index.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { documentStore, UNTITLED } from "../../../renderer/document/documentStore.ts";
import { RunRecorder } from "../../../renderer/run/runRecorder.ts";
import { createRunStore, type RunStore } from "../../../renderer/run/runStore.ts";
import { exampleNamed } from "../../../renderer/start/examples.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { hashes, startedEvent } from "./events.ts";

const RUN = "01234567-89ab-cdef-0123-456789abcdef";
const OTHER = "11234567-89ab-cdef-0123-456789abcdef";
const question = { type: "evaluateTest", worst: 3 } as const;

let shell: FakeShell;
let store: RunStore;

beforeEach(() => {
  shell = createFakeShell();
  setShell(shell);
  store = createRunStore();
  const parsed = parse(exampleNamed("mlp-bn")?.text ?? "");
  if (!parsed.ok) throw new Error("The example does not open.");
  documentStore.getState().open(parsed.value, UNTITLED);
  shell.runModels.set(RUN, "the net");
  shell.runModels.set(OTHER, "another net");
});

const reopen = (runId: string, hasModel = true): void => {
  const started = startedEvent(["fc1"]);
  store.getState().reopen(
    runId,
    {
      ...{ text: "", started, progress: null, frames: null, hasModel },
      ...{ steps: new ArrayBuffer(0), epochs: [], changes: [], lostLines: 0 },
      ended: { type: "finished", ...hashes, step: 5, stopped: false, elapsedMs: 10 },
    },
    new RunRecorder(["fc1"], false),
  );
};

const posted = (index: number) => shell.trainers[index]?.requests.map((request) => request.type);

describe("the net of a run that was opened from disk", () => {
  it("is opened by a trainer of its own at the first question, and answers all of them", async () => {
    reopen(RUN);
    expect(shell.trainers).toHaveLength(0);
    const counts: number[] = [];
    const first = store.getState().askBench(question, (done) => counts.push(done));
    const second = store.getState().askBench(question);
    await expect.poll(() => posted(0)).toEqual(["openNet", "evaluateTest", "evaluateTest"]);
    expect(shell.trainers[0]?.requests[0]).toMatchObject({ text: "the net", threads: null });
    const ids = shell.trainers[0]?.requests.flatMap((request) => ("requestId" in request ? [request.requestId] : []));
    const [one = 0, two = 0] = ids ?? [];
    const { listener } = shell.trainers[0] ?? {};
    listener?.onEvent({ type: "testProgressed", requestId: one, done: 500, total: 10_000 });
    expect(counts).toEqual([500]);
    listener?.onEvent({ type: "testEvaluated", requestId: two, evaluation: null, problem: "second" });
    listener?.onEvent({ type: "testEvaluated", requestId: one, evaluation: null, problem: "first" });
    expect(await first).toMatchObject({ problem: "first" });
    expect(await second).toMatchObject({ problem: "second" });
    // The run stays what it was.
    expect(store.getState().state.phase).toBe("finished");
    void store.getState().askBench(question);
    expect(shell.trainers).toHaveLength(1);
  });

  it("is given up with its run: another is opened, one is trained, another document is opened", async () => {
    reopen(RUN);
    const asked = store.getState().askBench(question);
    await expect.poll(() => posted(0)).toHaveLength(2);
    reopen(OTHER);
    expect(shell.trainers[0]?.killed).toBe(true);
    expect(await asked).toEqual({ problem: "Another run was opened." });
    void store.getState().askBench(question);
    await expect.poll(() => posted(1)).toHaveLength(2);
    expect(shell.trainers[1]?.requests[0]).toMatchObject({ text: "another net" });
    store.getState().train();
    expect(shell.trainers[1]?.killed).toBe(true);
    expect(posted(2)).toEqual(["start"]);
    store.getState().reset();
    reopen(RUN);
    const unread = store.getState().askBench(question);
    store.getState().reset();
    expect(await unread).toEqual({ problem: "Another document was opened." });
    expect(shell.trainers).toHaveLength(3);
  });

  it("says why it can't be asked, and is opened anew at the next question", async () => {
    reopen(RUN);
    const asked = store.getState().askBench(question);
    await expect.poll(() => posted(0)).toHaveLength(2);
    shell.trainers[0]?.listener.onExit({ reason: "killed", message: "It was killed." });
    expect(await asked).toEqual({ problem: "The trainer has ended: It was killed." });
    void store.getState().askBench(question);
    await expect.poll(() => posted(1)).toHaveLength(2);
    shell.runModels.clear();
    reopen(OTHER);
    expect(await store.getState().askBench(question)).toMatchObject({ problem: expect.stringMatching(/./) });
    reopen(OTHER, false);
    expect(await store.getState().askBench(question)).toEqual({
      problem: "This run was opened from disk, and its net was not kept. Train it anew to ask.",
    });
    expect(shell.trainers).toHaveLength(2);
  });
});
