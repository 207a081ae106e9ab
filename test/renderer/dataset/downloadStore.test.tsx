import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { TrainEvent } from "../../../engine/protocol.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { DownloadPanel } from "../../../renderer/dataset/DownloadPanel.tsx";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";

let shell: FakeShell;
beforeEach(() => {
  shell = createFakeShell();
  setShell(shell);
});
afterEach(cleanup);

/** From the trainer that was started last. */
const send = (event: TrainEvent): Promise<void> => act(async () => shell.trainers.at(-1)?.listener.onEvent(event));
const button = (name: string): HTMLElement => screen.getByRole("button", { name });
const text = (): string => (document.body.textContent ?? "").replaceAll("\u00a0", " ");
const lastRequest = () => shell.trainers.at(-1)?.requests[0];

it("offers a dataset, shows how far it is, stops, goes on, fails, and is done", async () => {
  render(<DownloadPanel name="cifar10" dataset={{ source: "cifar10", directory: null }} />);
  expect(lastRequest()).toMatchObject({ type: "findDownload", dataset: "cifar10" });
  await send({ type: "downloadFound", requestId: 1, status: "incomplete", receivedBytes: 0 });
  expect(text()).toContain("CIFAR-10 is not on this computer yet.");

  fireEvent.click(button("Download CIFAR-10"));
  expect(lastRequest()).toMatchObject({ type: "downloadDataset", dataset: "cifar10" });
  expect(text()).toContain("Connecting");
  await send({ type: "downloadProgressed", receivedBytes: 42_500_000, totalBytes: 170_000_000 });
  expect(text()).toContain("42.5 MB of 170 MB");
  expect(screen.getByRole("progressbar").getAttribute("value")).toBe("42500000");

  fireEvent.click(button("Stop"));
  expect(shell.trainers.at(-1)?.killed).toBe(true);
  expect(text()).toContain("42.5 MB are here already.");

  fireEvent.click(button("Go on"));
  await send({ type: "downloadEnded", requestId: 1, problem: "This computer seems to be offline." });
  expect(screen.getByRole("alert").textContent).toBe("This computer seems to be offline.");

  fireEvent.click(button("Try again"));
  await send({ type: "downloadProgressed", receivedBytes: 170_000_000, totalBytes: 170_000_000 });
  expect(text()).toContain("Checking the files");
  await send({ type: "downloadEnded", requestId: 1, problem: null });
  expect(screen.queryByRole("button")).toBeNull();
  expect(text()).toBe("Reading the samples");
});

it("says what to do where nothing can be downloaded", async () => {
  render(<DownloadPanel name="fashionMnist" dataset={{ source: "fashionMnist" }} />);
  await send({ type: "downloadFound", requestId: 1, status: "impossible", receivedBytes: 0 });
  expect(text()).toContain("npx layerscope download fashion-mnist");
  expect(screen.queryByRole("button")).toBeNull();
});
