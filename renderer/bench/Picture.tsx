/** A sample as an image: grey ones in the ink of the theme. */
import { useEffect, useRef } from "react";
import { chartColors, parseColor, subscribeTheme } from "../charts/colors.ts";
import { samplePixels } from "../charts/samplePainter.ts";

interface Props {
  readonly bytes: Uint8Array;
  readonly shape: readonly number[];
  /** Of the longer side, px. */
  readonly size: number;
  /** null: what it is in says what it shows. */
  readonly label: string | null;
}

export const Picture = ({ bytes, shape, size, label }: Props) => {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [, height = 1, width = 1] = shape;
  useEffect(() => {
    const draw = (): void => {
      const element = canvas.current;
      const context = element?.getContext("2d");
      if (!element || !context) return;
      const ink = parseColor(chartColors().trace) ?? { red: 0, green: 0, blue: 0 };
      const image = samplePixels({ shape: [...shape], count: 1, bytes, labels: new Uint8Array(1) }, 0, ink);
      if (image === null) return;
      element.width = image.width;
      element.height = image.height;
      const data = context.createImageData(image.width, image.height);
      data.data.set(image.pixels);
      context.putImageData(data, 0, 0);
    };
    draw();
    return subscribeTheme(draw);
  }, [bytes, shape]);
  const scale = size / Math.max(width, height);
  return (
    <canvas
      ref={canvas}
      className="bench-picture"
      {...(label === null ? { "aria-hidden": true } : { role: "img", "aria-label": label })}
      style={{ width: width * scale, height: height * scale }}
    />
  );
};
