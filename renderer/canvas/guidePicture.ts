/** Guides above all nodes but those that a hand carries, on pictures as thin as they are: one reaches through the whole view, and is another at nearly every move. */
import { chartColors } from "../charts/colors.ts";
import { type Box, unionOf } from "./geometry.ts";
import { drawGuide, TICK } from "./guideDrawing.ts";
import type { Guide } from "./guides.ts";
import { cutUp, HandedPictures, pieceInView } from "./handedPictures.ts";
import type { FlowState } from "./viewCanvas.ts";

/** A line and gaps, across and down. */
const NUM_EXPECTED = 4;

const boxOf = ({ from, to }: Guide, zoom: number): Box => {
  // The ticks, and a px of their soft rim.
  const reach = (TICK + 1) / zoom;
  return {
    left: Math.min(from.x, to.x) - reach,
    top: Math.min(from.y, to.y) - reach,
    right: Math.max(from.x, to.x) + reach,
    bottom: Math.max(from.y, to.y) + reach,
  };
};

/** Those of a kind that run alike lie in one row, and share a picture. */
const rowsOf = (guides: readonly Guide[]): readonly (readonly Guide[])[] => {
  const rows = new Map<string, Guide[]>();
  for (const guide of guides) {
    const key = `${guide.kind} ${guide.from.x === guide.to.x}`;
    const row = rows.get(key);
    if (row === undefined) rows.set(key, [guide]);
    else row.push(guide);
  }
  return [...rows.values()];
};

export class GuidePicture {
  readonly #pictures: HandedPictures;

  constructor(stage: HTMLElement) {
    this.#pictures = new HandedPictures(stage, "GuidePicture", NUM_EXPECTED);
  }

  show(guides: readonly Guide[], state: FlowState): void {
    const zoom = state.transform[2];
    const seen = rowsOf(guides).flatMap((row) => {
      const piece = pieceInView(unionOf(row.map((guide) => boxOf(guide, zoom))), state, 0);
      return piece === null ? [] : cutUp(piece).map((part) => ({ part, row }));
    });
    this.#pictures.show(
      seen.map(({ part }) => part),
      state,
      (context, index) => {
        for (const guide of seen[index]?.row ?? []) drawGuide(context, guide, zoom, chartColors().accent);
      },
    );
  }

  remove(): void {
    this.#pictures.remove();
  }
}
