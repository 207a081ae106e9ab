import type { LucideIcon } from "lucide-react";
import { memo, useCallback, useMemo } from "react";

interface IconProps {
  readonly of: LucideIcon;
  readonly size?: number;
  readonly stroke?: number;
}

/** Of Lucide's grid. */
const GRID = 24;

interface Shapes {
  readonly className: string;
  readonly shapes: DocumentFragment;
}

/** Of each icon that React has made. */
const known = new Map<LucideIcon, Shapes>();

const learn = (of: LucideIcon, svg: SVGSVGElement): void => {
  const shapes = document.createDocumentFragment();
  shapes.append(...[...svg.children].map((shape) => shape.cloneNode(true)));
  known.set(of, { className: svg.getAttribute("class") ?? "", shapes });
};

/**
 * An icon of the set with the stroke 1.33 px on screen at any size; beside text it says nothing, so it is hidden from screen readers. Lucide makes each
 * with three components and an element for each shape: that is done once, all others are copies, and none is made anew with what is around it.
 */
export const Icon = memo(({ of: Glyph, size = 16, stroke = 1.33 }: IconProps) => {
  // One that was made before its shapes were known stays.
  const copied = useMemo(() => known.get(Glyph), [Glyph]);
  const make = useCallback(
    (svg: SVGSVGElement | null) => {
      if (svg === null) return;
      if (copied === undefined) learn(Glyph, svg);
      else svg.replaceChildren(copied.shapes.cloneNode(true));
    },
    [Glyph, copied],
  );
  if (copied === undefined)
    return <Glyph ref={make} size={size} strokeWidth={stroke} absoluteStrokeWidth aria-hidden="true" />;
  return (
    <svg
      ref={make}
      className={copied.className}
      width={size}
      height={size}
      viewBox={`0 0 ${GRID} ${GRID}`}
      fill="none"
      stroke="currentColor"
      strokeWidth={(stroke * GRID) / size}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    />
  );
});
Icon.displayName = "Icon";
