import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { Inspector } from "../../../renderer/inspector/Inspector.tsx";
import { runStore } from "../../../renderer/run/runStore.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { frameEvent, startedEvent } from "../run/events.ts";

let shell: FakeShell;

beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  runStore.getState().reset();
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-bn");
  documentStore.getState().select(["fc1"]);
});
afterEach(cleanup);

const nextFrame = () => act(() => new Promise<void>((resolve) => requestAnimationFrame(() => resolve())));
const readout = (title: string) => screen.getByText(title).parentElement?.querySelector("dd")?.textContent;

it("says what would bring numbers before the first run", () => {
  render(<Inspector />);
  expect(screen.getByText("Train to measure the values of fc1.")).toBeTruthy();
});

it("shows the numbers of the step shown, and follows the newest", async () => {
  runStore.getState().train();
  const listener = shell.trainers[0]?.listener;
  listener?.onEvent(startedEvent(["input", "fc1"]));
  render(<Inspector />);
  expect(readout("mean")).toBe("–");
  for (const step of [1, 4, 8]) listener?.onEvent(frameEvent(step, ["input", "fc1"]));
  await nextFrame();
  expect(readout("mean")).toBe("8.000");
  expect(readout("std")).toBe("1.500");
  expect(readout("zeros")).toBe("25.0\u00a0%");
  expect(screen.getByText("At step 8")).toBeTruthy();
  act(() => runStore.getState().showStep(6));
  await nextFrame();
  expect(readout("mean")).toBe("4.000");
  expect(screen.getByText("At step 4")).toBeTruthy();
  expect(screen.getByText("2,020 values, 4 outside")).toBeTruthy();
});

it("tells a node that the run does not have", () => {
  runStore.getState().train();
  shell.trainers[0]?.listener.onEvent(startedEvent(["input"]));
  render(<Inspector />);
  expect(screen.getByText(/^Run \d+ does not have fc1\. Train again to measure it\.$/)).toBeTruthy();
});
