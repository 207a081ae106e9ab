/**
 * Plants the breakages of `test/mutants/list.mjs`, one at a time, in a copy of the tree, and demands that the named tests notice each.
 *
 *   npm run test:mutants [-- --commit REV] [NAME …]
 *
 * NAME: only the breakages whose name contains it. --commit: of that commit instead of the tracked files as they are. The last line is
 * `N killed, N survived`.
 */
import { spawn } from "node:child_process";
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { mutants } from "../test/mutants/list.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const inBin = (name) => path.join(root, "node_modules/.bin", name);

/** A breakage may end in a loop without end: that is noticed too. */
const LONGEST_TEST_MS = 10 * 60_000;

const stopped = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stopped.abort());

/** Exit code and what the command wrote. */
const run = (command, args, { cwd, limitMs = LONGEST_TEST_MS }) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      timeout: limitMs,
      killSignal: "SIGKILL",
      signal: stopped.signal,
      env: { ...process.env, NO_COLOR: "1" },
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (part) => {
        text += part;
      });
    }
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, text }));
  });

const must = async (command, args, cwd) => {
  const { code, text } = await run(command, args, { cwd });
  if (code !== 0) throw new Error(`${path.basename(command)} ${args.join(" ")} failed:\n${text.slice(-4000)}`);
  return text;
};

async function copyTree(folder, commit) {
  if (commit === null) {
    for (const name of (await must("git", ["ls-files", "-z"], root)).split("\0").filter((file) => file !== "")) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await cp(path.join(root, name), path.join(folder, name)).catch((error) => {
        // Deleted but not committed.
        if (error.code !== "ENOENT") throw error;
      });
    }
  } else {
    const archive = path.join(folder, "tree.tar");
    await must("git", ["archive", "--output", archive, commit], root);
    await must("tar", ["-xf", archive], folder);
    await rm(archive);
  }
  await symlink(path.join(root, "node_modules"), path.join(folder, "node_modules"));
  // The tests take the kernels as they are: built below, only when they changed.
  await writeFile(path.join(folder, "test/support/buildKernels.mjs"), "export const setup = () => {};\n");
}

const kernelFile = (folder, build) => path.join(folder, "dist/kernels", `${build}.wasm`);

/** Compiles the plain kernels, which every machine runs, and hands them out under both names: so every test runs what was planted. */
async function buildKernels(folder) {
  await must(process.execPath, ["scripts/buildKernels.mjs", "--force", "simd"], folder);
  await copyFile(kernelFile(folder, "simd"), kernelFile(folder, "relaxed-simd"));
}

/** Passed and failed tests of one file; `only`: those whose full name matches. */
async function runTest(folder, file, only) {
  const report = path.join(folder, "mutant-report.json");
  await rm(report, { force: true });
  const filter = only === undefined ? [] : ["-t", only];
  const args = ["run", file, ...filter, "--bail", "1", "--reporter", "json", "--outputFile", report];
  const { signal, text } = await run(inBin("vitest"), args, { cwd: folder });
  if (signal !== null) return { passed: 0, failed: 1, text: "it did not end" };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(await readFile(report, "utf8").catch(() => "{}"));
  const messages = (testResults ?? []).flatMap(({ message, assertionResults }) => [
    ...(message ? [message] : []),
    ...assertionResults.flatMap(({ status, fullName }) => (status === "failed" ? [fullName] : [])),
  ]);
  return { passed: numPassedTests ?? 0, failed: numFailedTests ?? 0, text: messages[0] ?? text.slice(-2000) };
}

const patternOf = (patterns) => (patterns.includes(undefined) ? undefined : [...new Set(patterns)].join("|"));

/** What the breakages are to turn red must be green without them. */
async function checkTests(folder, chosen) {
  const patterns = new Map();
  for (const { tests, only } of chosen) {
    for (const file of tests) patterns.set(file, [...(patterns.get(file) ?? []), only]);
  }
  for (const [file, list] of patterns) {
    const { passed, failed, text } = await runTest(folder, file, patternOf(list));
    if (failed > 0 || passed === 0) throw new Error(`${file} fails as it is: ${text}`);
    console.log(`green: ${file}, ${passed} tests`);
  }
}

/** Why the tests did not notice, or null. */
async function judge(folder, { tests, only, isKernel }) {
  if (isKernel) await buildKernels(folder);
  const seen = [];
  for (const file of tests) {
    const { failed, text } = await runTest(folder, file, only);
    if (failed === 0) return { survived: true, text: `${file} stays green` };
    seen.push(text);
  }
  return { survived: false, text: seen[0] };
}

async function plant(folder, mutant) {
  const file = path.join(folder, mutant.file);
  const source = await readFile(file, "utf8");
  const count = source.split(mutant.find).length - 1;
  if (count !== 1) {
    return {
      survived: true,
      text: `what it replaces occurs ${count} times in ${mutant.file}; bring the list up to date`,
    };
  }
  const isKernel = mutant.file.startsWith("engine/kernels/assembly/");
  await writeFile(
    file,
    source.replace(mutant.find, () => mutant.replace),
  );
  try {
    return await judge(folder, { ...mutant, isKernel });
  } finally {
    await writeFile(file, source);
    if (isKernel) {
      for (const build of ["simd", "relaxed-simd"])
        await copyFile(path.join(folder, "sound.wasm"), kernelFile(folder, build));
    }
  }
}

async function main() {
  const args = process.argv.slice(2);
  const at = args.indexOf("--commit");
  const commit = at === -1 ? null : (args[at + 1] ?? "HEAD");
  const names = args.filter((_, index) => at === -1 || (index !== at && index !== at + 1));
  const chosen = mutants.filter(({ name }) => names.length === 0 || names.some((part) => name.includes(part)));
  if (chosen.length === 0) throw new Error(`No breakage is called ${names.join(" or ")}.`);

  const folder = await mkdtemp(path.join(tmpdir(), "layerscope-mutants-"));
  let numKilled = 0;
  try {
    await copyTree(folder, commit);
    await buildKernels(folder);
    await copyFile(kernelFile(folder, "simd"), path.join(folder, "sound.wasm"));
    await checkTests(folder, chosen);
    for (const mutant of chosen) {
      const { survived, text } = await plant(folder, mutant);
      if (!survived) numKilled += 1;
      console.log(`${survived ? "SURVIVED" : "killed"}  ${mutant.name}: ${text.split("\n")[0]}`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  console.log(`${numKilled} killed, ${chosen.length - numKilled} survived`);
  return numKilled === chosen.length ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
