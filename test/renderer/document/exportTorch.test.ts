import { beforeEach, expect, it } from "vitest";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { commandOf, runCommand } from "../../../renderer/commands/commandTable.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";

let shell: FakeShell;
beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("lenet-bn-avg");
});

it("writes the net as it is, trained or not, and names the file of its weights", async () => {
  runCommand("file.exportTorch");
  await expect.poll(() => shell.exports).toHaveLength(1);
  const [{ suggestedName, content } = { suggestedName: "", content: "" }] = shell.exports;
  expect(suggestedName).toBe("lenet_bn_avg.py");
  expect(content).toContain("from lenet_bn_avg import load");
  expect(content).toContain('load("lenet-bn-avg.model.json")');
  expect(content).toContain("self.conv1 = nn.Conv2d(1, 20, 3)");
  await expect
    .poll(() => viewStore.getState().notices.map(({ title }) => title))
    .toEqual(["The PyTorch code is exported"]);
});

it("waits for a graph without errors, and tells what kept it from being written", async () => {
  setShell({
    ...shell,
    saveExport: async () => ({ status: "failed", problem: { code: "disk", message: "The disk is full." } }),
  });
  runCommand("file.exportTorch");
  await expect.poll(() => viewStore.getState().notices.map(({ text }) => text)).toEqual(["The disk is full."]);
  documentStore.getState().apply([{ type: "deleteNodes", nodeIds: ["fc1"] }], "delete fc1");
  expect(commandOf("file.exportTorch")?.disabledBecause()).toBe("The graph has errors");
});
