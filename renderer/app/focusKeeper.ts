/** Keeps the keyboard's place: an element that vanishes, or goes behind another view, with the focus passes it on to the part of the window it stood in. */
import { documentStore } from "../document/documentStore.ts";
import { runStore } from "../run/runStore.ts";
import { viewStore } from "./viewStore.ts";

const regionNamed = (name: string): HTMLElement | null => document.querySelector(`[data-region="${name}"]`);

/** Behind another view the canvas waits, out of reach. */
const isReachable = (element: Element): boolean => element.isConnected && element.closest("[inert]") === null;

/** Where the work is in each view. */
const MAIN_REGIONS = ["steps", "canvas", "statistics", "bench", "experiments", "runs", "start"];

export const focusMainRegion = (): void => {
  const main = MAIN_REGIONS.map(regionNamed).find((region) => region !== null && isReachable(region));
  main?.focus({ preventScroll: true });
};

/** Returns how to stop. */
export const keepFocus = (): (() => void) => {
  let last: { readonly element: Element; readonly region: HTMLElement | null } | null = null;
  let frame = 0;

  const focused = ({ target }: FocusEvent): void => {
    last = target instanceof Element ? { element: target, region: target.closest("[data-region]") } : null;
  };
  const check = (): void => {
    frame = 0;
    if (last === null || isReachable(last.element) || document.activeElement !== document.body) return;
    const { region } = last;
    last = null;
    if (region !== null && isReachable(region)) region.focus({ preventScroll: true });
    else focusMainRegion();
  };
  // React has drawn by the next frame.
  const changed = (): void => {
    if (frame === 0) frame = requestAnimationFrame(check);
  };

  document.addEventListener("focusin", focused);
  const stops = [documentStore.subscribe(changed), viewStore.subscribe(changed), runStore.subscribe(changed)];
  return () => {
    document.removeEventListener("focusin", focused);
    cancelAnimationFrame(frame);
    for (const stop of stops) stop();
  };
};
