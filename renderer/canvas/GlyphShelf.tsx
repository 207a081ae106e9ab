/** One glyph of each kind that is on the canvas, and of each rule of health, not displayed: the stage draws by them. */
import { memo } from "react";
import { healthRules } from "../../engine/index.ts";
import { HealthIcon } from "../health/HealthIcon.tsx";
import { KindGlyph } from "../palette/KindGlyph.tsx";
import { healthGlyphKey } from "./badgeDrawing.ts";
import { glyphKey } from "./nodeGlyph.ts";
import type { NodeView } from "./nodeViews.ts";

const Glyph = memo(({ kind, family }: Pick<NodeView, "kind" | "family">) => (
  <span data-glyph={glyphKey({ kind, family })}>
    <KindGlyph kind={kind} family={family} />
  </span>
));
Glyph.displayName = "Glyph";

const HealthGlyphs = memo(() =>
  healthRules.map(({ rule }) => (
    <span key={rule} data-glyph={healthGlyphKey(rule)}>
      <HealthIcon rule={rule} />
    </span>
  )),
);
HealthGlyphs.displayName = "HealthGlyphs";

export const GlyphShelf = ({ views }: { readonly views: readonly NodeView[] }) => {
  const distinct = new Map(views.map((view) => [glyphKey(view), view]));
  return (
    <div hidden>
      {[...distinct].map(([key, { kind, family }]) => (
        <Glyph key={key} kind={kind} family={family} />
      ))}
      <HealthGlyphs />
    </div>
  );
};
