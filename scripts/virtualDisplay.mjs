import { spawn } from "node:child_process";

/**
 * A display for tests. On Linux an Xvfb of their own, so that windows neither appear on the user's screen nor depend on its size;
 * elsewhere the screen there is.
 */
export async function startVirtualDisplay() {
  if (process.platform !== "linux") return { env: {}, stop: () => undefined };
  const args = ["-displayfd", "1", "-screen", "0", "1920x1080x24", "-nolisten", "tcp"];
  const server = spawn("Xvfb", args, { stdio: ["ignore", "pipe", "pipe"] });
  let stderr = "";
  server.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  // Xvfb takes a free number itself and writes it once it is ready.
  const number = await new Promise((resolve, reject) => {
    server.on("error", (error) => reject(new Error(`Xvfb can't be started: ${error.message}`)));
    server.on("exit", () => reject(new Error(`Xvfb ended: ${stderr.trim()}`)));
    let stdout = "";
    server.stdout.on("data", (chunk) => {
      stdout += chunk;
      if (stdout.includes("\n")) resolve(stdout.trim());
    });
  });
  const { WAYLAND_DISPLAY: _wayland, ...others } = process.env;
  return { env: { ...others, DISPLAY: `:${number}`, WAYLAND_DISPLAY: undefined }, stop: () => server.kill() };
}
