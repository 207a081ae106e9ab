import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { factsOf, limitTraining } from "../engine/data/dataset.ts";
import { expandStudy } from "../engine/experiments/expandStudy.ts";
import { parseStudy, type Study } from "../engine/experiments/study.ts";
import { StudyCrew, type StudyWorker, type StudyWorkerListener } from "../engine/experiments/studyCrew.ts";
import { StudyQueue, waitingRun } from "../engine/experiments/studyQueue.ts";
import type { StudyResult } from "../engine/experiments/studyResult.ts";
import type { StudyRunStatus } from "../engine/experiments/studyStatus.ts";
import { type StudyEvent, studyEventSchema } from "../engine/experiments/studyTask.ts";
import { createNodeHost } from "../engine/host/node.ts";
import { NET_FILE, StudyFolder } from "../engine/host/nodeStudyFolder.ts";
import {
  compile,
  counted,
  describeParseError,
  type LayerscopeDocument,
  MAX_DOCUMENT_BYTES,
  type Model,
  mapDatasetPaths,
  parse,
  serialize,
} from "../engine/index.ts";
import { startingWeights } from "../engine/train/startingNet.ts";
import type { Arguments } from "./arguments.ts";
import { readDocument, readTextFile } from "./documentFile.ts";
import { writeEventFile } from "./eventFile.ts";
import { claimFolder } from "./folderClaim.ts";
import { duration } from "./formats.ts";
import type { Installation } from "./installation.ts";
import { makeOptionFolder } from "./namedPlaces.ts";
import { writeError, writeJson, writeLine } from "./output.ts";
import { readNetFile, type StartingFile, startLines } from "./startOption.ts";
import { checkFigureFile, writeFigureFile } from "./studyFigureFile.ts";
import { UsageError } from "./usageError.ts";

const readStudy = (path: string): { readonly study: Study; readonly document: LayerscopeDocument } => {
  const parsed = parseStudy(readTextFile(path, MAX_DOCUMENT_BYTES));
  if (!parsed.ok) throw new UsageError(`${path}: ${parsed.error}`);
  const study = parsed.value;
  const inFolder = (file: string): string => resolve(dirname(path), file);
  const dataset = study.dataset === undefined ? {} : { dataset: mapDatasetPaths(study.dataset, inFolder) };
  if (typeof study.document === "string") {
    return { study: { ...study, ...dataset }, document: readDocument(inFolder(study.document)) };
  }
  const inline = parse(JSON.stringify(study.document));
  if (!inline.ok) throw new UsageError(`${path}: document: ${describeParseError(inline.error)}`);
  const document = { ...inline.value, dataset: mapDatasetPaths(inline.value.dataset, inFolder) };
  return { study: { ...study, ...dataset }, document };
};

/**
 * The trained net that the runs start from: what `--from` names, or the one that the study names, where it lies beside it. null: initializers.
 */
const startOfStudy = (
  path: string,
  { from, measure }: Study,
  asked: string | undefined,
): (StartingFile["request"] & { readonly model: Model }) | null => {
  if (asked === "none" || (asked === undefined && from === undefined)) return null;
  if (measure === "gradients") {
    throw new UsageError("--from: a study of gradients checks them with weights that initializers draw.");
  }
  if (asked !== undefined) {
    const { text, model, name } = readNetFile(asked);
    return { name, text, model };
  }
  const beside = [NET_FILE, from?.name ?? ""].map((name) => join(dirname(path), name)).find((file) => existsSync(file));
  if (beside === undefined) {
    throw new UsageError(
      `${path} starts from ${from?.name}. Name that net with --from, or start anew with --from none.`,
    );
  }
  const { text, model } = readNetFile(beside);
  return { name: from?.name ?? "", text, model };
};

/** The study with all that it depends on; a folder holds one only. */
const claimStudy = async (
  folder: StudyFolder,
  study: Study,
  document: LayerscopeDocument,
  net: string | null,
): Promise<void> => {
  makeOptionFolder("out", folder.path);
  await claimFolder(folder.path);
  const frozen = { ...study, document: JSON.parse(serialize(document)) };
  const problem = folder.claim(`${JSON.stringify(frozen, null, 2)}\n`, net);
  if (problem !== null) throw new UsageError(`--out ${folder.path} ${problem} Name a new or empty folder.`);
};

