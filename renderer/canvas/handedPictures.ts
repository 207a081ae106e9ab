/**
 * Pictures that are others at nearly every move of a hand, handed over whole. A canvas that the page paints has the page painted and arranged for each,
 * 1.5 to 2 ms with 200 nodes; one that is handed over past the page is copied whole, as large as it is, and may come a frame before or after what
 * moves with it. A bitmap costs neither, is as small as what it shows, and comes with the page.
 */
import { type Box, overlapOf } from "./geometry.ts";
import { movesAlone } from "./movesAlone.ts";
import type { FlowState } from "./viewCanvas.ts";

/** On whole px of the screen, from the upper left corner of the view. */
export interface Piece {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The part of a box of the graph that is less than so many px of the screen out of view; null without one. */
export const pieceInView = (
  box: Box,
  { transform: [x, y, zoom], width, height }: FlowState,
  beyond: number,
): Piece | null => {
  const seen = overlapOf(box, {
    left: (-x - beyond) / zoom,
    top: (-y - beyond) / zoom,
    right: (width - x + beyond) / zoom,
    bottom: (height - y + beyond) / zoom,
  });
  if (seen === null) return null;
  const ratio = globalThis.devicePixelRatio || 1;
  const [left, top] = [Math.floor((seen.left * zoom + x) * ratio), Math.floor((seen.top * zoom + y) * ratio)];
  const right = Math.ceil((seen.right * zoom + x) * ratio);
  const bottom = Math.ceil((seen.bottom * zoom + y) * ratio);
  return { left, top, width: right - left, height: bottom - top };
};

/** The piece in px of the graph. */
export const boxOfPiece = (
  { left, top, width, height }: Piece,
  { transform: [x, y, zoom] }: Pick<FlowState, "transform">,
): Box => {
  const scale = zoom * (globalThis.devicePixelRatio || 1);
  const [boxLeft, boxTop] = [left / scale - x / zoom, top / scale - y / zoom];
  return { left: boxLeft, top: boxTop, right: boxLeft + width / scale, bottom: boxTop + height / scale };
};

/** From 1 MB on a bitmap takes not 0.3 but 1.2 ms and more. */
const MOST_PX = 240_000;
/** Wide and high at most, where it is cut up. */
const SIDE = 480;

/** As few pieces as may be, of about the same size, none too large for one bitmap. */
export const cutUp = (piece: Piece): readonly Piece[] => {
  const { left, top, width, height } = piece;
  if (width * height <= MOST_PX) return [piece];
  const [columns, rows] = [Math.ceil(width / SIDE), Math.ceil(height / SIDE)];
  const [wide, high] = [Math.ceil(width / columns), Math.ceil(height / rows)];
  return Array.from({ length: columns * rows }, (_, index) => {
    const [x, y] = [wide * (index % columns), high * Math.floor(index / columns)];
    return { left: left + x, top: top + y, width: Math.min(wide, width - x), height: Math.min(high, height - y) };
  });
};

interface Picture {
  readonly canvas: HTMLCanvasElement;
  readonly shown: ImageBitmapRenderingContext | null;
  readonly stopMoving: () => void;
  isEmpty: boolean;
}

export class HandedPictures {
  readonly #stage: HTMLElement;
  readonly #className: string;
  /** Empty, and as large as the next piece, before each. */
  readonly #drawn = new OffscreenCanvas(1, 1);
  readonly #pictures: Picture[] = [];
  #ratio = globalThis.devicePixelRatio || 1;

  /** They stand above the stage that has this element, and move with the graph. One more than expected has the page arranged. */
  constructor(stage: HTMLElement, className: string, numExpected: number) {
    this.#stage = stage;
    this.#className = className;
    for (let count = 0; count < numExpected; count += 1) this.#pictures.push(this.#add());
  }

  /** Shows these pieces and no others; `draw` draws one of them in px of the graph. */
  show(
    pieces: readonly Piece[],
    state: Pick<FlowState, "transform">,
    draw: (context: OffscreenCanvasRenderingContext2D, index: number) => void,
  ): void {
    const [x, y, zoom] = state.transform;
    const ratio = globalThis.devicePixelRatio || 1;
    if (ratio !== this.#ratio) {
      this.#ratio = ratio;
      for (const { canvas } of this.#pictures) this.#size(canvas);
    }
    for (const [index, piece] of pieces.entries()) {
      const drawn = this.#drawn;
      [drawn.width, drawn.height] = [piece.width, piece.height];
      const context = drawn.getContext("2d");
      if (context === null) continue;
      context.setTransform(zoom * ratio, 0, 0, zoom * ratio, x * ratio - piece.left, y * ratio - piece.top);
      draw(context, index);
      this.#pictures[index] ??= this.#add();
      const picture = this.#pictures[index];
      picture.shown?.transferFromImageBitmap(drawn.transferToImageBitmap());
      picture.isEmpty = false;
      const { left, top } = boxOfPiece(piece, state);
      const scale = `scale(${piece.width / zoom}, ${piece.height / zoom})`;
      picture.canvas.style.transform = `translate(${left}px, ${top}px) ${scale}`;
    }
    for (const picture of this.#pictures.slice(pieces.length)) {
      // Not hidden, which would have the page arranged.
      if (!picture.isEmpty) picture.shown?.transferFromImageBitmap(null);
      picture.isEmpty = true;
    }
  }

  /** One px of the screen, which is scaled: another width or height would have the page laid out. The browser rounds sizes to whole px of the screen. */
  #size(canvas: HTMLCanvasElement): void {
    [canvas.style.width, canvas.style.height] = [`${1 / this.#ratio}px`, `${1 / this.#ratio}px`];
  }

  #add(): Picture {
    const canvas = document.createElement("canvas");
    canvas.className = this.#className;
    this.#size(canvas);
    this.#stage.after(canvas);
    return { canvas, shown: canvas.getContext("bitmaprenderer"), stopMoving: movesAlone(canvas), isEmpty: true };
  }

  remove(): void {
    for (const { canvas, stopMoving } of this.#pictures) {
      stopMoving();
      canvas.remove();
    }
    this.#pictures.length = 0;
  }
}
