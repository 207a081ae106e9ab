import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { Inspector } from "../../../renderer/inspector/Inspector.tsx";
import { runStore } from "../../../renderer/run/runStore.ts";
import { statisticsStore } from "../../../renderer/run/statisticsSetting.ts";
import { restoreThreads, threadChoices, threadsStore } from "../../../renderer/run/threadsSetting.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";

let shell: FakeShell;

beforeEach(async () => {
  vi.spyOn(navigator, "hardwareConcurrency", "get").mockReturnValue(4);
  shell = createFakeShell();
  setShell(shell);
  threadsStore.setState({ threads: null });
  statisticsStore.setState({ framesPerSecond: 10, maxShare: 0.03, skippedNodes: new Set() });
  runStore.getState().reset();
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-bn");
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const field = () => screen.getByRole<HTMLSelectElement>("combobox", { name: "Threads" });
const requestedThreads = () => shell.trainers.at(-1)?.requests.find((request) => request.type === "start")?.threads;

it("trains on all cores until a number is chosen, and keeps the choice on this machine", () => {
  render(<Inspector />);
  expect([...field().options].map(({ text }) => text)).toEqual(["All cores (4)", "1", "2", "3", "4"]);
  expect(field().selectedOptions[0]?.text).toBe("All cores (4)");
  act(() => runStore.getState().train());
  expect(requestedThreads()).toBeNull();
  act(() => runStore.getState().reset());

  const { document } = documentStore.getState();
  fireEvent.change(field(), { target: { value: "3" } });
  expect(shell.settings.get("threads")).toBe("3");
  expect(documentStore.getState().document).toBe(document);
  act(() => runStore.getState().train());
  expect(requestedThreads()).toBe(3);

  fireEvent.change(field(), { target: { value: "all" } });
  expect(shell.settings.get("threads")).toBe("null");
});

it("is what it was when the app starts again, unless the machine has fewer cores now", async () => {
  shell.settings.set("threads", "3");
  await restoreThreads();
  expect(threadsStore.getState().threads).toBe(3);
  threadsStore.setState({ threads: null });
  for (const text of ["12", "0", "x", '"3"', "null"]) {
    shell.settings.set("threads", text);
    await restoreThreads();
    expect(threadsStore.getState().threads).toBeNull();
  }
});

it("says what measuring may cost, and keeps the choice on this machine", () => {
  render(<Inspector />);
  const share = () => screen.getByRole<HTMLSelectElement>("combobox", { name: "May take" });
  expect([...share().options].map(({ text }) => text)).toEqual([
    "3\u00a0% of the time",
    "10\u00a0% of the time",
    "Any share",
  ]);
  expect(screen.getByText(/^Spaced so that they take at most 3 % of the time\./)).toBeTruthy();
  fireEvent.change(share(), { target: { value: "null" } });
  expect(statisticsStore.getState().maxShare).toBeNull();
  expect(shell.settings.get("statisticsShare")).toBe('"any"');
  expect(screen.getByText(/^As often as that, however long measuring takes\./)).toBeTruthy();
  fireEvent.change(share(), { target: { value: "0.1" } });
  expect(statisticsStore.getState().maxShare).toBe(0.1);
  // Where nothing is measured while it trains, there is nothing to limit.
  fireEvent.change(screen.getByRole("combobox", { name: "Statistics" }), { target: { value: "0" } });
  expect(screen.queryByRole("combobox", { name: "May take" })).toBeNull();
});

it("offers every number up to eight, then fewer, and always the number of cores", () => {
  expect(threadChoices(2)).toEqual([1, 2]);
  expect(threadChoices(11)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 10, 11]);
  expect(threadChoices(32)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 24, 32]);
});
