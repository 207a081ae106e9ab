import { act, cleanup, render } from "@testing-library/react";
import { ReactFlowProvider } from "@xyflow/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { useFlowElements } from "../../../renderer/canvas/flowElements.ts";
import { NodeStrips } from "../../../renderer/canvas/NodeStrips.tsx";
import { StripStage, StripStageContext } from "../../../renderer/canvas/stripStage.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { frameEvent, startedEvent } from "../run/events.ts";

let shell: FakeShell;

beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  runStore.getState().reset();
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-bn");
});
afterEach(() => {
  vi.restoreAllMocks();
  cleanup();
});

const Strips = () =>
  useFlowElements().nodes.flatMap((node) =>
    node.type === "layer" && ["fc1", "output"].includes(node.id)
      ? [<NodeStrips key={node.id} view={node.data.view} level="full" scale={1} />]
      : [],
  );

const animated = (): Promise<void> =>
  act(() => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))));

it("draws a layer where it was measured or the cursor moves, and not for each loss", async () => {
  const stage = new StripStage();
  vi.spyOn(stage, "isVisible").mockReturnValue(true);
  const drawn = vi.spyOn(stage, "invalidate");
  const { container } = render(
    <ReactFlowProvider>
      <StripStageContext value={stage}>
        <Strips />
      </StripStageContext>
    </ReactFlowProvider>,
  );
  const told = async (...events: readonly ReturnType<typeof frameEvent>[]): Promise<readonly string[]> => {
    await animated();
    drawn.mockClear();
    act(() => {
      for (const event of events) shell.trainers.at(-1)?.listener.onEvent(event);
    });
    await animated();
    return [...new Set(drawn.mock.calls.map(([nodeId]) => nodeId))].sort();
  };
  act(() => {
    runStore.getState().train();
    shell.trainers.at(-1)?.listener.onEvent(startedEvent(["fc1"]));
  });
  const losses = (length: number, first: number) => Array.from({ length }, (_, index) => first + index);
  expect(await told(frameEvent(337, ["fc1"], losses(337, 1)))).toEqual(["fc1", "output"]);
  // Each of the 168 columns is 4 steps: the cursor stays in that of 337 to 340.
  expect(await told(frameEvent(339, [], losses(2, 338)))).toEqual(["output"]);
  expect(await told(frameEvent(341, [], losses(2, 340)))).toEqual(["fc1", "output"]);
  expect(await told(frameEvent(342, ["fc1"]))).toEqual(["fc1", "output"]);
  expect(container.querySelector('#readouts-fc1 [data-part="second"]')?.textContent).toMatch(/^±\s\d/);
});
