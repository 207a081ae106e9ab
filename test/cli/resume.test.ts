/** `layerscope resume`: a run that was killed goes on to the bits of an uninterrupted one. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { checkpointSteps, readFrames } from "../../engine/host/nodeRunFolder.ts";
import { writeMnistSlice } from "../support/mnistSlice.ts";
import { jsonLines, runCli, startCli } from "./runCli.ts";

let folder = "";
let digits = "";
let whole = "";
/** Killed with two checkpoints, the newest after its first epoch. */
let killed = "";

const trainInto = (directory: string, threads: number): string[] => [
  ...["train", "examples/lenet-bn-max.layerscope", "--dataset", digits, "--batch", "32", "--epochs", "6"],
  ...["--optimizer", "adam", "--lr", "0.002", "--schedule", "cosine", "--seed", "3"],
  ...["--threads", String(threads), "--out", directory, "--checkpoint-seconds", "0.05", "--json"],
];

/** All lines but frames, which come by the clock, without the fields that are times. */
const linesOf = (directory: string) =>
  jsonLines(readFileSync(join(directory, "metrics.jsonl"), "utf8"))
    .filter(({ event }) => event !== "frame")
    .map(({ elapsedMs: _elapsed, samplesPerSecond: _rate, ...line }) => line);

const tensorsOf = (directory: string) => {
  const { weights, state } = JSON.parse(readFileSync(join(directory, "model.model.json"), "utf8"));
  return { weights, state };
};

const recordOf = (directory: string) => JSON.parse(readFileSync(join(directory, "run.json"), "utf8"));

/** The killed run once more, for a test to damage and resume. */
const copyOfKilled = (name: string): string => {
  const copy = join(folder, name);
  cpSync(killed, copy, { recursive: true });
  return copy;
};

