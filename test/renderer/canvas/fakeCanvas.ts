import { vi } from "vitest";

/** Width and height of a bitmap. */
type Bitmap = readonly [width: number, height: number];

/** All canvases draw on one context; says which bitmap each canvas on the page shows that was handed one, null while it shows none. */
export const fakeCanvas = (context: object): ReadonlyMap<HTMLCanvasElement, Bitmap | null> => {
  const handed = new Map<HTMLCanvasElement, Bitmap | null>();
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(function (this: HTMLCanvasElement, kind) {
    if (kind !== "bitmaprenderer") return context as never;
    // Asked for again, and given another size, it goes on showing what it was handed.
    if (!handed.has(this)) handed.set(this, null);
    return { transferFromImageBitmap: (bitmap: Bitmap | null) => handed.set(this, bitmap) } as never;
  });
  vi.stubGlobal(
    "OffscreenCanvas",
    class {
      width = 0;
      height = 0;
      readonly getContext = () => context;
      readonly transferToImageBitmap = (): Bitmap => [this.width, this.height];
    },
  );
  // Without animations in tests.
  HTMLElement.prototype.animate = () => ({ pause: () => undefined, cancel: () => undefined }) as never;
  return handed;
};
