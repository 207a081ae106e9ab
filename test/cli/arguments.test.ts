import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "./runCli.ts";

const graph = "examples/mlp-bn.layerscope";
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "layerscope-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("help", () => {
  test("names every command, and every option of one", async () => {
    const general = await runCli(["--help"]);
    expect(general).toMatchObject({ code: 0, stderr: "" });
    for (const command of ["compile GRAPH", "train GRAPH", "eval MODEL", "recompute MODEL", "export RUN_DIR"]) {
      expect(general.stdout).toContain(command);
    }
    const [help, flag] = await Promise.all([runCli(["help", "train"]), runCli(["train", "--help"])]);
    expect(help).toEqual(flag);
    const options = "dataset epochs steps limit batch lr optimizer seed threads out json";
    for (const option of options.split(" ")) expect(help.stdout).toContain(`--${option}`);
  });

  test("--version is the package's", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(await runCli(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });
});

describe("bad arguments give one line on stderr and exit code 2", () => {
  const cases: readonly (readonly [args: readonly string[], line: string])[] = [
    [
      [],
      "layerscope needs a command: compile, train, resume, sweep, compare, tensorboard, eval, recompute, download, export, check-gradients, reference, bench or help.",
    ],
    [
      ["trian", graph],
      'There is no command "trian". Did you mean train? Commands: compile, train, resume, sweep, compare, tensorboard, eval, recompute, download, export, check-gradients, reference, bench, help.',
    ],
    [["train"], "train needs GRAPH: layerscope train GRAPH"],
    [["train", graph, "other"], 'train takes GRAPH; "other" is too much.'],
    [
      ["train", graph, "--epoch", "3"],
      "train has no option --epoch. Did you mean --epochs? See: layerscope help train",
    ],
    [["train", graph, "--zzzzzzzz"], "train has no option --zzzzzzzz. See: layerscope help train"],
    [["train", graph, "-x"], "train has no option -x. See: layerscope help train"],
    [["train", graph, "--epochs"], "--epochs needs a value: --epochs N"],
    [["train", graph, "--epochs", "--json"], "--epochs needs a value: --epochs N"],
    [["train", graph, "--epochs", "0"], '--epochs is a whole number, from 1 to 100,000; found "0".'],
    [["train", graph, "--epochs", "2.5"], '--epochs is a whole number, from 1 to 100,000; found "2.5".'],
    [["train", graph, "--steps=-4"], '--steps is a whole number, 1 or more; found "-4".'],
    [["train", graph, "--limit", "all"], '--limit is a whole number, 1 or more; found "all".'],
    [["train", graph, "--batch", "70000"], '--batch is a whole number, from 1 to 65,536; found "70000".'],
    [
      ["train", graph, "--seed", "4294967296"],
      '--seed is a whole number, from 0 to 4,294,967,295; found "4294967296".',
    ],
    [["train", graph, "--threads", "0"], '--threads is a whole number, from 1 to 256; found "0".'],
    [["train", graph, "--lr", "0"], '--lr is a number greater than 0; found "0".'],
    [["train", graph, "--lr", "fast"], '--lr is a number greater than 0; found "fast".'],
    [
      ["train", graph, "--optimizer", "adm"],
      '--optimizer is sgd, momentum, nesterov, adagrad, rmsprop, adam or adamw; found "adm". Did you mean adam?',
    ],
    [["train", graph, "--json=1"], '--json takes no value; found "1".'],
    [["train", graph, "--seed", "1", "--seed", "2"], "--seed is given twice."],
    [["train", "no.layerscope"], "no.layerscope does not exist."],
    [["train", "examples"], "examples is a folder, not a file."],
    [["compile", "LICENSE"], "LICENSE: The file is not JSON. It breaks at line 1, column 1."],
    [
      ["train", graph, "--dataset", "/nowhere"],
      "--dataset: /nowhere does not exist. Datasets with a name: mnist, fashion-mnist, cifar-10, spiral, circles, moons, xor.",
    ],
    [["eval", "nothing.model.json"], "nothing.model.json does not exist."],
    [["eval", "examples"], "examples is not a run folder: it has no model.model.json."],
    [["eval", graph], `${graph}: The file is not a model JSON: its format is "layerscope", not "layerscope-model".`],
    [["export", "examples", "--out", "x"], "examples is not a run folder: it has no model.model.json."],
    [["export", "examples", "--format", "keras"], '--format is layerscope, onnx or pytorch; found "keras".'],
    [
      ["export", graph, "--format", "onnx", "--out", "x"],
      `${graph} is a graph without weights. Train it and export its run.`,
    ],
    [["export", "README.md", "--format", "onnx", "--out", "x"], "README.md is no run folder or .model.json file."],
    [
      ["export", "README.md", "--format", "pytorch", "--out", "x"],
      "README.md is no run folder, .layerscope or .model.json file.",
    ],
    [["export", "examples", "--format", "layerscope"], "export needs --out FILE."],
    [["train", graph, "--out", ""], '--out needs a value, and "" is none: --out RUN_DIR'],
    [["train", graph, "--dataset="], '--dataset needs a value, and "" is none: --dataset NAME|DIR|FILE[:KEY=VALUE,…]'],
    [["compile", ""], 'compile takes GRAPH; "" is no name.'],
    [
      ["train", graph, "--limit", "99999999999999999999"],
      '--limit is a whole number, from 1 to 9,007,199,254,740,991; found "99999999999999999999".',
    ],
    [["train", graph, "--schedule", "step:-1"], "--schedule step: everyEpochs is -1, expected more than 0."],
    // Found when the run begins: nothing was trained.
    [
      ["train", "examples/spiral-bn.layerscope", "--augment", "flip"],
      "Spiral has rows of numbers; augmentation needs images. Turn it off.",
    ],
    [["train", graph, "--out", "README.md/x"], "--out README.md/x can't be made: what should be its folder is a file."],
    [["tensorboard", "examples", "--out", "README.md"], "examples is not a run folder: it has no run.json."],
    [["resume", "README.md"], "README.md is not a run folder: it has no run.json."],
    [["export", graph, "--format", "pytorch", "--out", "nowhere/x.py"], "--out: there is no folder nowhere."],
    [["export", graph, "--format", "pytorch", "--out", "docs"], "--out: docs is a folder."],
    [["export", graph, "--format", "layerscope", "--out", "x"], `${graph} is a file, not a run folder.`],
  ];

  test.each(cases.map(([args, line]) => [args.join(" "), args, line] as const))(
    "layerscope %s",
    async (_name, args, line) => {
      const outcome = await runCli(args);
      expect(outcome).toEqual({
        code: 2,
        // Who reads lines of JSON gets it as one.
        stdout: args.includes("--json") ? `${JSON.stringify({ event: "error", message: line, exitCode: 2 })}\n` : "",
        stderr: line.startsWith("layerscope") ? `${line}\n` : `layerscope: ${line}\n`,
      });
    },
  );

  test("a folder that holds no dataset is told with what would be one", async () => {
    const empty = join(folder, "empty");
    mkdirSync(empty);
    const { code, stderr } = await runCli(["train", graph, "--dataset", empty]);
    expect(code).toBe(2);
    expect(stderr).toContain(`--dataset: ${empty} holds no dataset that is known: MNIST's IDX files,`);
  });

  test("a run folder that is not empty is refused and left as it is", async () => {
    const full = join(folder, "full");
    mkdirSync(full);
    writeFileSync(join(full, "notes.txt"), "mine");
    const outcome = await runCli(["train", graph, "--out", full, "--steps", "1"]);
    expect(outcome).toEqual({
      code: 2,
      stdout: "",
      stderr: `layerscope: --out ${full} is not empty: it holds notes.txt. Name a new or empty folder.\n`,
    });
    const file = join(full, "notes.txt");
    expect((await runCli(["train", graph, "--out", file])).stderr).toBe(
      `layerscope: --out ${file} is a file, not a folder.\n`,
    );
    expect(readFileSync(file, "utf8")).toBe("mine");
  });
});

