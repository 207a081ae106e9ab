/**
 * Compiles engine/kernels/assembly to dist/kernels/{relaxed-simd,simd}.wasm. Skips a build that is newer than all sources.
 *
 *   node scripts/buildKernels.mjs [--force] [relaxed-simd] [simd]
 */
import { spawn } from "node:child_process";
import { mkdir, readdir, rename, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const sources = path.join(root, "engine/kernels/assembly");
const output = path.join(root, "dist/kernels");

const features = { "relaxed-simd": "simd,relaxed-simd,threads", simd: "simd,threads" };

const modifiedMs = async (file) => {
  try {
    return (await stat(file)).mtimeMs;
  } catch (error) {
    if (error.code === "ENOENT") return 0;
    throw error;
  }
};

const compile = (build) =>
  new Promise((done, failed) => {
    const target = path.join(output, `${build}.wasm`);
    // Written beside and renamed: a reader never sees half a module.
    const partial = `${target}.${process.pid}`;
    const asc = createRequire(import.meta.url).resolve("assemblyscript/bin/asc.js");
    const options = [
      ...["--runtime", "stub", "--noExportMemory", "--importMemory", "--sharedMemory"],
      // Static data (tables of the math library) stays below the header at 64 KiB.
      ...["--initialMemory", "2", "--maximumMemory", "65536", "--memoryBase", "1024"],
      ...["--enable", features[build], "--use", "abort=", "-O3", "--disableWarning", "112", "--outFile", partial],
    ];
    const compiler = spawn(process.execPath, [asc, path.join(sources, "index.ts"), ...options], { stdio: "inherit" });
    compiler.once("error", failed);
    compiler.once("exit", (code) => {
      if (code === 0) rename(partial, target).then(done, failed);
      else failed(new Error(`The AssemblyScript compiler failed on the ${build} kernels (exit code ${code}).`));
    });
  });

/** Returns the builds that were compiled. */
export async function buildKernels({ force = false, builds = Object.keys(features) } = {}) {
  await mkdir(output, { recursive: true });
  const files = (await readdir(sources)).filter((name) => name.endsWith(".ts")).map((name) => path.join(sources, name));
  const newest = Math.max(...(await Promise.all([...files, fileURLToPath(import.meta.url)].map(modifiedMs))));
  const stale = [];
  for (const build of builds) {
    if (force || (await modifiedMs(path.join(output, `${build}.wasm`))) < newest) stale.push(build);
  }
  await Promise.all(stale.map(compile));
  return stale;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
  await buildKernels({ force: process.argv.includes("--force"), ...(names.length > 0 ? { builds: names } : {}) });
}
