import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RunFolder } from "../../../engine/host/nodeRunFolder.ts";
import { parse } from "../../../engine/index.ts";

const example = readFileSync("examples/spiral-bn.layerscope", "utf8");

test("a checkpoint that the disk refuses leaves nothing of it, and says why in words", async () => {
  const document = parse(example);
  if (!document.ok) throw new Error("The example does not parse.");
  const path = mkdtempSync(join(tmpdir(), "layerscope-run-folder-"));
  try {
    const folder = RunFolder.create(path, document.value, 1000);
    const checkpoints = join(path, "checkpoints");
    await folder.save(1, [new Uint8Array(4)]);
    // Something in its way refuses as a full disk does.
    mkdirSync(join(checkpoints, "step-2.checkpoint"));
    writeFileSync(join(checkpoints, "step-2.checkpoint", "x"), "");
    await expect(folder.save(2, [new Uint8Array(4)])).rejects.toThrow(/^it is a folder\.$/);
    expect(readdirSync(checkpoints)).toEqual(["step-1.checkpoint", "step-2.checkpoint"]);
    folder.close();
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
});
