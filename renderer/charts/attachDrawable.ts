import { keepDrawn, requestDrawing } from "./drawQueue.ts";

/** Draws whenever the run or the theme changes and the element is on screen, and when it comes back on screen. Returns how to stop. */
export const attachDrawable = (element: Element, draw: () => void): (() => void) => {
  let visible = true;
  const drawable = { draw, isVisible: () => visible };
  const observer = new IntersectionObserver((entries) => {
    const wasVisible = visible;
    visible = entries.at(-1)?.isIntersecting ?? true;
    if (visible && !wasVisible) requestDrawing(drawable);
  });
  observer.observe(element);
  const stop = keepDrawn(drawable);
  return () => {
    observer.disconnect();
    stop();
  };
};
