/** The queue of a study, and the crew that trains it, with workers that the test plays. */
import { expect, test } from "vitest";
import { StudyCrew, type StudyWorkerListener } from "../../../engine/experiments/studyCrew.ts";
import { StudyQueue, waitingRun } from "../../../engine/experiments/studyQueue.ts";
import type { StudyEvent, StudyRequest } from "../../../engine/experiments/studyTask.ts";

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `run-00${index + 1}`);
const queueOf = (count: number): StudyQueue => new StudyQueue(ids(count).map((id) => waitingRun(id, { seed: id })));

const ended = (
  outcome: "finished" | "diverged" | "failed" | "stopped",
  failure: string | null = null,
  elapsedMs = 900,
): StudyEvent => ({ ...{ type: "ended", outcome, failure, step: 40, elapsedMs } });
const begun = (totalSteps = 40, step = 0): StudyEvent => ({ type: "begun", totalSteps, step, epochs: [] });
const epoch = (at: number, loss: number): StudyEvent => ({
  type: "epoch",
  record: {
    ...{ epoch: at, step: at * 20, loss, trainAccuracy: 0.5, testLoss: loss, testAccuracy: 0.4 },
    ...{ elapsedMs: at * 400, samplesPerSecond: 1000 },
  },
});
const states = (queue: StudyQueue): string[] => queue.runs.map(({ state }) => state);

test("hands out runs in order, and keeps what is told of them", () => {
  const queue = queueOf(2);
  expect(queue.begin(0)).toMatchObject({ id: "run-001", state: "running", params: { seed: "run-001" } });
  queue.receive("run-001", begun(), 0);
  queue.receive("run-001", epoch(1, 0.7), 0);
  queue.receive("run-001", { type: "progressed", step: 31, elapsedMs: 600 }, 0);
  expect(queue.run("run-001")).toMatchObject({ step: 31, totalSteps: 40, elapsedMs: 600, epochs: [{ loss: 0.7 }] });
  queue.receive("run-001", epoch(2, 0.5), 0);
  queue.receive("run-001", ended("finished"), 1000);
  expect(queue.run("run-001")).toMatchObject({ state: "finished", step: 40, epochs: [{ loss: 0.7 }, { loss: 0.5 }] });
  expect(queue.takeChanged().map(({ id }) => id)).toEqual(["run-001"]);
  expect(queue.takeChanged()).toEqual([]);
  expect(queue.begin(0)?.id).toBe("run-002");
  expect(queue.begin(0)).toBeNull();
  queue.receive("run-002", ended("diverged", "Loss is not finite since step 12."), 0);
  expect(queue.run("run-002")).toMatchObject({ state: "diverged", failure: "Loss is not finite since step 12." });
  expect(queue.state).toBe("finished");
});

test("a run whose worker dies is begun again once, and then has failed with the reason", () => {
  const queue = queueOf(1);
  queue.begin(0);
  expect(queue.crash("run-001", "killed (SIGKILL)")).toBe(true);
  expect(states(queue)).toEqual(["waiting"]);
  queue.begin(0);
  expect(queue.crash("run-001", "killed (SIGKILL)")).toBe(false);
  expect(queue.run("run-001")).toMatchObject({ state: "failed", failure: "killed (SIGKILL)" });
  expect(queue.state).toBe("finished");
  expect(queue.retry(["run-001"])).toEqual(["run-001"]);
  expect(queue.run("run-001")).toMatchObject({ state: "waiting", failure: null, step: 0 });
  // Its own retry counts from the beginning again.
  queue.begin(0);
  expect(queue.crash("run-001", "again")).toBe(true);
});

test("pause lets runs end and begins none; cancel takes out what has not ended; retry brings it back with its name", () => {
  const queue = queueOf(3);
  queue.begin(0);
  queue.pause();
  expect(queue.state).toBe("paused");
  expect(queue.hasWork).toBe(false);
  expect(queue.begin(0)).toBeNull();
  queue.receive("run-001", ended("finished"), 5);
  queue.resume();
  expect(queue.state).toBe("running");
  queue.begin(5);
  queue.label("run-002", { name: "mine", tags: ["a"], notes: "b", isPinned: true });
  expect(queue.cancel()).toEqual(["run-002"]);
  expect(states(queue)).toEqual(["finished", "cancelled", "cancelled"]);
  expect(queue.state).toBe("cancelled");
  // What its worker still says changes nothing.
  queue.receive("run-002", ended("finished"), 9);
  expect(states(queue)[1]).toBe("cancelled");
  expect(queue.retry(["run-001", "run-002"])).toEqual(["run-002"]);
  expect(queue.run("run-002")).toMatchObject({
    ...{ state: "waiting", name: "mine", tags: ["a"], notes: "b", isPinned: true },
  });
  expect(queue.state).toBe("running");
});

