/** Puts the ring around a control, and hides it where there is none; gives back the control's box. */
export const placeRing = (ring: HTMLElement, element: Element | null): DOMRect | null => {
  const found = element?.getBoundingClientRect();
  const target = found !== undefined && found.width > 0 ? found : null;
  ring.hidden = target === null;
  if (target !== null) {
    ring.style.transform = `translate(${target.left - 4}px, ${target.top - 4}px)`;
    ring.style.width = `${target.width + 8}px`;
    ring.style.height = `${target.height + 8}px`;
  }
  return target;
};
