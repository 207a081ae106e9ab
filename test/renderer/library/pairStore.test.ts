import { beforeEach, expect, it } from "vitest";
import { parse, parseStudy } from "../../../engine/index.ts";
import { NO_LABEL, type StudyDetail, type StudyRunState, type StudyUpdate } from "../../../engine/protocol.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { documentStore, UNTITLED } from "../../../renderer/document/documentStore.ts";
import { libraryStore } from "../../../renderer/library/libraryStore.ts";
import { pairChoices } from "../../../renderer/library/pairChoices.ts";
import { trainPair } from "../../../renderer/library/pairStore.ts";
import { noStudies } from "../../../renderer/shell/studyHost.ts";
import { exampleNamed } from "../../../renderer/start/examples.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";

let shell: FakeShell;
let started: string[] = [];
let tell: (update: StudyUpdate) => void = () => undefined;

const document = (() => {
  const parsed = parse(exampleNamed("spiral-bn")?.text ?? "");
  if (!parsed.ok) throw new Error("The example does not open.");
  return parsed.value;
})();

const choice = (() => {
  const [found] = pairChoices(document, ["bn1"]);
  if (!found) throw new Error("There is nothing to choose.");
  return found;
})();

const detailOf = (text: string, states: readonly StudyRunState[]): StudyDetail => ({
  ...{ studyId: "5", title: "pair", state: "running", createdAt: "2026-11-22T11:00:00Z", problem: null, text },
  ...{
    numRuns: 2,
    numEnded: 0,
    numRunning: 2,
    numDiverged: 0,
    numFailed: 0,
    numCancelled: 0,
    numDeleted: 0,
    secondsLeft: null,
    jobs: 2,
    bytes: 10,
    isHeld: false,
  },
  runs: states.map((state, index) => ({
    ...{ id: `run-00${index + 1}`, params: { "bypass bn1": index === 1 }, state, endedAt: null, bytes: 0, ...NO_LABEL },
    ...{
      failure: state === "failed" ? "The worker has ended." : null,
      epochs: [],
      step: 1,
      totalSteps: 9,
      elapsedMs: 1,
    },
  })),
});

const end = (states: readonly StudyRunState[]): void => {
  const { text: _, runs, ...status } = detailOf(started[0] ?? "", states);
  tell({ status, runs });
};

beforeEach(() => {
  shell = createFakeShell();
  setShell(shell);
  started = [];
  shell.studies = {
    ...noStudies,
    start: async ({ text }) => {
      started.push(text);
      return { status: "done", value: { studyId: "5" } };
    },
    open: async () => ({ status: "done", value: detailOf(started[0] ?? "", ["running", "waiting"]) }),
    onChanged: (listener) => {
      tell = listener;
      return () => {
        tell = () => undefined;
      };
    },
  };
  documentStore.getState().open(document, { ...UNTITLED, fileName: "spiral-bn.layerscope" });
  viewStore.setState({ view: "editor", editorView: "canvas", notices: [] });
  libraryStore.setState({ comparing: null });
});

it("trains a study of two, and compares both where they were waited for", async () => {
  await trainPair(choice);
  const study = parseStudy(started[0] ?? "");
  expect(study.ok && study.value.title).toBe("spiral-bn: without bn1");
  expect(viewStore.getState().editorView).toBe("runs");
  end(["finished", "running"]);
  expect(libraryStore.getState().comparing).toBeNull();
  end(["finished", "diverged"]);
  expect(libraryStore.getState().comparing?.map(({ key, name }) => [key, name])).toEqual([
    ["5/run-001", "with bn1"],
    ["5/run-002", "without bn1"],
  ]);
  expect(viewStore.getState().notices).toEqual([]);
});

it("offers the comparison where the user has gone elsewhere", async () => {
  await trainPair(choice);
  viewStore.setState({ editorView: "canvas" });
  end(["finished", "finished"]);
  expect(libraryStore.getState().comparing).toBeNull();
  const [notice] = viewStore.getState().notices;
  expect(notice?.title).toBe("Both runs have ended");
  notice?.actions?.[0]?.run();
  expect(libraryStore.getState().comparing).toHaveLength(2);
  expect(viewStore.getState().editorView).toBe("runs");
});

it("says why there is no pair", async () => {
  await trainPair(choice);
  end(["finished", "failed"]);
  expect(viewStore.getState().notices[0]).toMatchObject({
    tone: "error",
    title: "There is no pair to compare",
    text: "The worker has ended.",
  });
  shell.studies = noStudies;
  await trainPair(choice);
  expect(viewStore.getState().notices.at(-1)?.title).toBe("The pair was not started");
});