test("time left is the work left by the median of ended runs, spread over the workers", () => {
  const queue = queueOf(7);
  expect(queue.secondsLeft(2, 0)).toBeNull();
  for (const [at, seconds] of [2, 9, 4].entries()) {
    queue.begin(0);
    queue.receive(`run-00${at + 1}`, ended("finished"), seconds * 1000);
  }
  // Median 4 s: four runs on two workers take 8 s.
  expect(queue.secondsLeft(2, 9000)).toBe(8);
  queue.begin(9000);
  queue.begin(9000);
  // A second later the two under way have 3 s each, and two wait.
  expect(queue.secondsLeft(2, 10_000)).toBe(7);
  expect(queue.secondsLeft(8, 10_000)).toBe(14 / 4);
  queue.pause();
  expect(queue.secondsLeft(2, 10_000)).toBe(3);
});

test("what runs take to begin is told, and counted for those of which only the time of training was kept", () => {
  const queue = new StudyQueue([
    { ...waitingRun("run-001", {}), state: "finished", elapsedMs: 10_000 },
    ...["run-002", "run-003", "run-004"].map((id) => waitingRun(id, {})),
  ]);
  expect(queue.startSeconds).toBeNull();
  queue.begin(0);
  queue.receive("run-002", begun(40), 400);
  queue.receive("run-002", ended("finished", null, 10_000), 12_000);
  // Of 12 s it trained 10; so did the one that was read, and it began as this one did.
  expect(queue.startSeconds).toBe(2);
  expect(queue.secondsLeft(1, 12_000)).toBe(24);
  // One that goes on has trained before, and tells nothing of a beginning.
  queue.begin(12_000);
  queue.receive("run-003", begun(40, 20), 12_100);
  queue.receive("run-003", ended("finished", null, 16_000), 22_000);
  expect(queue.startSeconds).toBe(2);
  // 12, 12, and 16 with its own beginning.
  expect(queue.secondsLeft(1, 22_000)).toBe(12);
});

test("time in which nothing was trained counts for no run", () => {
  const queue = queueOf(2);
  queue.begin(0);
  // The window trained for a minute in between.
  queue.skipTime(60_000);
  queue.receive("run-001", ended("finished"), 64_000);
  expect(queue.secondsLeft(1, 64_000)).toBe(4);
});

test("a run that something else stopped waits again", () => {
  const queue = queueOf(1);
  queue.begin(0);
  queue.receive("run-001", ended("stopped"), 1000);
  expect(states(queue)).toEqual(["waiting"]);
  expect(queue.begin(2000)).toMatchObject({ id: "run-001", state: "running" });
});

test("before a run has ended, the one under way tells how long they take", () => {
  const queue = queueOf(2);
  queue.begin(0);
  queue.receive("run-001", begun(40), 100);
  queue.receive("run-001", { type: "progressed", step: 10, elapsedMs: 900 }, 1000);
  // A second so far, of which 0.9 trained a quarter: 2.7 s are left of it, and 3.7 s of the other.
  expect(queue.secondsLeft(1, 1000)).toBe(6.4);
});

/** Workers that do nothing by themselves. */
const playedCrew = (size: number) => {
  const workers: { requests: StudyRequest[]; listener: StudyWorkerListener; isEnded: boolean }[] = [];
  const crew = new StudyCrew({
    size,
    now: () => 0,
    startWorker(listener) {
      const worker = { requests: [] as StudyRequest[], listener, isEnded: false };
      workers.push(worker);
      return {
        post: (request) => worker.requests.push(request),
        end: () => {
          worker.isEnded = true;
        },
      };
    },
  });
  const add = (queue: StudyQueue) => {
    const study = {
      queue,
      taskOf: ({ id }: { readonly id: string }): StudyRequest & { type: "train" } => ({
        ...{ type: "train", runId: id, place: `/runs/${id}`, title: "T", document: "{}" },
        ...{ trainSamples: null, testSamples: null, frames: "few", command: [] },
      }),
      onChanged: () => undefined,
    };
    crew.add(study);
    return study;
  };
  const runIds = () => workers.map(({ requests }) => requests.flatMap((r) => (r.type === "train" ? [r.runId] : [])));
  return { crew, workers, add, runIds };
};

