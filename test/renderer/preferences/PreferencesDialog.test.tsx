import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { runCommand } from "../../../renderer/commands/commandTable.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { startNew } from "../../../renderer/document/fileActions.ts";
import {
  changeNewDocument,
  newDocumentStore,
  restoreNewDocument,
} from "../../../renderer/document/newDocumentSetting.ts";
import { restoreInterfaceSize } from "../../../renderer/preferences/interfaceSize.ts";
import { PreferencesDialog } from "../../../renderer/preferences/PreferencesDialog.tsx";
import { restoreReopens } from "../../../renderer/preferences/reopenSetting.ts";
import { reducesMotion, restoreMotion } from "../../../renderer/theme/motion.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { runNumbered } from "../library/finishedRun.ts";

let shell: FakeShell;

beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  await Promise.all([restoreMotion(), restoreInterfaceSize(), restoreReopens()]);
  changeNewDocument({ dataset: "mnist", epochs: 1, batchSize: 64 });
  viewStore.setState({ preferencesOpen: false, question: null });
  render(<PreferencesDialog />);
});
afterEach(cleanup);

const open = (): void => {
  runCommand("file.preferences");
};

describe("preferences", () => {
  it("say what new documents begin with, and outlive the window", async () => {
    open();
    const user = userEvent.setup();
    await user.selectOptions(await screen.findByRole("combobox", { name: "Dataset" }), "Moons");
    const epochs = screen.getByRole("textbox", { name: "Epochs" });
    await user.clear(epochs);
    await user.type(epochs, "12{Enter}");
    await startNew();
    const { dataset, training } = documentStore.getState().document;
    expect(dataset).toMatchObject({ source: "generated", pattern: "moons" });
    expect(training).toMatchObject({ epochs: 12, batchSize: 64 });
    expect(documentStore.getState().edited).toBe(false);

    newDocumentStore.setState({ dataset: "mnist", epochs: 1, batchSize: 64 });
    await restoreNewDocument();
    expect(newDocumentStore.getState()).toEqual({ dataset: "moons", epochs: 12, batchSize: 64 });
  });

  it("refuse what no document could have, with the reason, and keep the value", async () => {
    open();
    const user = userEvent.setup();
    const batch = await screen.findByRole("textbox", { name: "Batch size" });
    await user.clear(batch);
    await user.type(batch, "0{Enter}");
    expect((await screen.findByRole("alert")).textContent).not.toBe("");
    expect(newDocumentStore.getState().batchSize).toBe(64);
  });

  it("reduce motion at once", async () => {
    open();
    await userEvent.setup().selectOptions(await screen.findByRole("combobox", { name: "Motion" }), "Reduced");
    expect(document.documentElement.dataset.motion).toBe("reduced");
    expect(reducesMotion()).toBe(true);
  });

  it("enlarge the whole interface at once, and when the app starts again", async () => {
    open();
    const size = await screen.findByRole("combobox", { name: "Size" });
    await userEvent.setup().selectOptions(size, "150");
    expect(shell.zoom).toBe(1.5);

    shell.zoom = 1;
    await restoreInterfaceSize();
    expect(shell.zoom).toBe(1.5);
  });

  it("enlarge the interface by commands, up to twice its size", () => {
    for (let step = 0; step < 9; step += 1) runCommand("view.larger");
    expect(shell.zoom).toBe(2);
    runCommand("view.smaller");
    expect(shell.zoom).toBe(1.75);
  });

  it("leave the size to the browser where there is one", async () => {
    setShell({ ...shell, zoomInterface: null });
    open();
    expect(await screen.findByRole("combobox", { name: "Theme" })).toBeTruthy();
    expect(screen.queryByRole("combobox", { name: "Size" })).toBeNull();
  });

  it("say how many finished runs stay, and on how much of the disk", async () => {
    shell.finished = [runNumbered(1, { bytes: 20_000 }), runNumbered(2, { bytes: 30_000 })];
    open();
    expect(await screen.findByText(/Kept now: 2 runs, 50\.0\skB\./)).toBeTruthy();
    const user = userEvent.setup();
    const count = () => screen.getByRole<HTMLSelectElement>("combobox", { name: "Keep the last" });
    expect(count().value).toBe("100");
    await user.selectOptions(count(), "20 runs");
    await expect.poll(() => count().value).toBe("20");
    await user.selectOptions(screen.getByRole("combobox", { name: "On at most" }), "1000000000");
    await expect.poll(() => shell.settings.get("runs.limits")).toBe('{"runs":20,"bytes":1000000000}');
  });

  it("tell the app whether it opens the documents of the last time", async () => {
    open();
    const reopen = await screen.findByRole("switch", { name: "Reopen the documents of the last time" });
    await userEvent.setup().click(reopen);
    expect(shell.settings.get("reopenWindows")).toBe("true");
  });
});
