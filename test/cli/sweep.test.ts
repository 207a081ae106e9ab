/** A study on the command line: its runs are those of `train`, and killing it loses none that has finished. */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeMnistSlice } from "../support/mnistSlice.ts";
import { jsonLines, runCli, startCli } from "./runCli.ts";

let folder = "";
let study = "";
const writeStudy = (
  file: string,
  epochs: number,
  scales: readonly number[],
  normalization: readonly string[] = ["batch", "none"],
): string => {
  const path = join(folder, file);
  const dataset = { source: "idx", directory: join(folder, "digits") };
  const axes = [
    { vary: "initializerScale", values: scales },
    { vary: "normalization", values: normalization },
  ];
  const training = { epochs, batchSize: 50, learningRate: 0.1 };
  const limits = { trainSamples: 200, testSamples: 100 };
  const head = {
    format: "layerscope-study",
    version: 1,
    title: "Tiny",
    document: resolve("examples/mlp-bn.layerscope"),
  };
  writeFileSync(path, JSON.stringify({ ...head, dataset, ...limits, training, search: { by: "grid" }, axes }));
  return path;
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "layerscope-sweep-"));
  writeMnistSlice(join(folder, "digits"), 400, 200);
  study = writeStudy("tiny.study.json", 2, [100, 0.1]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const resultsIn = (out: string) => jsonLines(readFileSync(join(out, "results.jsonl"), "utf8"));
const recordOf = (out: string) => JSON.parse(readFileSync(join(out, "run.json"), "utf8"));

test("draws the figure of a study whose runs have ended before, and says beforehand what it cannot draw", async () => {
  const out = join(folder, "figured");
  const figure = join(folder, "tiny.svg");
  expect(await runCli(["sweep", study, "--out", out])).toMatchObject({ code: 0 });
  const again = await runCli(["sweep", study, "--out", out, "--figure", figure]);
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining(`figure in ${figure}`) });
  const svg = readFileSync(figure, "utf8");
  expect(svg).toContain("Tiny: accuracy against epoch, %");
  expect(svg).toContain("Tiny: best accuracy against initial std, %");
  expect(svg).toContain("diverged");
  const refused = await runCli(["sweep", study, "--out", join(folder, "none"), "--figure", join(folder, "tiny.png")]);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("does not end in .svg") });
  expect(existsSync(join(folder, "none"))).toBe(false);
  const nowhere = await runCli(["sweep", study, "--out", out, "--figure", join(folder, "nowhere", "tiny.svg")]);
  expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining("there is no folder") });
});

test("trains every run to the bits of train, keeps what each measured, and says which diverged", async () => {
  const out = join(folder, "whole");
  const outcome = await runCli(["sweep", study, "--out", out, "--json"]);
  expect(outcome).toMatchObject({ code: 0 });
  const events = jsonLines(outcome.stdout);
  expect(events[0]).toMatchObject({ event: "studyStarted", runs: 4, finishedBefore: 0 });
  expect(events.filter(({ event }) => event === "runStarted").length).toBe(4);
  expect(events.at(-1)).toMatchObject({ event: "studyFinished", finished: 4, runs: 4, failed: 0, stopped: false });
  const results = resultsIn(out);
  expect(results.map(({ id }) => id)).toEqual(["run-001", "run-002", "run-003", "run-004"]);
  expect(results[1]).toMatchObject({
    params: { initializerScale: 100, normalization: "none" },
    diverged: true,
    finalLoss: null,
    failure: expect.stringContaining("Loss is not finite since step"),
  });
  expect(results[2]).toMatchObject({ diverged: false, epochs: 2, params: { normalization: "batch" } });
  const single = join(folder, "single");
  const { code } = await runCli([
    ...["train", join(out, "runs/run-003/document.layerscope"), "--limit", "200", "--threads", "2", "--out", single],
  ]);
  expect(code).toBe(0);
  const swept = recordOf(join(out, "runs/run-003"));
  expect(swept).toMatchObject({ testCount: 100, trainCount: 200, threads: 1 });
  expect(swept.weightsHash).toBe(recordOf(single).weightsHash);

  const other = writeStudy("other.study.json", 3, [1]);
  expect(await runCli(["sweep", other, "--out", out])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("holds another study"),
  });
});

test("killed in the middle and begun again, it keeps what has finished", async () => {
  const out = join(folder, "killed");
  const long = writeStudy("long.study.json", 30, [0.3, 0.1, 0.03]);
  const call = ["sweep", long, "--out", out, "--jobs", "1", "--json"];
  const cli = startCli(call);
  await cli.printed('"id":"run-003"');
  cli.signal("SIGKILL");
  await cli.ended;
  const before = resultsIn(out);
  expect(before.length).toBeGreaterThanOrEqual(2);
  const file = join(out, "runs/run-001/run.json");
  const written = statSync(file).mtimeMs;
  const again = await runCli(call);
  expect(again.code).toBe(0);
  expect(jsonLines(again.stdout)[0]).toMatchObject({ event: "studyStarted" });
  expect(jsonLines(again.stdout).some(({ event, id }) => event === "runStarted" && id === "run-001")).toBe(false);
  expect(statSync(file).mtimeMs).toBe(written);
  expect(resultsIn(out).slice(0, before.length)).toEqual(before);
  expect(resultsIn(out).length).toBe(6);
});

