/** The edges whose ends a hand moves, on a picture of their own: on the tiles of the stage each move had the browser copy all that an edge leaves and all that it comes to. */
import type { Box } from "./geometry.ts";
import { boxOfPiece, cutUp, HandedPictures, pieceInView } from "./handedPictures.ts";
import type { FlowState } from "./viewCanvas.ts";

/** So far beyond the view they are drawn, in px of the screen: the view moves when a hand drags over its rim. */
const BEYOND = 64;
/** Mostly they need one. */
const NUM_EXPECTED = 2;

type Drawer = (context: OffscreenCanvasRenderingContext2D) => void;

export class CarriedEdges {
  readonly #pictures: HandedPictures;

  constructor(stage: HTMLElement) {
    this.#pictures = new HandedPictures(stage, "CarriedEdges", NUM_EXPECTED);
  }

  /** `drawerOf` gives what draws, in px of the graph, what lies in a part of this box; null where nothing does. */
  draw(box: Box, state: FlowState, drawerOf: (part: Box) => Drawer | null): void {
    const seen = pieceInView(box, state, BEYOND);
    const parts = (seen === null ? [] : cutUp(seen)).flatMap((piece) => {
      const draw = drawerOf(boxOfPiece(piece, state));
      return draw === null ? [] : [{ piece, draw }];
    });
    this.#pictures.show(
      parts.map(({ piece }) => piece),
      state,
      (context, index) => parts[index]?.draw(context),
    );
  }

  remove(): void {
    this.#pictures.remove();
  }
}
