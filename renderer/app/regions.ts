/** The parts of the window that F6 moves between, in the order of the page. */

const FOCUSABLE = "button, input, select, textarea, [tabindex='0'], a[href]";

/** The zoom buttons of an empty canvas are not what one goes there for. */
const firstInCanvas = (region: HTMLElement): HTMLElement => region.querySelector(".react-flow__node") ?? region;

/** The first node, or of an empty canvas the first button. */
export const focusFirstInCanvas = (): void =>
  document.querySelector<HTMLElement>(`[data-region="canvas"] :is(.react-flow__node, .ZoomControls button)`)?.focus();

const firstInside = (region: HTMLElement): HTMLElement => {
  if (region.dataset.region === "canvas") return firstInCanvas(region);
  const candidates = [...region.querySelectorAll<HTMLElement>(FOCUSABLE)];
  const usable = candidates.find(
    (element) => !element.hasAttribute("disabled") && element.tabIndex >= 0 && element.getClientRects().length > 0,
  );
  return usable ?? region;
};

/** What had the focus in each region last time. */
const remembered = new WeakMap<HTMLElement, HTMLElement>();

export const focusNextRegion = (direction: 1 | -1): void => {
  // Behind another view the canvas and its panels wait, out of reach.
  const regions = [...document.querySelectorAll<HTMLElement>("[data-region]")].filter(
    (region) => region.closest("[inert]") === null,
  );
  if (regions.length === 0) return;
  const active = document.activeElement;
  const at = regions.findIndex((region) => region.contains(active));
  const current = regions[at];
  if (current && active instanceof HTMLElement) remembered.set(current, active);
  const start = at === -1 ? (direction === 1 ? -1 : 0) : at;
  const next = regions[(start + direction + regions.length) % regions.length];
  if (!next) return;
  const last = remembered.get(next);
  (last?.isConnected && next.contains(last) ? last : firstInside(next)).focus();
};