test.for([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s stops cleanly, with exit code %i", async ([signal, code]) => {
  const out = join(folder, `stopped-${signal}`);
  const long = writeStudy("stopped.study.json", 2000, [0.3, 0.1]);
  const cli = startCli(["sweep", long, "--out", out, "--json"]);
  await cli.printed("runStarted");
  cli.signal(signal);
  const outcome = await cli.ended;
  expect(outcome.code).toBe(code);
  expect(jsonLines(outcome.stdout).at(-1)).toMatchObject({ event: "studyFinished", stopped: true, failed: 0 });
});

test("stopped in the middle of a run, that run goes on from there, to the bits of an uninterrupted one", async () => {
  // One run, so long that it is still under way when a busy machine notices its ninth epoch.
  const long = writeStudy("resumed.study.json", 150, [0.1], ["none"]);
  const whole = join(folder, "uninterrupted");
  expect((await runCli(["sweep", long, "--out", whole])).code).toBe(0);
  const out = join(folder, "resumed");
  const call = ["sweep", long, "--out", out, "--jobs", "1", "--json"];
  const cli = startCli(call);
  const metrics = join(out, "runs/run-001/metrics.jsonl");
  const numEpochs = () =>
    existsSync(metrics)
      ? readFileSync(metrics, "utf8")
          .split("\n")
          .filter((line) => line.startsWith('{"event":"epoch"')).length
      : 0;
  await expect.poll(numEpochs, { timeout: 60_000, interval: 10 }).toBeGreaterThan(8);
  cli.signal("SIGINT");
  expect((await cli.ended).code).toBe(130);
  const stopped = recordOf(join(out, "runs/run-001"));
  expect((await runCli(call)).code).toBe(0);
  const record = recordOf(join(out, "runs/run-001"));
  expect(record.outcome).toBe("finished");
  expect(stopped).toMatchObject({ outcome: "stopped", steps: expect.any(Number) });
  expect(record.resumes).toMatchObject([{ step: stopped.steps }]);
  const expected = recordOf(join(whole, "runs/run-001"));
  expect(record.lossesHash).toBe(expected.lossesHash);
  expect(record.weightsHash).toBe(expected.weightsHash);
  const epochsOf = (place: string) =>
    jsonLines(readFileSync(join(place, "runs/run-001/metrics.jsonl"), "utf8"))
      .filter(({ event }) => event === "epoch")
      .map(({ epoch, loss }) => ({ epoch, loss }));
  expect(epochsOf(out)).toEqual(epochsOf(whole));
});

/** Processes that train runs of the sweep. */
const workersOf = (sweep: number | undefined): readonly number[] =>
  readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        const [, parent] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
        return parent === String(sweep) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("sweep-worker");
      } catch {
        // It has ended meanwhile.
        return false;
      }
    })
    .map(Number);

const killWorker = (sweep: number | undefined): void => {
  const [worker] = workersOf(sweep);
  if (worker === undefined) throw new Error("No process trains.");
  process.kill(worker, "SIGKILL");
};

test("a process that is killed is replaced, and its run begun again", async () => {
  const out = join(folder, "replaced");
  const long = writeStudy("replaced.study.json", 40, [0.1]);
  const cli = startCli(["sweep", long, "--out", out, "--jobs", "1", "--json"]);
  await cli.printed('"id":"run-001"');
  killWorker(cli.pid);
  const outcome = await cli.ended;
  expect(outcome.code).toBe(0);
  expect(outcome.stderr).toContain("run-001: its process died; it is begun again.");
  expect(resultsIn(out).map(({ id }) => id)).toEqual(["run-001", "run-002"]);
});

test("where a run fails the others end, it is named with the reason, and the exit code is 1; called again, it is trained", async () => {
  const out = join(folder, "failing");
  const call = ["sweep", writeStudy("failing.study.json", 40, [0.1]), "--out", out, "--jobs", "1", "--json"];
  const cli = startCli(call);
  const begun = '{"event":"runStarted","id":"run-001","params":{"initializerScale":0.1,"normalization":"batch"}}\n';
  await cli.printed(begun);
  killWorker(cli.pid);
  await cli.printed(begun + begun);
  killWorker(cli.pid);
  const { code, stdout, stderr } = await cli.ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^run-001 ended without a result: .*SIGKILL/m);
  const events = jsonLines(stdout);
  const failed = events.filter(({ event }) => event === "runFailed");
  expect(failed).toMatchObject([{ id: "run-001", params: { normalization: "batch" } }]);
  expect(events.at(-1)).toMatchObject({ event: "studyFinished", finished: 1, runs: 2, failed: 1, stopped: false });
  expect(resultsIn(out).map(({ id }) => id)).toEqual(["run-002"]);
  expect((await runCli(call)).code).toBe(0);
  expect(resultsIn(out).map(({ id }) => id)).toEqual(["run-001", "run-002"]);
});

