import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import type { TestEvaluation } from "../../../engine/protocol.ts";
import { setBench } from "../../../renderer/bench/benchStore.ts";
import { TestSet } from "../../../renderer/bench/TestSet.tsx";

const mistake = (index: number) => ({ index, actual: [0], predicted: [1], probability: 0.9, loss: 2.3 });

const evaluation: TestEvaluation = {
  ...{ step: 7, count: 40, loss: 0.5, accuracy: 0.9, r2: null, notFinite: 0, confusion: [20, 3, 1, 16] },
  ...{ worst: [4, 8, 15, 16].map(mistake), worstSamples: new ArrayBuffer(0), pairs: null },
};

afterEach(cleanup);

it("has one stop of Tab for all mistakes, and arrow keys between them", () => {
  setBench({ evaluation, progress: null, evaluationProblem: null });
  render(<TestSet classNames={["no", "yes"]} sampleShape={[2]} stores="numbers" />);
  const buttons = screen.getAllByRole("button", { name: /taken for/ });
  const stops = () => buttons.map(({ tabIndex }) => tabIndex);
  expect(stops()).toEqual([0, -1, -1, -1]);
  buttons[0]?.focus();
  const press = (key: string) => fireEvent.keyDown(document.activeElement ?? document.body, { key });
  press("ArrowRight");
  expect(document.activeElement).toBe(buttons[1]);
  press("End");
  expect(document.activeElement).toBe(buttons[3]);
  // There is nothing beyond.
  press("ArrowRight");
  expect(document.activeElement).toBe(buttons[3]);
  expect(stops()).toEqual([-1, -1, -1, 0]);
  press("Home");
  expect(document.activeElement).toBe(buttons[0]);
});
