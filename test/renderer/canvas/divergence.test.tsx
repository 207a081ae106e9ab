import { act, cleanup, render, screen } from "@testing-library/react";
import { ReactFlowProvider } from "@xyflow/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { useFlowElements } from "../../../renderer/canvas/flowElements.ts";
import { LayerNode } from "../../../renderer/canvas/LayerNode.tsx";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import { Timeline } from "../../../renderer/run/Timeline.tsx";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { frameEvent, startedEvent } from "../run/events.ts";

const MESSAGE = "Loss is not finite since step 12. First bad node: fc1.";

let shell: FakeShell;

beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  runStore.getState().reset();
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-bn");
});
afterEach(cleanup);

/** A run that measured steps 1 and 9 and diverged at 12. */
const diverge = (): void =>
  act(() => {
    runStore.getState().train();
    const listener = shell.trainers.at(-1)?.listener;
    listener?.onEvent(startedEvent(["fc1"]));
    listener?.onEvent(frameEvent(1, ["fc1"]));
    listener?.onEvent(frameEvent(9, ["fc1"], [2, 3, 4, 5, 6, 7, 8, 9]));
    listener?.onEvent(frameEvent(12, [], [10, 11, 12]));
    listener?.onEvent({ type: "failed", failure: { reason: "diverged", message: MESSAGE, step: 12, nodeId: "fc1" } });
  });

const Fc1 = () => {
  const node = useFlowElements().nodes.find(({ id }) => id === "fc1");
  if (node?.type !== "layer") throw new Error("There is no fc1.");
  const placed = { zIndex: 0, positionAbsoluteX: 0, positionAbsoluteY: 0 };
  const free = { selectable: true, deletable: true, draggable: true, isConnectable: true, dragging: false };
  return <LayerNode id="fc1" type="layer" data={node.data} selected={false} {...placed} {...free} />;
};

const Spoken = () => (
  <ul>
    {useFlowElements().nodes.map((node) => (
      <li
        key={node.id}
        data-testid={node.id}
        data-diverged={node.type === "layer" ? node.data.view.divergence?.step : undefined}
      >
        {node.ariaLabel}
      </li>
    ))}
  </ul>
);

const spoken = (id: string) => screen.getByTestId(id);

it("marks the first bad node, with the sentence, until the next run starts", () => {
  render(<Spoken />, { wrapper: ReactFlowProvider });
  expect(spoken("fc1").dataset.diverged).toBeUndefined();
  diverge();
  expect(spoken("fc1").dataset.diverged).toBe("12");
  expect(spoken("fc1").textContent).toContain(MESSAGE);
  expect(spoken("output").textContent).not.toContain("not finite");
  act(() => runStore.getState().train());
  expect(spoken("fc1").dataset.diverged).toBeUndefined();
  expect(spoken("fc1").textContent).not.toContain("not finite");
});

it("wears the badge with the step", () => {
  render(<Fc1 />, { wrapper: ReactFlowProvider });
  const badge = () =>
    /: (.*)\. Show why/
      .exec(document.querySelector(".NodeBadge-error")?.getAttribute("aria-label") ?? "")?.[1]
      ?.replaceAll("\u00a0", " ");
  expect(badge()).toBeUndefined();
  diverge();
  expect(badge()).toBe("diverged, step 12");
  act(() => runStore.getState().train());
  expect(badge()).toBeUndefined();
});

it("shows the last measured step on the timeline, as the strips do", () => {
  diverge();
  render(<Timeline />);
  const slider = screen.getByRole("slider", { name: "Step shown" });
  const { history, shownStep } = runStore.getState();
  expect(slider.getAttribute("aria-valuenow")).toBe("9");
  expect(slider.getAttribute("aria-valuemax")).toBe("9");
  expect(history?.statisticsAt("fc1", shownStep)?.mean).toBe(9);
});

it("steps back to the last measured step when the run fails while a later one is shown", () => {
  const failing = (): void => {
    runStore.getState().train();
    const listener = shell.trainers.at(-1)?.listener;
    listener?.onEvent(startedEvent(["fc1"]));
    listener?.onEvent(frameEvent(9, ["fc1"]));
    listener?.onEvent(frameEvent(12, [], [10, 11, 12]));
    runStore.getState().showStep(11);
    listener?.onEvent({ type: "failed", failure: { reason: "diverged", message: MESSAGE, step: 12, nodeId: "fc1" } });
  };
  act(failing);
  render(<Timeline />);
  expect(screen.getByRole("slider").getAttribute("aria-valuenow")).toBe("9");
});

it("follows the last measured step when a later one is asked for", () => {
  diverge();
  const { showStep } = runStore.getState();
  showStep(5);
  expect(runStore.getState().shownStep).toBe(5);
  showStep(11);
  expect(runStore.getState().shownStep).toBeNull();
});
