import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Notices } from "../../../renderer/app/Notices.tsx";
import { notify, viewStore } from "../../../renderer/app/viewStore.ts";

let isWindowFocused = true;
beforeEach(() => {
  isWindowFocused = true;
  vi.useFakeTimers();
  vi.spyOn(document, "hasFocus").mockImplementation(() => isWindowFocused);
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.restoreAllMocks();
  viewStore.setState({ notices: [] });
});

const SHORT = { title: "Exported", text: "net.py makes the net." };
const pass = (ms: number): void => act(() => void vi.advanceTimersByTime(ms));
const titles = (): (string | null)[] =>
  screen.queryAllByRole("status").map((each) => each.querySelector("strong")?.textContent ?? null);

it("goes by itself after the time that reading takes, a longer one later", () => {
  render(<Notices />);
  act(() => {
    notify({ tone: "info", ...SHORT });
    notify({ tone: "info", title: "Long", text: "word ".repeat(60) });
  });
  pass(5000);
  expect(titles()).toEqual(["Exported", "Long"]);
  pass(3000);
  expect(titles()).toEqual(["Long"]);
  pass(20_000);
  expect(titles()).toEqual([]);
});

it("stays where something went wrong, or a choice waits, until it is dismissed", () => {
  render(<Notices />);
  act(() => {
    notify({ tone: "error", title: "Not saved", text: "The disk is full." });
    notify({
      tone: "info",
      stays: true,
      title: "Changed on disk",
      text: "",
      actions: [{ label: "Reload", run: () => undefined }],
    });
  });
  pass(3_600_000);
  expect(screen.getByRole("alert").textContent).toContain("Not saved");
  expect(titles()).toEqual(["Changed on disk"]);
  fireEvent.click(screen.getByRole("button", { name: "Reload" }));
  expect(titles()).toEqual([]);
});

it("waits while the pointer or the focus is on one, and has its whole time again afterwards", () => {
  render(<Notices />);
  act(() => notify({ tone: "info", ...SHORT }));
  pass(5000);
  fireEvent.pointerMove(screen.getByText("net.py makes the net."));
  pass(60_000);
  expect(titles()).toEqual(["Exported"]);
  fireEvent.pointerLeave(screen.getByRole("status").parentElement as Element);
  pass(5000);
  expect(titles()).toEqual(["Exported"]);
  act(() => screen.getByRole("button", { name: "Dismiss" }).focus());
  pass(60_000);
  expect(titles()).toEqual(["Exported"]);
  act(() => screen.getByRole("button", { name: "Dismiss" }).blur());
  pass(8000);
  expect(titles()).toEqual([]);
});

it("waits while somebody works in another window", () => {
  render(<Notices />);
  isWindowFocused = false;
  fireEvent.blur(window);
  act(() => notify({ tone: "info", ...SHORT }));
  pass(60_000);
  expect(titles()).toEqual(["Exported"]);
  isWindowFocused = true;
  fireEvent.focus(window);
  pass(8000);
  expect(titles()).toEqual([]);
});

it("goes after one beside it was dismissed under the pointer", () => {
  render(<Notices />);
  act(() => {
    notify({ tone: "info", ...SHORT });
    notify({ tone: "error", title: "Not saved", text: "The disk is full." });
  });
  const error = screen.getByRole("alert");
  fireEvent.pointerMove(error);
  fireEvent.click(error.querySelector("[aria-label='Dismiss']") as Element);
  pass(8000);
  expect(titles()).toEqual([]);
});
