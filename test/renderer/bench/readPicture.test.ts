/** Pictures that are dropped or pasted, and what the net says to them. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { InspectedSample } from "../../../engine/protocol.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { setBench } from "../../../renderer/bench/benchStore.ts";
import { takeTransferred } from "../../../renderer/bench/readPicture.ts";

const sampleOf = (sampleShape: readonly number[], stores: "bytes" | "numbers") =>
  ({ sampleShape, stores }) as unknown as InspectedSample;

const transferOf = (name: string) =>
  ({ files: [new File(["x"], name, { type: "image/png" })] }) as unknown as DataTransfer;

const said = () => viewStore.getState().notices.map(({ title, text }) => `${title}: ${text}`);
const decode = vi.fn<(file: File) => Promise<never>>(() => Promise.reject(new Error("not decoded here")));

beforeEach(() => {
  decode.mockClear();
  vi.stubGlobal("createImageBitmap", decode);
  viewStore.setState({ notices: [] });
  setBench({ sample: null, problem: null });
});
afterEach(() => vi.unstubAllGlobals());

it("is refused before there is a net", () => {
  expect(takeTransferred(transferOf("digit.png"), false)).toBe(true);
  expect(said()).toEqual([expect.stringContaining("digit.png was not taken: There is no net to show it to yet")]);
});

it("waits for the first answer of a net that is there, and the last of several is taken", () => {
  takeTransferred(transferOf("first.png"), true);
  takeTransferred(transferOf("second.png"), true);
  setBench({ nodeId: "conv1" });
  expect(said()).toEqual([]);
  expect(decode).not.toHaveBeenCalled();
  setBench({ sample: sampleOf([1, 28, 28], "bytes") });
  setBench({ nodeId: null });
  expect(decode.mock.calls.map(([file]) => file.name)).toEqual(["second.png"]);
});

it("is refused by a net of rows, or with the reason why the net does not answer, when that is known", () => {
  takeTransferred(transferOf("digit.png"), true);
  setBench({ sample: sampleOf([4], "numbers") });
  expect(said()).toEqual(["digit.png was not taken: The net takes rows of 4 numbers, no pictures."]);
  setBench({ sample: null });
  takeTransferred(transferOf("other.png"), true);
  setBench({ problem: "The trainer has ended." });
  expect(said()).toContain("other.png was not taken: The trainer has ended.");
  expect(decode).not.toHaveBeenCalled();
});
