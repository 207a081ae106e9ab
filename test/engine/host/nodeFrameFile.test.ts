/** The file of frames that a run writes: bounded, whole up to where its writer was killed, and the same frames as the page keeps. */
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FrameFileWriter, readFrameFile } from "../../../engine/host/nodeFrameFile.ts";
import type { RecordedFrames } from "../../../engine/telemetry/frameFile.ts";
import { encodeFrame } from "../../../engine/telemetry/frameLayout.ts";
import { RunRecorder } from "../../../renderer/run/runRecorder.ts";
import { frameEvent, statisticsAt } from "../../renderer/run/events.ts";

const nodeIds = ["input", "conv1", "bn1"];

const frameOf = (step: number): ArrayBuffer =>
  encodeFrame({ step, nodes: nodeIds.map((nodeId) => statisticsAt(nodeId, step)), samples: null });

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "frames-"));
  path = join(folder, "frames.bin");
});
afterEach(() => rmSync(folder, { recursive: true }));

const read = (): RecordedFrames => {
  const recorded = readFrameFile(path);
  if (recorded === null || !recorded.ok) throw new Error(recorded === null ? "no file" : recorded.error);
  return recorded.value;
};

const stepsOf = ({ frames }: RecordedFrames): number[] => frames.map(({ step }) => step);

const write = (writer: FrameFileWriter, first: number, last: number): void => {
  for (let step = first; step <= last; step++) writer.add(frameOf(step));
};

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