test.skipIf(process.platform === "win32")(
  "a disk that takes no more ends each run with the reason, and the sweep; with room again they go on",
  async () => {
    const out = join(folder, "full");
    const call = ["sweep", writeStudy("full.study.json", 40, [0.1]), "--out", out];
    // 12 kB hold the study and a run's document, not all of its steps.
    const shell = `ulimit -f 24; exec "$0" bin/layerscope.mjs "$@"`;
    const refused = spawnSync("sh", ["-c", shell, process.execPath, ...call], { encoding: "utf8", timeout: 60_000 });
    expect(refused).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^Finished: 0 of 2 runs/),
      stderr: expect.stringMatching(
        /^run-001 ended without a result: Its files cannot be written: it would be larger than the disk allows\.$/m,
      ),
    });
    expect((await runCli(call)).code).toBe(0);
    expect(resultsIn(out).map(({ id }) => id)).toEqual(["run-001", "run-002"]);
  },
);

test("where an event file is refused, before anything trains or later, one line says it", async () => {
  const call = ["sweep", study, "--out", join(folder, "events-refused"), "--tensorboard"];
  const inTheWay = join(folder, "not-a-folder");
  writeFileSync(inTheWay, "a file");
  expect(await runCli([...call, inTheWay])).toMatchObject({
    code: 2,
    stderr: `layerscope: --tensorboard ${inTheWay} is a file, not a folder.\n`,
  });
  const events = join(folder, "events");
  mkdirSync(events);
  writeFileSync(join(events, "run-001"), "a file");
  const { code, stderr } = await runCli([...call, events, "--jobs", "1"]);
  expect(code).toBe(2);
  expect(stderr.trimEnd().split("\n").at(-1)).toBe(
    `layerscope: --tensorboard ${join(events, "run-001")} is a file, not a folder.`,
  );
});

test("starts every run from a trained net, to the bits of train --from, and keeps the net with the study", async () => {
  const digits = join(folder, "digits");
  const first = join(folder, "pretrained");
  const graph = "examples/mlp-bn.layerscope";
  expect(
    await runCli([...["train", graph, "--dataset", digits, "--epochs", "2", "--batch", "50"], "--out", first]),
  ).toMatchObject({ code: 0 });
  const path = join(folder, "tuned.study.json");
  const head = { format: "layerscope-study", version: 1, title: "Fine-tuning", document: resolve(graph) };
  const plan = { dataset: { source: "idx", directory: digits }, training: { epochs: 1, batchSize: 50 } };
  const axes = [{ vary: "learningRate", values: [0.1, 0.001] }];
  const write = (more: object): void =>
    writeFileSync(path, JSON.stringify({ ...head, ...plan, search: { by: "grid" }, axes, ...more }));
  write({});
  const out = join(folder, "tuned");
  const outcome = await runCli(["sweep", path, "--from", first, "--out", out]);
  expect(outcome).toMatchObject({ code: 0 });
  expect(outcome.stderr).toContain("Starts from pretrained/model.model.json: all 11 layers with weights");
  expect(JSON.parse(readFileSync(join(out, "study.json"), "utf8")).from).toEqual({
    name: "pretrained/model.model.json",
  });
  expect(readFileSync(join(out, "start.model.json"), "utf8")).toBe(
    readFileSync(join(first, "model.model.json"), "utf8"),
  );
  const record = recordOf(join(out, "runs/run-002"));
  expect(record.from).toMatchObject({ weightsHash: recordOf(first).weightsHash, anew: [] });
  const single = join(folder, "tuned-single");
  const document = join(out, "runs/run-002/document.layerscope");
  expect(await runCli(["train", document, "--from", first, "--out", single])).toMatchObject({ code: 0 });
  expect(record.weightsHash).toBe(recordOf(single).weightsHash);
  // A small rate leaves the net what it was: far ahead of one that starts anew.
  const anew = join(folder, "tuned-anew");
  expect(await runCli(["sweep", path, "--out", anew])).toMatchObject({ code: 0 });
  const [, tuned] = resultsIn(out);
  const [, begun] = resultsIn(anew);
  expect(Number(tuned?.finalLoss)).toBeLessThan(Number(begun?.finalLoss) / 2);

  // The folder is one of that net only; the study itself names it from now on.
  const other = await runCli(["sweep", path, "--from", join(single, "model.model.json"), "--out", out]);
  expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining("holds another study") });
  const again = await runCli(["sweep", join(out, "study.json"), "--out", join(folder, "tuned-again")]);
  expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining("Starts from pretrained/model.model.json") });
  write({ from: { name: "gone.model.json" } });
  const gone = await runCli(["sweep", path, "--out", join(folder, "gone")]);
  expect(gone).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("starts from gone.model.json. Name that net"),
  });
  expect(await runCli(["sweep", path, "--from", "none", "--out", join(folder, "gone")])).toMatchObject({ code: 0 });
  write({ measure: "gradients" });
  const measured = await runCli(["sweep", path, "--from", first, "--out", join(folder, "gradients")]);
  expect(measured).toMatchObject({ code: 2, stderr: expect.stringContaining("weights that initializers draw") });
});
