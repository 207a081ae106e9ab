/**
 * Debian packages that Electron and the end-to-end tests need. Installs what is missing when it may (root, apt), else says what to install.
 *
 *   node scripts/systemPackages.mjs
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const packages = ["xvfb", "xauth", "libgtk-3-0", "libnss3", "libasound2", "libgbm1", "fonts-dejavu-core", "chromium"];

/** Newer Debians renamed some libraries when their time type grew. */
const alternatives = { "libgtk-3-0": "libgtk-3-0t64", libasound2: "libasound2t64" };

const isInstalled = (name) => {
  const { status, stdout } = spawnSync("dpkg-query", ["-s", name], { encoding: "utf8" });
  return status === 0 && /^Status: install ok installed$/m.test(stdout);
};

const isAvailable = (name) => {
  const { stdout } = spawnSync("apt-cache", ["policy", name], { encoding: "utf8" });
  return /Candidate: (?!\(none\))/.test(stdout ?? "");
};

/** Names of the packages that are not installed. Empty where there is no dpkg to ask. */
export const missingSystemPackages = () =>
  existsSync("/usr/bin/dpkg-query")
    ? packages.filter((name) => !isInstalled(name) && !(name in alternatives && isInstalled(alternatives[name])))
    : [];

/** Installs what is missing. Returns a sentence about what is still missing, or null. */
export function installSystemPackages() {
  const missing = missingSystemPackages();
  if (missing.length === 0) return null;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !existsSync("/usr/bin/apt-get")) {
    return `These packages are missing: ${missing.join(" ")}. Install them with: apt-get install ${missing.join(" ")}`;
  }
  console.log(`Installing Debian packages: ${missing.join(" ")} …`);
  const apt = (...args) => {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    return spawnSync("apt-get", args, { stdio: ["ignore", "ignore", "inherit"], env }).status === 0;
  };
  if (!apt("update", "-qq")) return "apt-get update failed.";
  const names = missing.map((name) => (name in alternatives && !isAvailable(name) ? alternatives[name] : name));
  if (!apt("install", "-y", "-qq", "--no-install-recommends", ...names))
    return `apt-get install ${names.join(" ")} failed.`;
  return null;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problem = installSystemPackages();
  if (problem !== null) {
    console.error(problem);
    process.exitCode = 1;
  }
}
