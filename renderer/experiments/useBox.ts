import { type RefObject, useLayoutEffect, useState } from "react";

/** Width and height of an element's content in whole CSS pixels, kept up to date; 0 before it is laid out. */
export const useBox = (element: RefObject<HTMLElement | null>): { readonly width: number; readonly height: number } => {
  const [box, setBox] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const measured = element.current;
    if (!measured) return;
    const measure = () => {
      const next = { width: Math.floor(measured.clientWidth), height: Math.floor(measured.clientHeight) };
      setBox((before) => (before.width === next.width && before.height === next.height ? before : next));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(measured);
    return () => observer.disconnect();
  }, [element]);
  return box;
};
