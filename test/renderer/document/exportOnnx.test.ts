import { beforeEach, expect, it } from "vitest";
import { modelBytes, textOfModel } from "../../../engine/export/modelFile.ts";
import { readMessage, textOf } from "../../../engine/export/protobuf.ts";
import { compile } from "../../../engine/index.ts";
import { initialTensors } from "../../../engine/train/initializers.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { commandOf, runCommand } from "../../../renderer/commands/commandTable.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";

let shell: FakeShell;
beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  viewStore.setState({ notices: [] });
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("lenet-bn-avg");
});

/** What a trainer of the open document gives. */
const modelText = (): string => {
  const { document } = documentStore.getState();
  const { program } = compile(document, { plan: false });
  if (program === null) throw new Error("The example has errors.");
  return textOfModel(
    modelBytes({
      document,
      program,
      tensors: initialTensors(program, document.training.initializer, 1),
      dataset: {
        shape: [1, 28, 28],
        classNames: [..."0123456789"],
        preprocessing: { unit: 255, mean: [0.13], std: [0.3] },
      },
      record: {
        ...{
          dataset: "MNIST",
          trainSamples: 60_000,
          seed: 1,
          steps: 938,
          epochs: 1,
          finalLoss: 0.03,
          testAccuracy: 0.98,
        },
        savedAt: "2026-01-02T03:04:05.000Z",
      },
    }),
  );
};

const notices = () => viewStore.getState().notices.map(({ title, text }) => [title, text]);

it("writes the trained net, and says what it takes", async () => {
  expect(commandOf("file.exportOnnx")?.disabledBecause()).toBe("There is no trained net to export. Train first.");
  runStore.setState({ canExport: true, exportModel: async () => ({ text: modelText() }) });
  expect(commandOf("file.exportOnnx")?.disabledBecause()).toBeNull();
  runCommand("file.exportOnnx");
  await expect.poll(() => shell.exports).toHaveLength(1);
  const [{ suggestedName, content } = { suggestedName: "", content: "" }] = shell.exports;
  expect(suggestedName).toBe("lenet-bn-avg.onnx");
  const fields = readMessage(content as Uint8Array);
  expect(fields.ok && fields.value.flatMap(({ field, value }) => (field === 2 ? [textOf(value)] : []))).toEqual([
    "Layerscope",
  ]);
  await expect
    .poll(notices)
    .toEqual([
      [
        "The ONNX file is exported",
        "lenet-bn-avg.onnx holds the trained net. It takes N×1×28×28 values as MNIST stores them, 0 to 255.",
      ],
    ]);
});

it("tells what kept it from being written", async () => {
  runStore.setState({ canExport: true, exportModel: async () => ({ problem: "The trainer ended." }) });
  runCommand("file.exportOnnx");
  await expect.poll(notices).toEqual([["The ONNX file was not exported", "The trainer ended."]]);
  viewStore.setState({ notices: [] });
  runStore.setState({ exportModel: async () => ({ text: "{}" }) });
  runCommand("file.exportOnnx");
  await expect
    .poll(notices)
    .toEqual([
      ["The ONNX file was not exported", 'The file is not a model JSON: it has no format, not "layerscope-model".'],
    ]);
  viewStore.setState({ notices: [] });
  setShell({
    ...shell,
    saveExport: async () => ({ status: "failed", problem: { code: "disk", message: "The disk is full." } }),
  });
  runStore.setState({ exportModel: async () => ({ text: modelText() }) });
  runCommand("file.exportOnnx");
  await expect.poll(notices).toEqual([["The ONNX file was not exported", "The disk is full."]]);
});
