/** Everything that can be found without running: format and lint, types (against both Electrons), unused files, exports and packages. */
import { spawn } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { fetchOldElectronTypes } from "./oldElectronTypes.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const checks = [
  ["biome", ["ci", "--error-on-warnings", ...(process.stdout.isTTY ? [] : ["--colors=off"])]],
  ["tsc", ["-p", "tsconfig.json", "--noEmit"]],
  ["tsc", ["-p", "tsconfig.electron25.json", "--noEmit"]],
  ["knip", []],
];

await fetchOldElectronTypes();
const failed = [];
for (const [command, args] of checks) {
  const code = await new Promise((resolve) => {
    const child = spawn(path.join(root, "node_modules/.bin", command), args, { cwd: root, stdio: "inherit" });
    child.on("error", () => resolve(1));
    child.on("exit", (exitCode) => resolve(exitCode ?? 1));
  });
  if (code !== 0) failed.push([command, ...args].join(" "));
}
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(", ")}`);
  process.exitCode = 1;
} else {
  console.log("Format, lint, types and unused code: no findings.");
}