/** A process that trains runs; its last words are the reason where it dies. */
const startWorker =
  ({ commandFile }: Installation) =>
  ({ onEvent, onExit }: StudyWorkerListener): StudyWorker => {
    const child = fork(commandFile, ["sweep-worker"], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    let complaints = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      complaints = (complaints + text).slice(-4000);
    });
    child.on("message", (message) => onEvent(studyEventSchema.parse(message)));
    child.on("error", ({ message }) => onExit(`Its process did not start: ${message}.`));
    child.on("close", (code, signal) =>
      onExit(`Its process ended ${signal === null ? `with code ${code}` : `by ${signal}`}. ${complaints}`.trim()),
    );
    return {
      // One that has just died cannot be told; it is missed when its exit is.
      post: (request) => void child.send(request, () => undefined),
      end: () => {
        // It ends by itself once nobody talks to it.
        if (child.connected) child.disconnect();
      },
    };
  };

const rateText = (rate: number | null): string => (rate === null ? "nowhere" : `at ${Number(rate.toPrecision(2))}`);

/** How a run has ended, in a few words. */
const endText = ({ diverged, failure, finalLoss, gradients, learningRateRange }: StudyResult): string => {
  if (gradients !== undefined) {
    const bad = gradients.filter(({ verdict }) => verdict !== "agrees");
    const worst = Math.max(...gradients.map(({ relativeError }) => relativeError ?? Number.POSITIVE_INFINITY));
    const verdict =
      bad.length === 0 ? "all gradients agree" : `not proven: ${bad.map(({ nodeId }) => nodeId).join(", ")}`;
    return `${verdict}, worst relative error ${worst.toExponential(1)}`;
  }
  if (learningRateRange !== undefined) {
    const { steepestRate, lowestRate, divergedRate } = learningRateRange;
    return `loss falls fastest ${rateText(steepestRate)}, is lowest ${rateText(lowestRate)}, grows without end ${rateText(divergedRate)}`;
  }
  return diverged ? `diverged: ${failure}` : `loss ${finalLoss?.toFixed(4)}`;
};

