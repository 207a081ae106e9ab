/**
 * The types of the oldest Electron that runs the app, for the second type check. Not a dependency: installing that package would
 * download its binary too.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { testElectronVersion } from "./electronTestBinary.mjs";

const execute = promisify(execFile);
/** Where `tsconfig.electron25.json` looks. */
const folder = fileURLToPath(new URL("../node_modules/.cache/layerscope/electron25/", import.meta.url));

/** Fetches `electron.d.ts` from the npm registry, once. */
export async function fetchOldElectronTypes() {
  const types = path.join(folder, "electron.d.ts");
  if (existsSync(types)) return;
  await mkdir(folder, { recursive: true });
  const workFolder = await mkdtemp(path.join(folder, "unpacking-"));
  try {
    const packageName = `electron@${testElectronVersion}`;
    await execute("npm", ["pack", packageName, "--silent", "--pack-destination", workFolder], { cwd: workFolder });
    const [tarball] = (await readdir(workFolder)).filter((name) => name.endsWith(".tgz"));
    await execute("tar", ["-xzf", tarball, "package/electron.d.ts"], { cwd: workFolder });
    await rename(path.join(workFolder, "package/electron.d.ts"), types);
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}
