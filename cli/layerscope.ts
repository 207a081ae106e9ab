/** The `layerscope` command. `bin/layerscope.mjs` calls `main` and exits with what it returns. */
import { systemReason } from "../engine/host/systemReason.ts";
import { ENGINE_VERSION } from "../engine/version.ts";
import { parseArguments, suggest } from "./arguments.ts";
import { runBench } from "./benchCommand.ts";
import { runCheckGradients } from "./checkGradientsCommand.ts";
import { runCompare } from "./compareCommand.ts";
import { runCompile } from "./compileCommand.ts";
import { runDownload } from "./downloadCommand.ts";
import { runEvaluate } from "./evalCommand.ts";
import { runExport } from "./exportCommand.ts";
import { commandHelp, generalHelp } from "./help.ts";
import type { Installation } from "./installation.ts";
import { commands, isCommandName } from "./options.ts";
import { onReaderGone, watchStdout, writeError, writeOut } from "./output.ts";
import { runRecompute } from "./recomputeCommand.ts";
import { runReference } from "./referenceCommand.ts";
import { runResume } from "./resumeCommand.ts";
import { runSweep } from "./sweepCommand.ts";
import { runSweepWorker } from "./sweepWorker.ts";
import { runTensorboard } from "./tensorboardCommand.ts";
import { runTrain } from "./trainCommand.ts";
import { UsageError } from "./usageError.ts";

const dispatch = async (argv: readonly string[], installation: Installation): Promise<number> => {
  const [name, ...rest] = argv;
  if (name === undefined) {
    writeError(`layerscope needs a command: ${Object.keys(commands).join(", ")} or help.`);
    return 2;
  }
  if (name === "--version" || name === "-v" || name === "version") {
    writeOut(`${ENGINE_VERSION}\n`);
    return 0;
  }
  if (name === "--help" || name === "-h" || name === "help") {
    const [about] = rest;
    if (about === undefined) {
      writeOut(generalHelp());
      return 0;
    }
    if (!isCommandName(about)) throw unknownCommand(about);
    writeOut(commandHelp(about));
    return 0;
  }
  // What `sweep` starts; no command of its own.
  if (name === "sweep-worker" && process.send !== undefined) return runSweepWorker(installation);
  if (!isCommandName(name)) throw unknownCommand(name);
  if (rest.includes("--help") || rest.includes("-h")) {
    writeOut(commandHelp(name));
    return 0;
  }
  const args = parseArguments(name, commands[name], rest);
  switch (name) {
    case "compile":
      return runCompile(args);
    case "train":
      return runTrain(args, argv, installation);
    case "resume":
      return runResume(args, installation);
    case "sweep":
      return runSweep(args, argv, installation);
    case "compare":
      return runCompare(args);
    case "tensorboard":
      return runTensorboard(args);
    case "eval":
      return runEvaluate(args, installation);
    case "recompute":
      return runRecompute(args, installation);
    case "export":
      return runExport(args);
    case "download":
      return runDownload(args);
    case "check-gradients":
      return runCheckGradients(args);
    case "reference":
      return runReference(args, installation);
    case "bench":
      return runBench(args, installation);
  }
};

const unknownCommand = (name: string): UsageError => {
  const known = Object.keys(commands);
  return new UsageError(`There is no command "${name}".${suggest(name, known)} Commands: ${known.join(", ")}, help.`);
};

/** `/data/run can't be written: the disk is full.`; null: it is no refusal of the disk. A disk that is full doesn't say of which file. */
const diskProblem = (error: unknown): string | null => {
  const reason = systemReason(error);
  if (reason === null || !(error instanceof Error)) return null;
  const file = "path" in error && typeof error.path === "string" ? error.path : "What was asked for";
  const opens = "syscall" in error && ["open", "read", "stat", "lstat", "scandir"].includes(String(error.syscall));
  return `${file} can't be ${opens ? "opened" : "written"}: ${reason}.`;
};

/** Runs a command; resolves to its exit code. */
export const main = async (argv: readonly string[], installation: Installation): Promise<number> => {
  watchStdout();
  // Commands that only print have nothing to finish.
  onReaderGone(() => process.exit(0));
  try {
    return await dispatch(argv, installation);
  } catch (error) {
    if (error instanceof UsageError) {
      writeError(`layerscope: ${error.message}`);
      return 2;
    }
    const problem = diskProblem(error);
    if (problem === null) throw error;
    writeError(`layerscope: ${problem}`);
    return 1;
  }
};
