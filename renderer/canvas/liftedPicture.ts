/** What the stage draws of a node, on the node's own element while a hand carries it: the two move as one, and nothing is drawn for a move. */
import type { Box } from "./geometry.ts";

export class LiftedPicture {
  readonly #canvas = document.createElement("canvas");
  readonly #element: HTMLElement;

  /** Shows the element above the stage. */
  constructor(element: HTMLElement) {
    this.#element = element;
    this.#canvas.className = "LiftedPicture";
    element.append(this.#canvas);
    element.toggleAttribute("data-lifted", true);
  }

  /** `draw` draws in px of the graph, where the box of the node is; `extent` is around all that it draws. */
  draw(box: Box, extent: Box, zoom: number, draw: (context: CanvasRenderingContext2D) => void): void {
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    const scale = zoom * (globalThis.devicePixelRatio || 1);
    // Whole px of the screen from the corner of the node, or it would be blurred.
    const [left, top] = [Math.floor((extent.left - box.left) * scale), Math.floor((extent.top - box.top) * scale)];
    // Setting the size empties it.
    this.#canvas.width = Math.ceil((extent.right - box.left) * scale) - left;
    this.#canvas.height = Math.ceil((extent.bottom - box.top) * scale) - top;
    this.#canvas.style.width = `${this.#canvas.width / scale}px`;
    this.#canvas.style.height = `${this.#canvas.height / scale}px`;
    this.#canvas.style.left = `${left / scale}px`;
    this.#canvas.style.top = `${top / scale}px`;
    context.setTransform(scale, 0, 0, scale, -box.left * scale - left, -box.top * scale - top);
    draw(context);
  }

  remove(): void {
    this.#canvas.remove();
    this.#element.toggleAttribute("data-lifted", false);
  }
}
