/**
 * A peer that the benchmark compares with: another process that trains the same nets, answers one JSON line per request
 * and is idle in between. The judges live in `test/judges`, outside of the app and its dependencies.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { systemReason } from "../../engine/host/systemReason.ts";
import { UsageError } from "../usageError.ts";
import type { BenchNetName } from "./benchNets.ts";

/** OpenBLAS's threads go on looking for work for some 100 ms, and would take a core from whoever is measured next. */
const SETTLING_MS = 150;

export type PeerName = "torch" | "tfjs";

export interface JudgeCall {
  readonly net: BenchNetName;
  readonly mode: "train" | "infer";
  readonly seconds: number;
}

/** How a peer can be set up; the fastest setting counts. */
export interface PeerSetting {
  readonly threads: number;
  readonly layout: "nchw" | "channels_last";
}

interface PeerSpec {
  readonly command: string;
  readonly script: string;
  readonly settings: readonly PeerSetting[];
  readonly hint: string;
}

const peers: Readonly<Record<PeerName, PeerSpec>> = {
  torch: {
    command: "/usr/bin/python3",
    script: "torchBench.py",
    settings: [1, 2].flatMap((threads) => (["nchw", "channels_last"] as const).map((layout) => ({ threads, layout }))),
    hint: "Install Debian's python3-torch and libopenblas0-pthread.",
  },
  tfjs: {
    command: process.execPath,
    script: "tfjsBench.mjs",
    settings: [{ threads: 1, layout: "channels_last" }],
    hint: "Run npm ci in test/judges.",
  },
};

export class Judge {
  readonly name: PeerName;
  readonly settings: readonly PeerSetting[];
  #version = "";
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(name: PeerName, child: ChildProcess, lines: AsyncIterator<string>) {
    this.name = name;
    this.settings = peers[name].settings;
    this.#process = child;
    this.#lines = lines;
  }

  /** `PyTorch 1.13.1`, as the peer says. */
  get version(): string {
    return this.#version;
  }

  /** `python`: what runs PyTorch in place of Debian's interpreter; null: that one. */
  static async start(name: PeerName, judgesDirectory: string, python: string | null): Promise<Judge> {
    const spec = peers[name];
    const command = (name === "torch" ? python : null) ?? spec.command;
    const script = join(judgesDirectory, spec.script);
    if (!existsSync(script)) throw new UsageError(`${script} does not exist; comparisons need a source checkout.`);
    // These two make old OpenBLAS builds slow; the peer is seen at its best.
    const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _cache, ...env } = process.env;
    const child = spawn(command, [script], { env, stdio: ["pipe", "pipe", "pipe"] });
    let complaint = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-2000);
    });
    const ended = new Promise<void>((resolve) => {
      child.on("error", (error) => {
        complaint = systemReason(error) ?? error.message;
        resolve();
      });
      child.on("close", resolve);
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const judge = new Judge(name, child, lines);
    try {
      const hello = await judge.#answer();
      judge.#version = String(hello.version);
    } catch {
      child.kill();
      await ended;
      const hint = command === spec.command ? `${spec.hint} ` : "";
      throw new UsageError(`${name} does not run. ${hint}${command}: ${complaint.trim().split("\n").at(-1) ?? ""}`);
    }
    return judge;
  }

  async #answer(): Promise<Readonly<Record<string, unknown>>> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`${this.name} ended before it answered.`);
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed !== "object" || parsed === null) throw new Error(`${this.name} answered ${value}.`);
    return { ...parsed };
  }

  /** Samples per second; when this is told, the peer has come to rest. */
  async measure(call: JudgeCall, setting: PeerSetting): Promise<number> {
    this.#process.stdin?.write(`${JSON.stringify({ ...call, ...setting })}\n`);
    const { samplesPerSecond } = await this.#answer();
    await sleep(SETTLING_MS);
    if (typeof samplesPerSecond !== "number") throw new Error(`${this.name} gave no samplesPerSecond.`);
    return samplesPerSecond;
  }

  stop(): void {
    this.#process.stdin?.end();
  }
}
