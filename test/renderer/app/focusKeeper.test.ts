import { afterEach, beforeEach, expect, it } from "vitest";
import { keepFocus } from "../../../renderer/app/focusKeeper.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";

let stop: () => void;

beforeEach(() => {
  document.body.innerHTML = `
    <section data-region="canvas" tabindex="-1"></section>
    <aside data-region="inspector" tabindex="-1"><button id="delete">Delete</button><button id="other">Other</button></aside>
    <div class="notices"><button id="dismiss">Dismiss</button></div>`;
  stop = keepFocus();
});
afterEach(() => {
  stop();
  document.body.innerHTML = "";
});

const element = (selector: string): HTMLElement => {
  const found = document.querySelector<HTMLElement>(selector);
  if (!found) throw new Error(`There is no ${selector}.`);
  return found;
};
/** Something on the page changed, and two frames went by: one to notice, one to be sure. */
const change = async (): Promise<void> => {
  viewStore.setState({ diagnosticsOpen: !viewStore.getState().diagnosticsOpen });
  for (let frame = 0; frame < 2; frame += 1) await new Promise((resolve) => requestAnimationFrame(resolve));
};

it("passes the focus of a removed element to its part of the window", async () => {
  element("#delete").focus();
  element("#delete").remove();
  await change();
  expect(document.activeElement).toBe(element("[data-region='inspector']"));
});

it("passes it to the canvas when the element stood in none", async () => {
  element("#dismiss").focus();
  element("#dismiss").remove();
  await change();
  expect(document.activeElement).toBe(element("[data-region='canvas']"));
});

it("leaves the focus alone where it is, and where the user dropped it", async () => {
  element("#other").focus();
  element("#delete").remove();
  await change();
  expect(document.activeElement).toBe(element("#other"));
  element("#other").blur();
  await change();
  expect(document.activeElement).toBe(document.body);
});

it("goes to the view that is shown when the canvas goes behind it", async () => {
  document.body.insertAdjacentHTML("beforeend", `<main data-region="statistics" tabindex="-1"></main>`);
  const canvas = element("[data-region='canvas']");
  canvas.focus();
  canvas.inert = true;
  // As browsers do it.
  canvas.blur();
  await change();
  expect(document.activeElement).toBe(element("[data-region='statistics']"));
});

it("goes there when that view was read", async () => {
  const canvas = element("[data-region='canvas']");
  canvas.focus();
  canvas.inert = true;
  canvas.blur();
  await change();
  document.body.insertAdjacentHTML("beforeend", `<section data-region="experiments" tabindex="-1"></section>`);
  await change();
  expect(document.activeElement).toBe(element("[data-region='experiments']"));
});

it("takes the focus from what is behind the view that is shown", async () => {
  document.body.insertAdjacentHTML("beforeend", `<main data-region="statistics" tabindex="-1"></main>`);
  const canvas = element("[data-region='canvas']");
  canvas.focus();
  canvas.inert = true;
  await change();
  expect(document.activeElement).toBe(element("[data-region='statistics']"));
});
