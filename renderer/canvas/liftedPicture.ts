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

  /** `draw` draws in px of the graph, where the box of the node is. */
  draw({ left, top, right, bottom }: Box, zoom: number, draw: (context: CanvasRenderingContext2D) => void): void {
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    const scale = zoom * (globalThis.devicePixelRatio || 1);
    // Setting the size empties it.
    this.#canvas.width = Math.ceil((right - left) * scale);
    this.#canvas.height = Math.ceil((bottom - top) * scale);
    this.#canvas.style.width = `${this.#canvas.width / scale}px`;
    this.#canvas.style.height = `${this.#canvas.height / scale}px`;
    context.setTransform(scale, 0, 0, scale, -left * scale, -top * scale);
    draw(context);
  }

  remove(): void {
    this.#canvas.remove();
    this.#element.toggleAttribute("data-lifted", false);
  }
}
