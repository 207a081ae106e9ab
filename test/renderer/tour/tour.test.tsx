import { act, cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it } from "vitest";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { applyGesture } from "../../../renderer/canvas/applyGesture.ts";
import { connect } from "../../../renderer/canvas/gestures.ts";
import { runCommand } from "../../../renderer/commands/commandTable.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { addLayer } from "../../../renderer/palette/addLayer.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import { Tour } from "../../../renderer/tour/Tour.tsx";
import { TourAction, TourOffer } from "../../../renderer/tour/TourOffer.tsx";
import { restoreTour, tourStore } from "../../../renderer/tour/tourStore.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { startedEvent } from "../run/events.ts";

let shell: FakeShell;
const store = () => documentStore.getState();
const title = () => screen.queryByRole("heading")?.textContent;

beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  runStore.getState().reset();
  store().markSaved(store().document, store().file);
  await restoreTour();
});
afterEach(cleanup);

const begin = async () => {
  render(<Tour />);
  await act(async () => {
    runCommand("help.tour");
  });
};

it("advances by what the user does, to a net that trains", async () => {
  await begin();
  expect(title()).toBe("Add a layer");
  expect(store().compiled.program).toBeNull();
  act(() => {
    store().select(["bn1"]);
    addLayer("relu", { x: 0, y: 0 });
  });
  expect(title()).toBe("Connect");
  act(() => {
    applyGesture(connect(store().document, { node: "fc5", port: "out" }, { node: "output", port: "in" }));
  });
  expect(title()).toBe("See the shapes");
  expect(store().compiled.program).not.toBeNull();
  act(() => store().select(["fc1"]));
  expect(title()).toBe("Train");
  act(() => {
    runCommand("run.train");
    shell.trainers[0]?.listener.onEvent(startedEvent(["fc1"]));
  });
  expect(title()).toBe("Read the strips");
  await userEvent.click(screen.getByRole("button", { name: "Done" }));
  expect(title()).toBeUndefined();
});

it("goes on by Next, back, and ends by Escape, without blocking anything", async () => {
  await begin();
  await userEvent.click(screen.getByRole("button", { name: "Next" }));
  expect(title()).toBe("Connect");
  await userEvent.click(screen.getByRole("button", { name: "Back" }));
  expect(title()).toBe("Add a layer");
  await userEvent.keyboard("{Escape}");
  expect(tourStore.getState().at).toBeNull();
  expect(store().document.nodes.length).toBeGreaterThan(10);
});

it("is offered until it was taken or declined, in this session and the next, and stays among what can be done", async () => {
  render(
    <>
      <TourAction />
      <TourOffer />
    </>,
  );
  expect(screen.getAllByRole("button").map(({ textContent }) => textContent)).toEqual(["Take the tour", "Not now"]);
  await userEvent.click(screen.getByRole("button", { name: "Not now" }));
  expect(screen.getAllByRole("button").map(({ textContent }) => textContent)).toEqual(["Take the tour5 steps"]);
  await act(restoreTour);
  expect(screen.queryByRole("button", { name: "Not now" })).toBeNull();
});

it("says why Train is off where the connection was passed over, and leads back to it", async () => {
  await begin();
  for (let step = 0; step < 3; step += 1) await userEvent.click(screen.getByRole("button", { name: "Next" }));
  expect(title()).toBe("Train");
  expect(screen.getByText(/^Train is off\./).textContent).toContain(store().compiled.diagnostics[0]?.message);
  await userEvent.click(screen.getByRole("button", { name: "Go to step 2" }));
  expect(title()).toBe("Connect");
  act(() => {
    applyGesture(connect(store().document, { node: "fc5", port: "out" }, { node: "output", port: "in" }));
  });
  await userEvent.click(screen.getByRole("button", { name: "Next" }));
  expect(title()).toBe("Train");
  expect(screen.queryByText(/^Train is off\./)).toBeNull();
});

it("says at the last step that nothing is measured before a run, and leads to lessons after one", async () => {
  await begin();
  for (let step = 0; step < 4; step += 1) await userEvent.click(screen.getByRole("button", { name: "Next" }));
  expect(title()).toBe("Read the strips");
  expect(screen.queryByRole("button", { name: "Go on with a lesson" })).toBeNull();
  expect(screen.getByText("Nothing is measured yet.")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Go to step 4" }));
  expect(title()).toBe("Train");
  act(() => {
    applyGesture(connect(store().document, { node: "fc5", port: "out" }, { node: "output", port: "in" }));
    runCommand("run.train");
    shell.trainers[0]?.listener.onEvent(startedEvent(["fc1"]));
  });
  expect(title()).toBe("Read the strips");
  expect(screen.queryByText("Nothing is measured yet.")).toBeNull();
  expect(screen.getByRole("button", { name: "Go on with a lesson" })).toBeTruthy();
});
