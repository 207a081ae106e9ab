/**
 * Builds what changed: the kernels, the page, the Electron processes and the command line.
 *
 *   node scripts/build.mjs [--force] [kernels] [renderer] [electron] [cli]
 *
 * Each target records a digest of its inputs in `dist/.build/`; a target whose digest and outputs are there is skipped, silently.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { codeCacheOf, loadBundle } from "../bin/loadBundle.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const inRoot = (...parts) => path.join(root, ...parts);
const stampFolder = inRoot("dist", ".build");

/** Inputs are files and folders. */
const targets = {
  kernels: {
    inputs: ["engine/kernels/assembly", "scripts/buildKernels.mjs"],
    outputs: ["dist/kernels"],
    run: buildKernels,
  },
  renderer: {
    inputs: ["renderer", "engine", "electron/ipcContract.ts", "examples", "package.json", "vite.config.ts"],
    outputs: ["dist/renderer/index.html"],
    run: buildRenderer,
  },
  electron: {
    inputs: ["electron", "engine", "package.json", "scripts/build.mjs"],
    outputs: ["main", "preload", "trainer", "studyWorker"].map((name) => `dist/electron/${name}.cjs`),
    run: buildElectron,
  },
  cli: {
    inputs: [
      "cli",
      "engine",
      "renderer/charts",
      "renderer/experiments",
      "renderer/library",
      "renderer/run",
      "package.json",
      "scripts/build.mjs",
      "bin/loadBundle.mjs",
    ],
    outputs: ["dist/cli/layerscope.cjs"],
    run: buildCommand,
  },
};

/** Builds the targets that are not up to date, in order. Returns the names of those it built. */
export async function build({ targets: names = Object.keys(targets), force = false } = {}) {
  const release = await takeLock();
  try {
    const built = [];
    for (const name of names) {
      const target = targets[name];
      if (target === undefined) {
        throw new Error(`Unknown build target "${name}". Known: ${Object.keys(targets).join(", ")}.`);
      }
      const digest = await digestOf(["package-lock.json", ...target.inputs]);
      const stampFile = path.join(stampFolder, name);
      const upToDate =
        !force &&
        target.outputs.every((output) => existsSync(inRoot(output))) &&
        (await readIfThere(stampFile)) === digest;
      if (upToDate) continue;
      const started = Date.now();
      await target.run();
      await writeFile(stampFile, digest);
      built.push(name);
      console.log(`built ${name} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
    }
    return built;
  } finally {
    await release();
  }
}

async function buildKernels() {
  await run(process.execPath, [inRoot("scripts/buildKernels.mjs"), "--force"]);
}

async function buildRenderer() {
  const vite = await import("vite");
  await vite.build({ configFile: inRoot("vite.config.ts"), logLevel: "warn", mode: "production" });
}

async function buildElectron() {
  await buildNodeBundles("electron", {
    main: "electron/main.ts",
    preload: "electron/preload.ts",
    trainer: "electron/trainer.ts",
    studyWorker: "electron/studyWorker.ts",
  });
  await copyFile(inRoot("electron/icon.png"), inRoot("dist/electron/icon.png"));
}

async function buildCommand() {
  const bundle = inRoot("dist/cli/layerscope.cjs");
  const cache = codeCacheOf(bundle);
  // V8 knows what a cache belongs to by little more than its length.
  await rm(cache, { force: true });
  await buildNodeBundles("cli", { layerscope: "cli/layerscope.ts" });
  // After it ran: with the functions that a start calls. Renamed: nobody reads half of it.
  await writeFile(`${cache}.new`, loadBundle(bundle).script.createCachedData());
  await rename(`${cache}.new`, cache);
}

/**
 * Node and Electron entries as CommonJS: sandboxed preloads and Electron 25 know no ES modules. One bundle per entry, so that none
 * depends on a chunk that a sandboxed preload could not require.
 */
async function buildNodeBundles(folder, entries) {
  const vite = await import("vite");
  for (const [name, source] of Object.entries(entries)) {
    await vite.build({
      configFile: false,
      root,
      logLevel: "warn",
      mode: "production",
      publicDir: false,
      resolve: { conditions: ["node", "import", "module", "default"] },
      ssr: { noExternal: true, external: ["electron"], target: "node" },
      build: {
        ssr: inRoot(source),
        outDir: inRoot("dist", folder),
        emptyOutDir: false,
        target: "node18",
        minify: false,
        sourcemap: true,
        rollupOptions: {
          output: {
            format: "cjs",
            entryFileNames: `${name}.cjs`,
            chunkFileNames: `${name}-[name].cjs`,
            codeSplitting: false,
            // A process reads all of it before it does anything; names stay, for traces.
            minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
          },
        },
      },
    });
  }
}

/** A digest of names, sizes and contents of everything under the inputs. */
async function digestOf(inputs) {
  const hash = createHash("sha256");
  for (const input of inputs) {
    for (const file of await filesUnder(inRoot(input))) {
      hash
        .update(path.relative(root, file))
        .update("\0")
        .update(await readFile(file))
        .update("\0");
    }
  }
  return hash.digest("hex");
}

async function filesUnder(entry) {
  const found = await stat(entry).catch(() => null);
  if (found === null) return [];
  if (found.isFile()) return [entry];
  const names = (await readdir(entry)).sort();
  return (await Promise.all(names.map((name) => filesUnder(path.join(entry, name))))).flat();
}

const readIfThere = async (file) => (existsSync(file) ? readFile(file, "utf8") : null);

/** Two builds at once would write the same files: the second waits for the first. A lock whose process is gone counts for nothing. */
async function takeLock() {
  await mkdir(stampFolder, { recursive: true });
  const lock = path.join(stampFolder, "lock");
  for (;;) {
    try {
      await writeFile(lock, String(process.pid), { flag: "wx" });
      return () => rm(lock, { force: true });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const holder = Number(await readFile(lock, "utf8").catch(() => ""));
    if (holder > 0 && !isRunning(holder)) await rm(lock, { force: true });
    else await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function isRunning(processId) {
  try {
    // Signal 0 only asks whether there is such a process; not being allowed to ask means that there is.
    return process.kill(processId, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: "inherit" });
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${path.basename(args[0] ?? command)} ended with ${signal ?? `exit code ${code}`}.`));
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  const names = args.filter((argument) => !argument.startsWith("--"));
  try {
    await build({ ...(names.length > 0 ? { targets: names } : {}), force: args.includes("--force") });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
