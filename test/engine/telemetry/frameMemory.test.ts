/** Frames in memory are the file that a folder would have. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { FrameFileWriter } from "../../../engine/host/nodeFrameFile.ts";
import { FrameMemory } from "../../../engine/telemetry/frameMemory.ts";

const folder = mkdtempSync(path.join(tmpdir(), "layerscope-frames-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Bytes of any content: neither looks into them. */
const frame = (step: number): ArrayBuffer => Uint8Array.from({ length: 20 + (step % 7) }, (_, at) => step + at).buffer;

it.each([0, 1, 2, 5, 8, 9, 16, 17, 63])("has the same bytes after %i frames, thinned alike", (count) => {
  for (const limits of [
    { frames: 8, bytes: 1e6 },
    { frames: 1000, bytes: 300 },
  ]) {
    const file = path.join(folder, `${count}-${limits.frames}.bin`);
    const writer = FrameFileWriter.create(file, ["a", "b"], limits);
    const memory = new FrameMemory(["a", "b"], limits);
    for (let step = 0; step < count; step += 1) {
      writer.add(frame(step));
      memory.add(frame(step));
    }
    writer.close();
    expect([...memory.file()]).toEqual([...readFileSync(file)]);
  }
});

it.each([1, 8, 9, 17, 40])("goes on after %i frames as if it had never stopped", (count) => {
  const limits = { frames: 8, bytes: 1e6 };
  const whole = new FrameMemory(["a"], limits);
  let parted = new FrameMemory(["a"], limits);
  for (let step = 0; step < 63; step += 1) {
    if (step === count) parted = FrameMemory.from(["a"], parted.kept(), limits);
    whole.add(frame(step));
    parted.add(frame(step));
  }
  expect([...parted.file()]).toEqual([...whole.file()]);
});