describe.skipIf(process.platform !== "linux")("what has no end, or no room", () => {
  test("a file without an end is read up to what is allowed", async () => {
    expect(await runCli(["compile", "/dev/zero"])).toEqual({
      code: 2,
      stdout: "",
      stderr: "layerscope: /dev/zero has more than 16,777,216 bytes, and no more are allowed.\n",
    });
  });

  test("a folder that nobody may make is refused at once", async () => {
    expect(await runCli(["train", graph, "--out", "/proc/run/1"])).toEqual({
      code: 2,
      stdout: "",
      stderr: "layerscope: --out /proc/run/1 can't be made: there is no such file.\n",
    });
  });

  const intoFull = (command: string) =>
    spawnSync("sh", ["-c", `"${process.execPath}" bin/layerscope.mjs ${command} > /dev/full`], { encoding: "utf8" });

  test.each([`compile ${graph}`, "train examples/spiral-bn.layerscope --epochs 2"])(
    "%s tells in one line that stdout has no room",
    (command) => {
      const { status, stderr } = intoFull(command);
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: "layerscope: stdout can't be written: the disk is full.\n",
      });
    },
  );

  test("without a reader of stderr the exit code is the same", () => {
    const { status } = spawnSync(
      "bash",
      ["-c", `"${process.execPath}" bin/layerscope.mjs compile nowhere 2> >(exit) ; exit $?`],
      { encoding: "utf8" },
    );
    expect(status).toBe(2);
  });
});
