/**
 * The rooms of the design and what each may import, enforced by Biome. These tests plant imports in a temporary copy of the project's
 * configuration and look at what the linter says, because a rule nobody has seen fail may be no rule.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** File, its code, and the words of the finding; null: none. */
const cases: readonly (readonly [file: string, code: string, finding: string | null])[] = [
  ["engine/layer.ts", 'import "./registry.ts";', "engine/layer.ts and engine/result.ts import each other"],
  ["engine/layers/a1.ts", 'import type { Registry } from "../registry.ts";', "engine/layers may import"],
  ["engine/layers/a2.ts", 'import "./window.ts";\nimport "../layer.ts";\nimport { z } from "zod";', null],
  ["engine/layers/a3.ts", 'import "node:fs";', "engine/layers may import"],
  ["engine/registry.ts", 'import "./document/schema.ts";', "engine/registry.ts may import"],
  ["engine/document/a1.ts", 'import "../compile/compile.ts";', "engine/document may import"],
  ["engine/document/a2.ts", 'import "../registry.ts";\nimport "./schema.ts";', null],
  [
    "engine/compile/a1.ts",
    'import type { Network } from "../train/network.ts";',
    "engine/compile, kernels, telemetry and data may",
  ],
  ["engine/compile/a2.ts", 'import "../document/schema.ts";\nimport "../kernels/table.ts";', null],
  [
    "engine/kernels/a1.ts",
    'import { createNodeHost } from "../host/node.ts";',
    "engine/compile, kernels, telemetry and data may",
  ],
  ["engine/telemetry/a1.ts", 'import "../protocol.ts";', "engine/compile, kernels, telemetry and data may"],
  ["engine/train/a1.ts", 'import "../index.ts";', "engine/train may import"],
  ["engine/train/a2.ts", 'import "../host/web.ts";', "engine/train may import"],
  ["engine/train/a3.ts", 'import type { Host } from "../host/host.ts";\nimport "../protocol.ts";', null],
  ["engine/train/a4.ts", 'import { app } from "electron";', "engine/train may import"],
  ["engine/train/a5.ts", 'import "../../renderer/run/runState.ts";', "engine/train may import"],
  ["engine/export/a1.ts", 'import "../train/session.ts";', "engine/export may import"],
  ["engine/experiments/a1.ts", 'import "../host/node.ts";', "engine/experiments may import"],
  ["engine/experiments/a2.ts", 'import "../train/rng.ts";\nimport "../document/schema.ts";', null],
  ["engine/train/a6.ts", 'import "../experiments/expandStudy.ts";', "engine/train may import"],
  ["engine/host/web1.ts", 'import "node:fs";', "Node's modules only in engine/host/node*.ts"],
  ["engine/host/node1.ts", 'import "node:fs";\nimport "../train/run.ts";', null],
  ["engine/host/node2.ts", 'import "../../cli/layerscope.ts";', "engine/host/node*.ts may import"],
  ["engine/index.ts", 'export { Run } from "./train/run.ts";', "The doors may"],
  ["engine/protocol.ts", 'import "./kernels/table.ts";', "The doors may"],
  [
    "renderer/run/a1.ts",
    'import { compile } from "../../engine/compile/compile.ts";',
    "The page uses the engine through",
  ],
  ["renderer/run/a2.ts", 'import type { Shape } from "../../engine/layer.ts";', "The page uses the engine through"],
  [
    "renderer/run/a3.ts",
    'import "../../engine/index.ts";\nimport "../../engine/protocol.ts";\nimport "../app/Icon.tsx";',
    null,
  ],
  ["renderer/run/a4.ts", 'import { ipcRenderer } from "electron";', "The page uses the engine through"],
  [
    "renderer/run/a5.ts",
    'import type { ShellBridge } from "../../electron/ipcContract.ts";',
    "The page uses the engine through",
  ],
  ["renderer/run/a6.ts", 'import { readFile } from "node:fs/promises";', "The page uses the engine through"],
  ["renderer/shell/a1.ts", 'import type { ShellBridge } from "../../electron/ipcContract.ts";', null],
  ["renderer/shell/a2.ts", 'import "../../electron/main.ts";', "renderer/shell may import"],
  ["cli/a1.ts", 'import "../renderer/run/runState.ts";', "cli may import"],
  ["cli/a2.ts", 'import "../engine/host/node.ts";\nimport "../engine/train/run.ts";\nimport "node:fs";', null],
  ["cli/a3.ts", 'import "../engine/layers/conv2d.ts";', "cli may import"],
  ["electron/a1.ts", 'import "../renderer/run/runState.ts";', "electron may import"],
  ["electron/a2.ts", 'import "../engine/compile/compile.ts";', "electron may import"],
  ["electron/a3.ts", 'import "../engine/index.ts";\nimport "../engine/host/node.ts";', null],
  ["engine/train/b1.ts", "export const now = (): number => Date.now();", "global variable Date"],
  ["engine/train/b2.ts", "export const now = (): number => performance.now();", "global variable performance"],
  ["engine/train/b3.ts", "export const random = (): number => Math.random();", "Math.random"],
  ["engine/train/b4.ts", "export const title = (): string => document.title;", "global variable document"],
  ["engine/train/b5.ts", "export const platform = (): string => process.platform;", "global variable process"],
  [
    "engine/train/b6.ts",
    "export const root = (document: { root: number }): number => document.root * Math.sqrt(2);",
    null,
  ],
  ["engine/host/web2.ts", "export const now = (): number => performance.now();", null],
  ["engine/data/c1.ts", 'import { two } from "./c2.ts";\n\nexport const one = (): number => two();', "cycle"],
  ["engine/data/c2.ts", 'import { one } from "./c1.ts";\n\nexport const two = (): number => one();', "cycle"],
];

interface Report {
  readonly diagnostics: readonly {
    readonly category: string;
    readonly message: unknown;
    readonly location: { readonly path: string | { readonly file: string } };
  }[];
}

let findings: Map<string, string[]>;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "layerscope-rules-"));
  for (const file of ["biome.json", ".gitignore", "package.json"])
    cpSync(path.join(root, file), path.join(folder, file));
  for (const [file, code] of cases) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), `${code}\n`);
  }
  const rules = [
    "style/noRestrictedImports",
    "style/noRestrictedGlobals",
    "suspicious/noImportCycles",
    "nursery/noJsRestrictedProperties",
  ];
  const { stdout, stderr } = spawnSync(
    path.join(root, "node_modules/.bin/biome"),
    ["lint", "--reporter=json", "--max-diagnostics=none", ...rules.map((rule) => `--only=${rule}`), "."],
    { cwd: folder, encoding: "utf8" },
  );
  const start = stdout.indexOf("{");
  if (start === -1) throw new Error(`Biome gave no report: ${stderr}`);
  const report: Report = JSON.parse(stdout.slice(start));
  findings = new Map();
  for (const { message, location } of report.diagnostics) {
    const file = typeof location.path === "string" ? location.path : location.path.file;
    findings.set(file, [...(findings.get(file) ?? []), JSON.stringify(message)]);
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the linter", () => {
  it.each(cases.filter(([, , finding]) => finding !== null))("refuses in %s: %s", (file, _code, finding) => {
    expect(findings.get(file)?.join("\n") ?? "").toContain(finding);
  });
  it.each(cases.filter(([, , finding]) => finding === null))("allows in %s: %s", (file) => {
    expect(findings.get(file)).toBeUndefined();
  });
});
