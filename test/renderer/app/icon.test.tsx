import { cleanup, render } from "@testing-library/react";
import { CircleX, TriangleAlert } from "lucide-react";
import { afterEach, expect, it } from "vitest";
import { Icon } from "../../../renderer/app/Icon.tsx";

afterEach(cleanup);

const drawn = (container: HTMLElement): readonly (string | undefined)[][] =>
  [...container.querySelectorAll("svg")].map((svg) => [
    ...["class", "width", "height", "viewBox", "stroke-width", "stroke", "fill", "aria-hidden"].map(
      (name) => svg.getAttribute(name) ?? undefined,
    ),
    svg.innerHTML,
  ]);

it("looks the same whether it is the first of its kind or a copy, at each size", () => {
  const first = drawn(render(<Icon of={CircleX} size={12} />).container);
  expect(first[0]?.at(-1)).toContain("path");
  const copies = drawn(
    render(
      <>
        <Icon of={CircleX} size={12} />
        <Icon of={CircleX} />
      </>,
    ).container,
  );
  expect(copies[0]).toEqual(first[0]);
  expect(copies[1]?.slice(1, 5)).toEqual(["16", "16", "0 0 24 24", String((1.33 * 24) / 16)]);
  expect(copies[1]?.at(-1)).toBe(first[0]?.at(-1));
});

it("becomes another icon", () => {
  const { container, rerender } = render(<Icon of={CircleX} />);
  const before = drawn(container);
  rerender(<Icon of={TriangleAlert} />);
  expect(drawn(container)[0]?.[0]).toContain("triangle-alert");
  rerender(<Icon of={CircleX} />);
  expect(drawn(container)).toEqual(before);
});
