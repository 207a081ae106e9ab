/** What `train` prints, for people: numbers and their units, and which of them stand for the run. */
import { afterEach, beforeEach, describe, expect, it, type MockInstance, test, vi } from "vitest";
import { count, duration, megabytes, percent, scoreText } from "../../cli/formats.ts";
import { ProgressBar } from "../../cli/progressBar.ts";
import { TrainReport } from "../../cli/trainReport.ts";
import { compile, newDocument } from "../../engine/index.ts";
import type { TrainEvent } from "../../engine/protocol.ts";

type EventOf<T extends TrainEvent["type"]> = Extract<TrainEvent, { type: T }>;

test("numbers for people", () => {
  expect([0, 1311.6, 1e6].map(count)).toEqual(["0", "1,312", "1,000,000"]);
  expect([0, 0.98314, 1].map(percent)).toEqual(["0.00 %", "98.31 %", "100.00 %"]);
  expect([-1, 0, 19.4, 59.6, 60, 3599.4, 3600, 3727, 360_000].map(duration)).toEqual([
    ...["0:00", "0:00", "0:19", "1:00", "1:00", "59:59", "1:00:00", "1:02:07", "100:00:00"],
  ]);
  expect([999, 999_000, 1e6, 113_400_000].map(megabytes)).toEqual(["1 kB", "999 kB", "1 MB", "113 MB"]);
  expect([scoreText(0.5, null), scoreText(null, 0.93124), scoreText(null, null)]).toEqual([
    ...["accuracy 50.00 %", "R² 0.9312", "R² –"],
  ]);
});

const startedOf = (hasTargets: boolean): EventOf<"started"> => ({
  ...{ type: "started", protocol: 1, totalSteps: 12, stepsPerEpoch: 5, epochs: 3, batchSize: 32, trainCount: 150 },
  ...{ testCount: 70, threads: 2, build: "simd", memoryBytes: 2e6, datasetName: "blobs", classNames: [], nodeIds: [] },
  ...(hasTargets ? { hasTargets } : {}),
});

describe("the report of a run", () => {
  let output: MockInstance<typeof process.stdout.write>;
  beforeEach(() => {
    output = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  });
  afterEach(() => output.mockRestore());

  const linesOf = (events: readonly TrainEvent[]): readonly string[] => {
    const document = newDocument();
    const compiled = compile(document, { dataset: null });
    const report = new TrainReport({ json: false, document, path: "net.layerscope", compiled, directory: null });
    for (const event of events) report.receive(event);
    const run = { samplesPerSecond: 100.4, modelBytes: () => null };
    report.finish({ run, startedAt: "", endedAt: "", command: [] });
    return output.mock.calls
      .map(([text]) => String(text))
      .join("")
      .split("\n");
  };
  const finished: EventOf<"finished"> = {
    ...{ type: "finished", step: 12, stopped: false, elapsedMs: 61_000, lossesHash: "l0", weightsHash: "w0" },
  };
  const epochOf = (epoch: number, step: number, score: number, hasTargets: boolean): EventOf<"epoch"> => ({
    ...{ type: "epoch", epoch, step, loss: 0.25, testLoss: 0.0625, elapsedMs: 1000 * step, samplesPerSecond: 1234 },
    ...(hasTargets
      ? { trainAccuracy: null, testAccuracy: null, trainR2: 0.5, testR2: score }
      : { trainAccuracy: 0.5, testAccuracy: score }),
  });

  it("tells the best epoch beside the last, and where one was cut short", () => {
    const scores = [0.9, 0.95, 0.93];
    const epochs = scores.map((score, at) => epochOf(at + 1, Math.min(5 * (at + 1), 12), score, false));
    const lines = linesOf([startedOf(false), ...epochs, finished]);
    expect(lines.filter((line) => line.startsWith("Epoch"))).toEqual([
      "Epoch 1 of 3: loss 0.2500, train accuracy 50.00 %, test accuracy 90.00 %, 1,234 samples/s, 0:05 elapsed",
      "Epoch 2 of 3: loss 0.2500, train accuracy 50.00 %, test accuracy 95.00 %, 1,234 samples/s, 0:10 elapsed",
      "Epoch 3 of 3 (to step 12): loss 0.2500, train accuracy 50.00 %, test accuracy 93.00 %, 1,234 samples/s, 0:12 elapsed",
    ]);
    expect(lines.find((line) => line.startsWith("Finished"))).toMatch(
      /^Finished after 12 steps in 1:01, test accuracy 93\.00 %, best 95\.00 %, 100 samples\/s, peak memory \d+ MB$/,
    );
    expect(lines).toContain("SHA-256 of losses   l0");
    expect(lines).toContain("SHA-256 of weights  w0");
  });

  it("of targets tells R² and the root of the test loss, and which epoch's weights it ends with", () => {
    const earlyStop = { metric: "testLoss", bestEpoch: 1, bestStep: 5, restored: true } as const;
    const lines = linesOf([
      startedOf(true),
      epochOf(1, 5, 0.5, true),
      epochOf(2, 10, -0.25, true),
      { ...finished, step: 10, stopped: true, earlyStop },
    ]);
    expect(lines.filter((line) => line.startsWith("Epoch 2"))).toEqual([
      "Epoch 2 of 3: loss 0.2500, train R² 0.5000, test R² -0.2500, test RMSE 0.2500, 1,234 samples/s, 0:10 elapsed",
    ]);
    expect(lines).toContain("Best testLoss in epoch 1; the weights are those of that epoch");
    expect(lines.find((line) => line.startsWith("Stopped"))).toMatch(
      /^Stopped after 10 steps in 1:01, test R² -0\.2500, best 0\.5000, /,
    );
  });
});

test("the bar of a run takes as many of its parts as the terminal has room for", () => {
  const frame: EventOf<"frame"> = {
    ...{ type: "frame", sequence: 1, step: 9, epoch: 2, samplesPerSecond: 1234.4, secondsLeft: 61, dropped: 0 },
    ...{ statisticsShare: 0, steps: new ArrayBuffer(0), frame: new ArrayBuffer(0) },
  };
  const drawn = (columns: number, hasTargets = false): string => {
    const write = vi.fn((_text: string) => true);
    const bar = new ProgressBar({ columns, write }, startedOf(hasTargets));
    bar.update(frame, 0.12345, 0.9);
    return String(write.mock.calls[0]?.[0]);
  };
  const start = "\r\x1b[2KEpoch 2 of 3, step 9 of 12, 1:01 left";
  expect(drawn(200)).toBe(`${start}  loss 0.123  ━━━━━━━━━━━━────  accuracy 90.00 %  1,234 samples/s`);
  expect(drawn(200, true)).toBe(`${start}  loss 0.123  ━━━━━━━━━━━━────  R² 0.9000  1,234 samples/s`);
  expect(drawn(60)).toBe(`${start}  loss 0.123`);
  // A full line would break.
  const whole = drawn(200).length - "\r\x1b[2K".length;
  expect(drawn(whole + 1)).toBe(drawn(200));
  expect(drawn(whole)).not.toBe(drawn(200));
});