const expectWhole = (directory: string): void => {
  expect(linesOf(directory)).toEqual(linesOf(whole));
  expect(tensorsOf(directory)).toEqual(tensorsOf(whole));
  const { lossesHash, weightsHash, bestTestAccuracy, outcome } = recordOf(whole);
  expect(recordOf(directory)).toMatchObject({ lossesHash, weightsHash, bestTestAccuracy, outcome });
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "layerscope-resume-"));
  digits = join(folder, "digits");
  whole = join(folder, "whole");
  killed = join(folder, "killed");
  writeMnistSlice(digits, 640, 100);
  const outcome = await runCli(trainInto(whole, 1));
  expect(outcome.stderr).toBe("");
  const running = startCli(trainInto(killed, 2));
  await running.printed('"event":"step","step":20,');
  await vi.waitFor(
    () => {
      const [newest = 0, ...older] = checkpointSteps(killed);
      if (newest <= 20 || older.length === 0) throw new Error(`Only the checkpoints of ${newest}, ${older} are there.`);
    },
    { timeout: 30_000, interval: 10 },
  );
  running.signal("SIGKILL");
  await running.ended;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("layerscope resume", () => {
  test("goes on to the very bits of the uninterrupted run, whatever the number of threads", async () => {
    expect(recordOf(killed)).toMatchObject({ outcome: "running", command: ["layerscope", ...trainInto(killed, 2)] });
    expect(existsSync(join(killed, "model.model.json"))).toBe(false);
    const directory = copyOfKilled("resumed");
    const outcome = await runCli(["resume", directory, "--threads", "1", "--json"]);
    expect(outcome).toMatchObject({ code: 0, stderr: "" });
    expectWhole(directory);
    const events = jsonLines(outcome.stdout);
    const { resumes, lossesHash } = recordOf(directory);
    expect(events[0]).toMatchObject({ event: "started", resumedStep: resumes[0].step });
    expect(resumes[0].step).toBeGreaterThanOrEqual(20);
    expect(events.at(-1)).toMatchObject({ event: "finished", steps: 120, lossesHash });
    expect(checkpointSteps(directory).length).toBe(2);
    // Frames of both parts, each once.
    const recorded = readFrames(directory);
    const frames = jsonLines(readFileSync(join(directory, "metrics.jsonl"), "utf8")).filter(
      ({ event }) => event === "frame",
    );
    const measured = recorded?.ok ? recorded.value.frames.map(({ step }) => step) : [];
    expect(measured).toEqual([...new Set(measured)].sort((a, b) => a - b));
    expect([measured[0], measured.at(-1)]).toEqual([1, 120]);
    expect(frames.map(({ step }) => step).filter((step) => !measured.includes(Number(step)))).toEqual([]);
  });

  test("keeps lines of metrics that were cut off by the kill from being counted twice or lost", async () => {
    const directory = copyOfKilled("cut");
    const file = join(directory, "metrics.jsonl");
    writeFileSync(file, `${readFileSync(file, "utf8")}{"event":"step","step":119,"lo`);
    expect((await runCli(["resume", directory, "--json"])).code).toBe(0);
    expectWhole(directory);
  });

  test("takes the older checkpoint where the newest is damaged, and says so", async () => {
    const directory = copyOfKilled("damaged");
    const [newest, older] = checkpointSteps(directory);
    const file = join(directory, "checkpoints", `step-${newest}.checkpoint`);
    const bytes = readFileSync(file);
    bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const outcome = await runCli(["resume", directory, "--json"]);
    expect(outcome.stderr).toContain(
      `The checkpoint of step ${newest} can't be used: its checksum does not fit its bytes.\nTraining goes on after step ${older}.\n`,
    );
    expectWhole(directory);
  });

  test("passes over folders that have the names of files", async () => {
    const directory = copyOfKilled("folders");
    const [newest = 0, older = 0] = checkpointSteps(directory);
    const file = join(directory, "checkpoints", `step-${newest}.checkpoint`);
    rmSync(file);
    mkdirSync(join(file, "inside"), { recursive: true });
    const resumed = await runCli(["resume", directory, "--json"]);
    expect(resumed.stderr).toMatch(
      new RegExp(`^The checkpoint of step ${newest} can't be used: .*\nTraining goes on after step ${older}\\.\n$`),
    );
    expect(resumed.code).toBe(0);
    expectWhole(directory);
    const metrics = copyOfKilled("metrics");
    rmSync(join(metrics, "metrics.jsonl"));
    mkdirSync(join(metrics, "metrics.jsonl"));
    const refused = await runCli(["resume", metrics]);
    expect(refused.code).toBe(2);
    expect(refused.stderr.split("\n").at(-2)).toMatch(/^layerscope: .*metrics\.jsonl: it is a folder\.$/);
  });

  test("begins anew without a checkpoint, and does not trust one whose metrics are gone", async () => {
    const directory = copyOfKilled("anew");
    truncateSync(join(directory, "metrics.jsonl"), 100);
    const outcome = await runCli(["resume", directory, "--json"]);
    expect(outcome.stderr).toMatch(/can't be used: metrics\.jsonl has 100 bytes, and had [\d,]+ when it was written/);
    expect(outcome.stderr).toContain("There is no checkpoint: training begins with the first step again.");
    expectWhole(directory);
  });

  test("goes on with a run that was stopped by Ctrl-C", async () => {
    const directory = join(folder, "stopped");
    const running = startCli(trainInto(directory, 1));
    await running.printed('"event":"epoch","epoch":1');
    running.signal("SIGINT");
    expect((await running.ended).code).toBe(130);
    expect(recordOf(directory).outcome).toBe("stopped");
    const stoppedAt = recordOf(directory).steps;
    expect((await runCli(["resume", directory, "--json"])).code).toBe(0);
    expect(recordOf(directory).resumes).toMatchObject([{ step: stoppedAt }]);
    expectWhole(directory);
  });

  test("refuses a finished run, a run on other samples, and what is no run", async () => {
    expect(await runCli(["resume", whole])).toMatchObject({
      code: 2,
      stderr: `layerscope: The run in ${whole} has finished: there is nothing left to train.\n`,
    });
    expect((await runCli(["resume", digits])).stderr).toBe(
      `layerscope: ${digits} is not a run folder: it has no run.json.\n`,
    );
    expect((await runCli(["resume", join(folder, "nothing")])).stderr).toContain("does not exist.");
    const inTheWay = copyOfKilled("in-the-way");
    const checkpoints = join(inTheWay, "checkpoints");
    rmSync(checkpoints, { recursive: true });
    writeFileSync(checkpoints, "a file");
    expect(await runCli(["resume", inTheWay])).toMatchObject({
      code: 2,
      stderr: `layerscope: ${checkpoints} is a file: it should be the folder of the run's checkpoints.\n`,
    });
    // Nothing was changed, and nobody else's list of runs breaks by it.
    expect(readFileSync(checkpoints, "utf8")).toBe("a file");
    expect(checkpointSteps(inTheWay)).toEqual([]);
    const directory = copyOfKilled("others");
    const aside = join(folder, "aside");
    cpSync(digits, aside, { recursive: true });
    writeMnistSlice(digits, 640, 101);
    const outcome = await runCli(["resume", directory]);
    rmSync(digits, { recursive: true });
    cpSync(aside, digits, { recursive: true });
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain("640 training and 100 test samples");
    // What it had can still go on.
    expect((await runCli(["resume", directory, "--json"])).code).toBe(0);
    expectWhole(directory);
  });
});

test("a folder that a command writes to is refused to others until it ends, however it does", async () => {
  const directory = join(folder, "claimed");
  const running = startCli(trainInto(directory, 1).map((word) => (word === "6" ? "4000" : word)));
  await running.printed('"event":"step"');
  const line = `layerscope: Another command is writing to ${directory}. Wait for its end, stop it, or use another folder.\n`;
  for (const args of [["resume", directory], trainInto(directory, 1).slice(0, -1)]) {
    expect(await runCli(args)).toEqual({ code: 2, stdout: "", stderr: line });
  }
  running.signal("SIGKILL");
  await running.ended;
  const again = startCli(["resume", directory, "--json"]);
  await again.printed('"event":"step"');
  again.signal("SIGINT");
  expect((await again.ended).code).toBe(130);
});

test("a record of another version, or with a time that is none, is said to be so", async () => {
  const changed = async (from: string, to: string) => {
    const copy = copyOfKilled(to.replaceAll(/\W/g, ""));
    const file = join(copy, "run.json");
    writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
    const { code, stderr } = await runCli(["tensorboard", copy, "--out", join(folder, "events")]);
    return { code, stderr: stderr.replace(file, "FILE") };
  };
  const { startedAt } = recordOf(killed);
  expect([
    await changed('"version": 1', '"version": 9'),
    await changed(startedAt, "yesterday"),
    await changed('"format"', 'format"'),
  ]).toEqual([
    { code: 2, stderr: "layerscope: FILE has version 9; this Layerscope reads up to 1. Use a newer one.\n" },
    {
      code: 2,
      stderr: 'layerscope: FILE is not the record of a run: startedAt is "yesterday", expected a date and time.\n',
    },
    { code: 2, stderr: "layerscope: FILE: The file is not JSON. It breaks at line 2, column 3.\n" },
  ]);
});

test("eval shows the hashes of a run's losses and weights", async () => {
  const outcome = await runCli(["eval", whole, "--json"]);
  const { lossesHash, weightsHash } = recordOf(whole);
  expect(jsonLines(outcome.stdout)[0]).toMatchObject({ event: "evaluated", lossesHash, weightsHash });
  const text = await runCli(["eval", join(whole, "model.model.json")]);
  expect(text.stdout).toContain(weightsHash);
});
