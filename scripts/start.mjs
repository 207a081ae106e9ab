/**
 * Starts Layerscope: in Electron, or in a browser where Electron can't be had or there is no display.
 *
 *   npm start [-- --browser] [FILE]
 */
import { spawn } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";
import { findElectron } from "./findElectron.mjs";
import { serve } from "./serve.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

async function startServer() {
  const { url } = await serve();
  console.log(`Layerscope is at ${url} (open it in a browser; Ctrl-C ends it)`);
}

function startElectron(executable, args) {
  // Chromium refuses to sandbox for root.
  const flags = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const child = spawn(executable, [...flags, root, ...args], { stdio: "inherit" });
  // Ctrl-C reaches Electron by itself, as part of the terminal's group; other signals come only here.
  process.on("SIGINT", () => undefined);
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`Electron can't be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code) => {
    process.exitCode = code ?? 0;
  });
}

const args = process.argv.slice(2);
try {
  await build({ targets: ["kernels", "renderer", "electron"] });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

const hasDisplay = process.platform !== "linux" || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
if (args.includes("--browser")) {
  await startServer();
} else if (!hasDisplay) {
  console.log("There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set), so Layerscope runs in a browser:");
  await startServer();
} else {
  const { executable, problem } = await findElectron({ download: true });
  if (executable === null) {
    console.log(`${problem}. So Layerscope runs in a browser:`);
    await startServer();
  } else {
    startElectron(
      executable,
      args.map((argument) => (argument.startsWith("-") ? argument : path.resolve(argument))),
    );
  }
}
