import { type RefCallback, useCallback, useState } from "react";

/**
 * A ref and the width of its element's content in whole CSS pixels, kept up to date; 0 before it is laid out. The element may come later than
 * what it belongs to: charts of a node that was selected before its run.
 */
export const useElementWidth = (): readonly [RefCallback<HTMLElement>, number] => {
  const [width, setWidth] = useState(0);
  const ref = useCallback<RefCallback<HTMLElement>>((element) => {
    if (element === null) return;
    const measure = () => setWidth(Math.floor(element.clientWidth));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
};
