import { cleanup, render } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { NamesWhole } from "../../../renderer/app/NamesWhole.tsx";

afterEach(cleanup);

it("keeps names with a hyphen on one line, and leaves the words as they are", () => {
  const text = "An eight-layer net on CIFAR-10, LeNet on Fashion-MNIST";
  const { container } = render(<NamesWhole text={text} />);
  expect(container.textContent).toBe(text);
  expect([...container.querySelectorAll(".name-whole")].map((name) => name.textContent)).toEqual([
    "CIFAR-10",
    "Fashion-MNIST",
  ]);
});
