import { act, cleanup, fireEvent, render } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { TooltipLayer } from "../../../renderer/app/TooltipLayer.tsx";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const Button = ({ tooltip }: { readonly tooltip: string | undefined }) => (
  <>
    <button type="button" data-tooltip={tooltip}>
      Train
    </button>
    <TooltipLayer />
  </>
);

const rendered = () => {
  const { getByRole, queryByRole, rerender } = render(<Button tooltip="The run is stopping" />);
  const change = (tooltip: string | undefined) => act(async () => rerender(<Button tooltip={tooltip} />));
  fireEvent.pointerOver(getByRole("button"), { pointerType: "mouse" });
  return { change, shown: () => queryByRole("tooltip")?.textContent ?? null };
};

const wait = () => act(async () => void vi.advanceTimersByTime(1000));

it("follows what the element says while the pointer rests on it", async () => {
  const { change, shown } = rendered();
  await wait();
  expect(shown()).toBe("The run is stopping");
  await change("Train");
  expect(shown()).toBe("Train");
  await change(undefined);
  expect(shown()).toBeNull();
});

it("shows what the element says when it appears, not what it said when the pointer came", async () => {
  const { change, shown } = rendered();
  await change("Train");
  await wait();
  expect(shown()).toBe("Train");
});
