/**
 * Guides on a picture as large as the view, above all nodes but those that a hand carries. A guide reaches through the whole view and is another at
 * nearly every move. The browser copies what a canvas shows for each frame; of one that is handed over whole, past the page, it costs a quarter.
 * Such a picture may come a frame before or after the page, which a guide may and a node or an edge may not.
 */
import { chartColors } from "../charts/colors.ts";
import { drawGuide } from "./guideDrawing.ts";
import type { Guide } from "./guides.ts";
import type { FlowState } from "./viewCanvas.ts";

export class GuidePicture {
  readonly #canvas = document.createElement("canvas");
  readonly #context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null;
  /** What its place and size go by. */
  #layout = "";
  #isEmpty = true;

  constructor(stage: HTMLElement, { width, height }: FlowState) {
    const canvas = this.#canvas;
    const ratio = globalThis.devicePixelRatio || 1;
    canvas.className = "GuidePicture";
    [canvas.width, canvas.height] = [Math.ceil(width * ratio), Math.ceil(height * ratio)];
    [canvas.style.width, canvas.style.height] = [`${canvas.width / ratio}px`, `${canvas.height / ratio}px`];
    this.#context = (
      "transferControlToOffscreen" in canvas ? canvas.transferControlToOffscreen() : (canvas as HTMLCanvasElement)
    ).getContext("2d");
    stage.after(canvas);
  }

  show(guides: readonly Guide[], { transform: [x, y, zoom] }: FlowState): void {
    const context = this.#context;
    if (context === null || (guides.length === 0 && this.#isEmpty)) return;
    this.#isEmpty = guides.length === 0;
    const layout = `scale(${1 / zoom}) translate(${-x}px, ${-y}px)`;
    if (layout !== this.#layout) this.#canvas.style.transform = layout;
    this.#layout = layout;
    const scale = zoom * (globalThis.devicePixelRatio || 1);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    context.setTransform(scale, 0, 0, scale, (x * scale) / zoom, (y * scale) / zoom);
    for (const guide of guides) drawGuide(context, guide, zoom, chartColors().accent);
  }

  remove(): void {
    this.#canvas.remove();
  }
}
