/** One command at a time writes to a folder: a second one would mix its lines with those of the first. */
import { createHash } from "node:crypto";
import { realpathSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "./usageError.ts";

/**
 * The claim is a local socket named after the folder, because the system takes that back however the process ends: a lock file would
 * outlive a kill, and the run could not be resumed. Other machines that share the folder don't see it.
 */
const socketName = (folder: string): string => {
  const name = `layerscope-${createHash("sha256").update(folder).digest("hex").slice(0, 32)}`;
  if (process.platform === "win32") return `\\\\.\\pipe\\${name}`;
  // On Linux in a name space of its own, without a file.
  return process.platform === "linux" ? `\0${name}` : join(tmpdir(), `${name}.sock`);
};

/** `refused`: this system lets nobody listen. */
const listen = (name: string): Promise<Server | "taken" | "refused"> =>
  new Promise((done) => {
    const server = createServer((caller) => caller.destroy());
    server.once("error", ({ code }: NodeJS.ErrnoException) => done(code === "EADDRINUSE" ? "taken" : "refused"));
    server.listen(name, () => done(server));
  });

const answers = (name: string): Promise<boolean> =>
  new Promise((done) => {
    const caller = connect(name);
    caller.once("connect", () => {
      caller.destroy();
      done(true);
    });
    caller.once("error", () => done(false));
  });

/** Until this process ends. `folder` exists. Where no claim can be made at all, the command goes on without one. */
export const claimFolder = async (folder: string): Promise<void> => {
  const name = socketName(realpathSync(folder));
  let server = await listen(name);
  if (server === "taken" && process.platform !== "linux" && !(await answers(name))) {
    // Where the socket is a file, a process that was killed leaves it.
    rmSync(name, { force: true });
    server = await listen(name);
  }
  if (server === "taken") {
    throw new UsageError(`Another command is writing to ${folder}. Wait for its end, stop it, or use another folder.`);
  }
  if (server !== "refused") server.unref();
};
