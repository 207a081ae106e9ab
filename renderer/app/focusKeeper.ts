/** Keeps the keyboard's place: an element that vanishes, or goes behind another view, with the focus passes it on to the part of the window it stood in. */
import { documentStore } from "../document/documentStore.ts";
import { experimentsStore } from "../experiments/experimentsStore.ts";
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
    if (last === null || isReachable(last.element)) return;
    const { element, region } = last;
    // What goes behind another view has the focus for a frame or two more.
    if (document.activeElement !== document.body && document.activeElement !== element) return;
    // Where nothing takes it yet, as in a view that is still read, the next change tries again.
    if (region !== null && isReachable(region)) region.focus({ preventScroll: true });
    else focusMainRegion();
  };
  // React has drawn by the next frame.
  const changed = (): void => {
    if (frame === 0) frame = requestAnimationFrame(check);
  };

  document.addEventListener("focusin", focused);
  const stops = [documentStore, experimentsStore, viewStore, runStore].map((store) => store.subscribe(changed));
  return () => {
    document.removeEventListener("focusin", focused);
    cancelAnimationFrame(frame);
    for (const stop of stops) stop();
  };
};
