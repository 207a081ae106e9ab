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
  await send({
    type: "downloadFound",
    requestId: 1,
    status: "incomplete",
    receivedBytes: 0,
    folder: null,
    missing: [],
  });
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
  await send({
    type: "downloadFound",
    requestId: 1,
    status: "impossible",
    receivedBytes: 0,
    folder: null,
    missing: [],
  });
  expect(text()).toContain("npx layerscope download fashion-mnist");
  expect(screen.queryByRole("button")).toBeNull();
});

it("says offline which files are looked for, where they are published and belong, and looks again", async () => {
  render(<DownloadPanel name="fashionMnist" dataset={{ source: "fashionMnist" }} />);
  const file = (name: string, bytes: number) => ({
    ...{ name, bytes, isArchive: false },
    urls: [`http://one.example/${name}`, `https://two.example/data/${name}`],
  });
  const missing = [file("train-images-idx3-ubyte.gz", 26_421_880), file("t10k-labels-idx1-ubyte.gz", 5148)];
  const found = { type: "downloadFound", requestId: 1, status: "incomplete", receivedBytes: 0 } as const;
  await send({ ...found, folder: "/home/ann/datasets/fashion-mnist", missing });
  const files = screen.getByRole("list", { name: "Files that are missing" });
  expect([...files.children].map((item) => item.textContent?.replaceAll("\u00a0", " "))).toEqual([
    "train-images-idx3-ubyte.gz 26.4 MB",
    "t10k-labels-idx1-ubyte.gz 5,148 bytes",
  ]);
  // Once, though each file is published there.
  expect(text()).toContain("Published at http://one.example/ and https://two.example/data/Put them into");
  expect(text()).toContain("into /home/ann/datasets/fashion-mnist and look again");

  fireEvent.click(button("Look again"));
  await send({ ...found, folder: "/home/ann/datasets/fashion-mnist", missing: missing.slice(1) });
  expect(screen.getByRole("status").textContent).toBe("It is not there.");
  expect(files.textContent).not.toContain("train-images");
  fireEvent.click(button("Look again"));
  await send({ ...found, status: "complete", folder: "/home/ann/datasets/fashion-mnist", missing: [] });
  expect(text()).toBe("Reading the samples");
});
