import type { LucideIcon } from "lucide-react";

/** An icon of the set with the stroke 1.33 px on screen at any size; beside text it says nothing, so it is hidden from screen readers. */
export const Icon = ({ of: Glyph, size = 16, stroke = 1.33 }: { of: LucideIcon; size?: number; stroke?: number }) => (
  <Glyph size={size} strokeWidth={stroke} absoluteStrokeWidth aria-hidden="true" />
);