test("a crew trains so many runs at a time, one study after the other, and goes when all is done", () => {
  const { workers, add, runIds } = playedCrew(2);
  const first = queueOf(3);
  const second = queueOf(1);
  add(first);
  add(second);
  expect(runIds()).toEqual([["run-001"], ["run-002"]]);
  workers[1]!.listener.onEvent(ended("finished"));
  expect(runIds()).toEqual([["run-001"], ["run-002", "run-003"]]);
  workers[0]!.listener.onEvent(ended("finished"));
  // The second study's.
  expect(runIds()[0]).toEqual(["run-001", "run-001"]);
  expect(states(second)).toEqual(["running"]);
  workers[0]!.listener.onEvent(ended("finished"));
  expect(workers.map(({ isEnded }) => isEnded)).toEqual([true, false]);
  workers[1]!.listener.onEvent(ended("finished"));
  expect(workers.every(({ isEnded }) => isEnded)).toBe(true);
  expect(first.state).toBe("finished");
});

test("a worker that dies is replaced, and its run begun again", () => {
  const { workers, add, runIds } = playedCrew(1);
  const queue = queueOf(2);
  add(queue);
  workers[0]!.listener.onExit("killed");
  expect(runIds()).toEqual([["run-001"], ["run-001"]]);
  workers[1]!.listener.onExit("killed");
  expect(states(queue)).toEqual(["failed", "running"]);
  expect(runIds()[2]).toEqual(["run-002"]);
});

test("held, a crew begins nothing and holds what runs; then it goes on", () => {
  const { crew, workers, add, runIds } = playedCrew(2);
  const queue = queueOf(3);
  add(queue);
  crew.hold(true);
  expect(workers.map(({ requests }) => requests.at(-1))).toEqual([
    { type: "hold", isHeld: true },
    { type: "hold", isHeld: true },
  ]);
  workers[0]!.listener.onEvent(ended("finished"));
  expect(runIds()).toEqual([["run-001"], ["run-002"]]);
  crew.hold(false);
  expect(runIds()).toEqual([["run-001", "run-003"], ["run-002"]]);
  expect(workers[1]!.requests.at(-1)).toEqual({ type: "hold", isHeld: false });
});

test("a cancelled run is asked to stop; its worker is free when it has, and another may have the run", async () => {
  const { crew, workers, add, runIds } = playedCrew(1);
  const queue = queueOf(2);
  const study = add(queue);
  crew.giveUp(study, queue.cancel());
  expect(workers[0]!.requests.at(-1)).toEqual({ type: "stop" });
  let isReleased = false;
  const released = crew.released(study, ["run-001"]).then(() => {
    isReleased = true;
  });
  await Promise.resolve();
  expect(isReleased).toBe(false);
  workers[0]!.listener.onEvent(ended("stopped"));
  await released;
  expect(states(queue)).toEqual(["cancelled", "cancelled"]);
  queue.retry(["run-001"]);
  crew.dispatch();
  expect(runIds().flat()).toEqual(["run-001", "run-001"]);
});

test("what is deleted keeps its label and nothing else, is not trained by itself, and comes back as it was", () => {
  const queue = queueOf(3);
  queue.begin(0);
  expect(queue.remove(["run-001", "run-002"])).toEqual([]);
  queue.receive("run-001", { type: "begun", totalSteps: 10, step: 0, epochs: [] }, 0);
  queue.receive("run-001", ended("finished"), 5);
  queue.describe("run-001", { endedAt: "2026-11-22T12:00:00Z", bytes: 7 });
  queue.label("run-001", { name: "mine", tags: [], notes: "", isPinned: false });
  const before = queue.run("run-001");
  const [removed] = queue.remove(["run-001"]);
  expect(removed).toEqual(before);
  expect(removed).toMatchObject({ bytes: 7, endedAt: "2026-11-22T12:00:00Z" });
  expect(queue.run("run-001")).toMatchObject({ state: "deleted", name: "mine", bytes: 0, elapsedMs: null, epochs: [] });
  // Nobody begins it: the others are handed out, and then nothing is left.
  expect(queue.begin(6)?.id).toBe("run-002");
  expect(queue.begin(6)?.id).toBe("run-003");
  expect(queue.begin(6)).toBeNull();
  queue.cancel();
  if (removed === undefined) throw new Error("Nothing was removed.");
  expect(queue.restore(removed)).toBe(true);
  expect(queue.run("run-001")).toEqual(before);
  queue.remove(["run-001"]);
  expect(queue.retry(["run-001"])).toEqual(["run-001"]);
  expect(queue.restore(removed)).toBe(false);
  expect(queue.run("run-001")).toMatchObject({ state: "waiting", name: "mine" });
});
