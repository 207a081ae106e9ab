import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { TrainingSettings } from "../../../engine/index.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { ScheduleCurve } from "../../../renderer/inspector/ScheduleCurve.tsx";
import { schedulePoints } from "../../../renderer/inspector/schedulePoints.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";

let shell: FakeShell;
beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  await openExample("mlp-bn");
});
afterEach(cleanup);

const training = (change: Partial<TrainingSettings>): TrainingSettings => ({
  ...documentStore.getState().document.training,
  ...{ learningRate: 0.1, epochs: 4, batchSize: 100, warmupEpochs: 0, validation: null },
  ...change,
});

const halved: TrainingSettings["schedule"] = { name: "step", everyEpochs: 1, factor: 0.5 };

it("has the rate of the steps that training takes, where the size of the set is known", () => {
  const points = schedulePoints(training({ schedule: halved }), 1000);
  expect(points.map(({ step }) => step)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  expect(points[9]).toEqual({ step: 10, epoch: 1, rate: 0.1 });
  expect(points[10]?.rate).toBe(0.05);
  expect(points.at(-1)).toEqual({ step: 40, epoch: 4, rate: 0.0125 });
  // Of 1,000 samples 250 are set apart: 8 steps an epoch.
  const fewer = schedulePoints(training({ schedule: halved, validation: { share: 0.25 } }), 1000);
  expect(fewer.at(-1)?.step).toBe(32);
  expect(schedulePoints(training({ schedule: halved }), null).at(-1)).toMatchObject({ step: null, epoch: 4 });
});

it("is shown as a table, and written as numbers and as a picture", async () => {
  const cosine: TrainingSettings["schedule"] = { name: "cosine", finalFactor: 0 };
  render(<ScheduleCurve training={training({ schedule: cosine })} />);
  const user = userEvent.setup();
  await user.click(screen.getByRole("button", { name: "Show the learning rate as a table" }));
  const table = within(screen.getByRole("region", { name: "Learning rate" })).getByRole("table");
  const rows = within(table).getAllByRole("row");
  expect(rows[0]?.textContent).toContain("Learning rate");
  expect(rows.length).toBeLessThanOrEqual(26);
  expect(rows[1]?.textContent).toContain("0.1");
  expect(rows.at(-1)?.textContent).toMatch(/^4\.00.*0$/);
  await user.click(screen.getByRole("button", { name: "Export the learning rate" }));
  await user.click(await screen.findByRole("menuitem", { name: "Every point, CSV" }));
  await user.click(screen.getByRole("button", { name: "Export the learning rate" }));
  await user.click(await screen.findByRole("menuitem", { name: "Chart, SVG" }));
  await expect
    .poll(() => shell.exports.map(({ suggestedName }) => suggestedName))
    .toEqual(["mlp-bn-learning-rate.csv", "mlp-bn-learning-rate.svg"]);
  const [csv, svg] = shell.exports.map(({ content }) => String(content));
  expect(csv?.split("\n")[0]).toBe("epoch,step,learning_rate");
  expect(csv?.trim().split("\n").length).toBeGreaterThan(300);
  expect(svg).toMatch(/^<svg[\s\S]*Learning rate over 4 epochs[\s\S]*<polyline/);
});

it("is not there while the rate stays the same", () => {
  const { container } = render(<ScheduleCurve training={training({ schedule: { name: "constant" } })} />);
  expect(container.textContent).toBe("");
});
