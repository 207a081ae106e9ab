/** Nets for CIFAR-10 on files in the format of its binary version, where a class is one of ten squares of one of the colours. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeCifar } from "../support/datasetFixtures.ts";
import { jsonLines, runCli } from "./runCli.ts";

let folder = "";
beforeAll(() => {
  folder = writeCifar(mkdtempSync(join(tmpdir(), "layerscope-cifar-")), 32, 40);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  { net: "residual", graph: "examples/residual-cifar10.layerscope", batch: 16, epochs: 5, lr: 0.05 },
  { net: "VGG-like", graph: "cli/bench/vgg-bn-cifar10.layerscope", batch: 16, epochs: 3, lr: 0.05 },
])("a $net net learns them: its loss falls, and so does that of the test set", async (call) => {
  const outcome = await runCli([
    ...["train", call.graph, "--dataset", folder, "--json", "--frames-per-second", "0", "--seed", "1"],
    ...["--batch", `${call.batch}`, "--epochs", `${call.epochs}`, "--lr", `${call.lr}`],
    ...["--validation", "none", "--augment", "none"],
  ]);
  expect(outcome).toMatchObject({ code: 0, stderr: "" });
  const events = jsonLines(outcome.stdout);
  expect(events[0]).toMatchObject({ event: "started", trainCount: 160, testCount: 40, classNames: expect.anything() });
  const epochs = events.filter(({ event }) => event === "epoch");
  const [first, last] = [epochs[0], epochs.at(-1)];
  expect(Number(last?.loss)).toBeLessThan(0.5 * Number(first?.loss));
  expect(Number(last?.testLoss)).toBeLessThan(Math.log(10));
  expect(Number(last?.testAccuracy)).toBeGreaterThan(0.5);
});
