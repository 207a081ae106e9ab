/** One glyph of each kind that is on the canvas, not displayed: the stage draws by them. */
import { memo } from "react";
import { KindGlyph } from "../palette/KindGlyph.tsx";
import { glyphKey } from "./nodeGlyph.ts";
import type { NodeView } from "./nodeViews.ts";

const Glyph = memo(({ kind, family }: Pick<NodeView, "kind" | "family">) => (
  <span data-glyph={glyphKey({ kind, family })}>
    <KindGlyph kind={kind} family={family} />
  </span>
));
Glyph.displayName = "Glyph";

export const GlyphShelf = ({ views }: { readonly views: readonly NodeView[] }) => {
  const distinct = new Map(views.map((view) => [glyphKey(view), view]));
  return (
    <div hidden>
      {[...distinct].map(([key, { kind, family }]) => (
        <Glyph key={key} kind={kind} family={family} />
      ))}
    </div>
  );
};
