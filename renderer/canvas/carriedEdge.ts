/**
 * The picture of an edge whose end a hand moves: a canvas as small as the edge, which the compositor moves. On the tiles of the stage each move had
 * the browser copy all that the edge leaves and all that it comes to.
 */
import { type Box, overlapOf } from "./geometry.ts";
import { movesAlone } from "./movesAlone.ts";
import type { FlowState } from "./viewCanvas.ts";

/** Its width and height are multiples of this many px. */
const STEP = 128;
/**
 * Another size has the page laid out and arranged, 5 ms with 200 nodes; copying the picture costs 1 ms for each half a million px. So it grows as it
 * has to, and shrinks where this many times less would do.
 */
const FAR_TOO_LARGE = 6;
/** As large it is at first, in px. */
const LEAST = 256;
/** So far beyond the view it is drawn, in px of the screen: the view moves when a hand drags over its rim. */
const BEYOND = 64;

export class CarriedEdge {
  readonly #canvas = document.createElement("canvas");
  readonly #context = this.#canvas.getContext("2d");
  readonly #stopMoving: () => void;
  #isNew = true;

  /** Stands above the stage that has this element, and moves with the graph. */
  constructor(stage: HTMLElement) {
    this.#canvas.className = "CarriedEdge";
    stage.after(this.#canvas);
    this.#stopMoving = movesAlone(this.#canvas);
  }

  /** `draw` draws in px of the graph what lies in this box. */
  draw(
    box: Box,
    { transform: [x, y, zoom], width, height }: FlowState,
    draw: (context: CanvasRenderingContext2D) => void,
  ): void {
    const [canvas, context] = [this.#canvas, this.#context];
    const view = {
      left: (-x - BEYOND) / zoom,
      top: (-y - BEYOND) / zoom,
      right: (width - x + BEYOND) / zoom,
      bottom: (height - y + BEYOND) / zoom,
    };
    const seen = overlapOf(box, view);
    canvas.toggleAttribute("hidden", seen === null);
    if (context === null || seen === null) return;
    const ratio = globalThis.devicePixelRatio || 1;
    const scale = zoom * ratio;
    // On whole px of the screen, as the tiles are.
    const [left, top] = [Math.floor((seen.left * zoom + x) * ratio), Math.floor((seen.top * zoom + y) * ratio)];
    const sizes = [(seen.right * zoom + x) * ratio - left, (seen.bottom * zoom + y) * ratio - top] as const;
    this.#provide(sizes[0], sizes[1], ratio);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(scale, 0, 0, scale, x * ratio - left, y * ratio - top);
    draw(context);
    canvas.style.transform = `translate(${left / scale - x / zoom}px, ${top / scale - y / zoom}px) scale(${1 / zoom})`;
  }

  /** Room for so many px of the screen. */
  #provide(width: number, height: number, ratio: number): void {
    const canvas = this.#canvas;
    const [wide, high] = [width, height].map((size) => Math.max(LEAST, STEP * Math.ceil(size / STEP))) as [
      number,
      number,
    ];
    const isFarTooLarge = canvas.width * canvas.height > FAR_TOO_LARGE * wide * high;
    if (!this.#isNew && !isFarTooLarge && canvas.width >= wide && canvas.height >= high) return;
    const grown = this.#isNew || isFarTooLarge ? ([0, 0] as const) : ([canvas.width, canvas.height] as const);
    this.#isNew = false;
    [canvas.width, canvas.height] = [Math.max(wide, grown[0]), Math.max(high, grown[1])];
    [canvas.style.width, canvas.style.height] = [`${canvas.width / ratio}px`, `${canvas.height / ratio}px`];
  }

  clear(): void {
    this.#canvas.toggleAttribute("hidden", true);
  }

  remove(): void {
    this.#stopMoving();
    this.#canvas.remove();
  }
}
