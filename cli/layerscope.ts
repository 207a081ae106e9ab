/** The `layerscope` command. `bin/layerscope.mjs` calls `main` and exits with what it returns. */
import { ENGINE_VERSION } from "../engine/version.ts";
import { parseArguments, suggest } from "./arguments.ts";
import { runBench } from "./benchCommand.ts";
import { runCheckGradients } from "./checkGradientsCommand.ts";
import { runCompare } from "./compareCommand.ts";
import { runCompile } from "./compileCommand.ts";
import { diskProblem } from "./diskProblem.ts";
import { runDownload } from "./downloadCommand.ts";
import { runEvaluate } from "./evalCommand.ts";
import { runExport } from "./exportCommand.ts";
import { commandHelp, generalHelp } from "./help.ts";
import type { Installation } from "./installation.ts";
import { commands, isCommandName } from "./options.ts";
import { exitCodeOf, onReaderGone, watchStreams, writeError, writeJson, writeOut } from "./output.ts";
import { runRecompute } from "./recomputeCommand.ts";
import { runReference } from "./referenceCommand.ts";
import { runResume } from "./resumeCommand.ts";
import { runSweep } from "./sweepCommand.ts";
import { runSweepWorker } from "./sweepWorker.ts";
import { runTensorboard } from "./tensorboardCommand.ts";
import { runTrain } from "./trainCommand.ts";
import { CommandFailure, UsageError } from "./usageError.ts";

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
    if (about === undefined || about === "help") {
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

/** What a command that could not go on says, and its exit code. */
const refusalOf = (error: unknown): { readonly message: string; readonly exitCode: number } => {
  if (error instanceof UsageError) return { message: error.message, exitCode: 2 };
  if (error instanceof CommandFailure) return { message: error.message, exitCode: 1 };
  const problem = diskProblem(error);
  if (problem !== null) return { message: problem, exitCode: 1 };
  // No fault of the user's: who mends it needs all there is.
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { message: `A mistake in Layerscope ${ENGINE_VERSION} itself: ${told}`, exitCode: 1 };
};

/** Runs a command; resolves to its exit code. */
export const main = async (argv: readonly string[], installation: Installation): Promise<number> => {
  watchStreams();
  // Commands that only print have nothing to finish.
  onReaderGone(() => process.exit(exitCodeOf(0)));
  try {
    return exitCodeOf(await dispatch(argv, installation));
  } catch (error) {
    const { message, exitCode } = refusalOf(error);
    writeError(`layerscope: ${message}`);
    // Whoever reads stdout line by line learns it there.
    if (argv.includes("--json")) writeJson({ event: "error", message, exitCode });
    return exitCode;
  }
};