describe("the file of frames", () => {
  test("gives back every frame as it was written, with the nodes they are of", () => {
    const writer = FrameFileWriter.create(path, nodeIds);
    write(writer, 1, 12);
    writer.close();
    const recorded = read();
    expect(recorded.nodeIds).toEqual(nodeIds);
    expect(recorded.cutBytes).toBe(0);
    expect(recorded.frames.map(({ step, nodes }) => ({ step, nodes }))).toEqual(
      upTo(12).map((step) => ({ step, nodes: nodeIds.map((nodeId) => statisticsAt(nodeId, step)) })),
    );
  });

  test("cut anywhere by a kill it gives all whole frames, and says how much is left over", () => {
    const writer = FrameFileWriter.create(path, nodeIds);
    write(writer, 1, 6);
    writer.close();
    const whole = readFileSync(path);
    const record = frameOf(1).byteLength + 4;
    const head = whole.length - 6 * record;
    for (let length = head; length <= whole.length; length += 13) {
      writeFileSync(path, whole.subarray(0, length));
      const recorded = read();
      expect(stepsOf(recorded)).toEqual(upTo(Math.floor((length - head) / record)));
      expect(recorded.cutBytes).toBe((length - head) % record);
    }
    writeFileSync(path, whole.subarray(0, head - 1));
    expect(readFrameFile(path)).toMatchObject({
      ok: false,
      error: expect.stringContaining("in the middle of its head"),
    });
  });

  test("zeros at the end, or bytes of another frame, are no frames", () => {
    const writer = FrameFileWriter.create(path, nodeIds);
    write(writer, 1, 3);
    writer.close();
    const whole = readFileSync(path);
    writeFileSync(path, Buffer.concat([whole, Buffer.alloc(5000)]));
    expect(stepsOf(read())).toEqual([1, 2, 3]);
    expect(read().cutBytes).toBe(5000);
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, whole.length - 700, whole.length - 600);
    writeFileSync(path, damaged);
    expect(stepsOf(read())).toEqual([1, 2]);
  });

  test("keeps the frames that the page keeps, however many come", () => {
    const writer = FrameFileWriter.create(path, nodeIds);
    const page = new RunRecorder(nodeIds);
    for (let step = 1; step <= 5001; step++) {
      const event = frameEvent(step, nodeIds);
      writer.add(event.frame);
      expect(page.addFrame(event)).toBe(null);
      if (step % 500 === 1 || step === 2049 || step === 2050 || step === 4097) {
        expect(stepsOf(read()), `after ${step}`).toEqual(page.frames.map((frame) => frame.step));
      }
    }
    writer.close();
    expect(read().frames.length).toBeLessThanOrEqual(2048);
  });

  test("never grows beyond its limit, and still holds the whole run and its newest frame", () => {
    const bytes = 40_000;
    const writer = FrameFileWriter.create(path, nodeIds, { frames: 1_000_000, bytes });
    for (let step = 1; step <= 900; step++) {
      writer.add(frameOf(step));
      expect(statSync(path).size).toBeLessThanOrEqual(bytes);
    }
    writer.close();
    const steps = stepsOf(read());
    expect([steps[0], steps.at(-1)]).toEqual([1, 900]);
    // Equally far apart but for the newest.
    const distances = new Set(steps.slice(1, -1).map((step, index) => step - (steps[index] ?? 0)));
    expect(distances.size).toBe(1);
  });

  test("a newest frame that is replaced by a smaller one leaves no bytes behind", () => {
    // Statistics of a node may be turned off while the run goes.
    const small = (step: number): ArrayBuffer =>
      encodeFrame({ step, nodes: [statisticsAt("conv1", step)], samples: null }, nodeIds);
    const writer = FrameFileWriter.create(path, nodeIds, { frames: 4, bytes: 1e9 });
    for (let step = 1; step <= 40; step++) {
      writer.add(step % 3 === 0 ? frameOf(step) : small(step));
      const { frames, cutBytes } = read();
      expect([frames.at(-1)?.step, cutBytes]).toEqual([step, 0]);
    }
    writer.close();
  });

  test("a run that goes on drops the frames after its checkpoint and appends", () => {
    const writer = FrameFileWriter.create(path, nodeIds);
    write(writer, 1, 9);
    writer.close();
    truncateSync(path, statSync(path).size - 7);
    const resumed = FrameFileWriter.resume(path, nodeIds, 5);
    expect(stepsOf(read())).toEqual([1, 2, 3, 4, 5]);
    write(resumed, 6, 11);
    resumed.close();
    expect(stepsOf(read())).toEqual(upTo(11));
    expect(read().cutBytes).toBe(0);
    // Before the first frame, too.
    const anew = FrameFileWriter.resume(path, nodeIds, 0);
    write(anew, 1, 2);
    anew.close();
    expect(stepsOf(read())).toEqual([1, 2]);
  });

  test("a run that goes on thins as it did before", () => {
    const limits = { frames: 8, bytes: 1e9 };
    const writer = FrameFileWriter.create(path, nodeIds, limits);
    write(writer, 1, 29);
    writer.close();
    const resumed = FrameFileWriter.resume(path, nodeIds, 29, limits);
    write(resumed, 30, 60);
    resumed.close();
    const uninterrupted = join(folder, "uninterrupted.bin");
    const other = FrameFileWriter.create(uninterrupted, nodeIds, limits);
    write(other, 1, 60);
    other.close();
    expect(readFileSync(path)).toEqual(readFileSync(uninterrupted));
  });

  test("of another net, damaged at its head, or not there, it begins anew", () => {
    const writer = FrameFileWriter.create(path, nodeIds);
    write(writer, 1, 3);
    writer.close();
    const other = FrameFileWriter.resume(path, ["input", "fc1"], 3);
    other.close();
    expect(read()).toEqual({ nodeIds: ["input", "fc1"], stride: 1, frames: [], cutBytes: 0 });
    const file = openSync(path, "r+");
    writeSync(file, Buffer.from("oh"), 0, 2, 0);
    closeSync(file);
    expect(readFrameFile(path)).toMatchObject({ ok: false, error: expect.stringContaining("holds no frames") });
    FrameFileWriter.resume(path, nodeIds, 3).close();
    expect(read().frames).toEqual([]);
    expect(readFrameFile(join(folder, "none.bin"))).toBe(null);
  });
});