export const runSweep = async (
  args: Arguments,
  argv: readonly string[],
  installation: Installation,
): Promise<number> => {
  const [path = ""] = args.operands;
  const out = args.text("out");
  if (out === undefined) throw new UsageError("sweep needs --out DIR.");
  const host = createNodeHost(installation);
  const jobs = Math.min(args.integer("jobs", 1, 256) ?? host.numCores, host.numCores);
  const { study: asked, document } = readStudy(path);
  const net = startOfStudy(path, asked, args.text("from"));
  const { from: _, ...anew } = asked;
  const study: Study = net === null ? anew : { ...asked, from: { name: net.name } };
  const tensorboard = args.text("tensorboard");
  const figure = args.text("figure");
  if (figure !== undefined) checkFigureFile(figure, study);
  const expanded = expandStudy(study, document);
  if (!expanded.ok) throw new UsageError(`${path}: ${expanded.error}`);
  const runs = expanded.value;
  const trainSamples = study.trainSamples ?? null;
  const testSamples = study.testSamples ?? null;
  const folder = new StudyFolder(out);
  /** What runs take of the net, each way once. */
  const starts: (readonly string[])[] = [];
  const crew = new StudyCrew({ size: jobs, now: host.now, startWorker: startWorker(installation) });
  // Its workers read the samples while they are read here. Of one begun before, who knows what is left to do?
  if (folder.readText() === null && study.measure !== "gradients") {
    const text = serialize(runs[0]?.document ?? document);
    crew.prepare(runs.length, { type: "prepare", document: text, testSamples });
  }
  try {
    const dataset = await host.loadDataset(study.dataset ?? document.dataset);
    if (!dataset.ok) throw new UsageError(dataset.error.message);
    const facts = factsOf(trainSamples === null ? dataset.value : limitTraining(dataset.value, trainSamples));
    for (const { id, assignment, document: run } of runs) {
      const { program, diagnostics } = compile(run, { dataset: facts, numCores: host.numCores });
      const problem = diagnostics.find(({ severity }) => severity === "error")?.message ?? "it does not compile.";
      if (program === null) throw new UsageError(`${id}, ${JSON.stringify(assignment)}: ${problem}`);
      if (net === null) continue;
      const weights = await startingWeights(program, net, host);
      if (!weights.ok) throw new UsageError(`${id}, ${JSON.stringify(assignment)}: ${weights.error}`);
      const lines = startLines({ request: net, fit: weights.value.fit });
      if (!starts.some((told) => told.join() === lines.join())) starts.push(lines);
    }
    await claimStudy(folder, study, document, net?.text ?? null);
    if (tensorboard !== undefined) makeOptionFolder("tensorboard", tensorboard);
  } catch (error) {
    crew.end();
    throw error;
  }

  const json = args.has("json");
  const results = new Map<string, StudyResult>();
  for (const { id, assignment } of runs) {
    const found = folder.readResult(id, assignment);
    if (found !== null) results.set(id, found);
  }
  const writeResults = (): void => folder.writeResults(runs.flatMap(({ id }) => results.get(id) ?? []));
  const numBefore = results.size;
  const begun = host.now();
  if (json)
    writeJson({ event: "studyStarted", title: study.title, runs: runs.length, finishedBefore: numBefore, jobs });
  for (const line of starts.flat()) writeError(line);
  writeError(`${counted(runs.length, "run")}, ${numBefore} finished before, ${jobs} at a time`);

  const documents = new Map(runs.map((run) => [run.id, run.document]));
  const queue = new StudyQueue(
    runs.filter(({ id }) => !results.has(id)).map(({ id, assignment }) => waitingRun(id, assignment)),
  );
  /** The exit code of the signal that stopped it. */
  let stopping: 130 | 143 | null = null;
  const stopWith = (code: 130 | 143) => (): void => {
    queue.pause();
    // Who asks twice wants no last words.
    if (stopping !== null) crew.end();
    else crew.stop();
    stopping ??= code;
  };
  const onInterrupt = stopWith(130);
  const onTerminate = stopWith(143);
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onTerminate);

  const runEnded = ({ id, params, state, failure }: StudyRunStatus): void => {
    const result = folder.readResult(id, params);
    if (result === null) {
      if (state === "failed") {
        writeError(`${id} ended without a result: ${failure}`);
        if (json) writeJson({ event: "runFailed", id, params, failure });
      }
      return;
    }
    results.set(id, result);
    writeResults();
    if (tensorboard !== undefined) writeEventFile(folder.runPath(id), join(tensorboard, id), "tensorboard");
    if (json) writeJson({ event: "runFinished", ...result });
    const left = queue.secondsLeft(jobs, host.now()) ?? 0;
    writeError(
      `${results.size} of ${runs.length}, ${duration(left)} left: ${id} ${JSON.stringify(params)}, ${endText(result)}`,
    );
  };

  const tell = (run: StudyRunStatus, event: StudyEvent | null): void => {
    if (event === null && run.state === "running") {
      if (json) writeJson({ event: "runStarted", id: run.id, params: run.params });
    } else if (event === null && run.state === "waiting") {
      writeError(`${run.id}: its process died; it is begun again.`);
    } else if (run.state !== "running") runEnded(run);
  };

  await new Promise<void>((ended, refused) => {
    let numUntold = 0;
    let isRefused = false;
    const endIfDone = (): void => {
      if (queue.count("running") === 0 && !queue.hasWork && numUntold === 0) ended();
    };
    crew.add({
      queue,
      taskOf: ({ id }) => ({
        ...{ type: "train", runId: id, place: folder.runPath(id), title: study.title },
        document: serialize(documents.get(id) ?? document),
        ...{ trainSamples, testSamples },
        ...{ frames: args.has("statistics") ? "many" : "none", command: ["layerscope", ...argv] },
        ...(study.measure === undefined ? {} : { measure: study.measure }),
        ...(net === null ? {} : { from: { name: net.name, place: folder.netPath } }),
      }),
      onChanged(runId, event) {
        const run = queue.run(runId);
        if (run === null) return;
        // The process that is free gets its next run before the files of this one are read.
        numUntold += 1;
        setImmediate(() => {
          numUntold -= 1;
          if (isRefused) return;
          try {
            tell(run, event);
          } catch (error) {
            // The disk takes no more results: nor would it those of the runs to come.
            isRefused = true;
            crew.end();
            refused(error);
          }
          endIfDone();
        });
      },
    });
    endIfDone();
  });
  process.off("SIGINT", onInterrupt);
  process.off("SIGTERM", onTerminate);
  writeResults();
  if (figure !== undefined) writeFigureFile(figure, folder, runs);
  const failed = queue.count("failed");
  const seconds = (host.now() - begun) / 1000;
  const diverged = [...results.values()].filter((result) => result.diverged).length;
  const summary = { finished: results.size, runs: runs.length, diverged, failed, seconds };
  if (json) writeJson({ event: "studyFinished", stopped: stopping !== null, ...summary });
  else {
    writeLine(
      `${stopping !== null ? "Stopped" : "Finished"}: ${results.size} of ${counted(runs.length, "run")}, ${diverged} diverged, in ${seconds.toFixed(1)} s. Results in ${join(out, "results.jsonl")}${figure === undefined ? "" : `, figure in ${figure}`}`,
    );
  }
  if (stopping !== null) return stopping;
  const disagrees = [...results.values()].some(({ gradients }) =>
    gradients?.some(({ verdict }) => verdict !== "agrees"),
  );
  return failed === 0 && !disagrees ? 0 : 1;
};
