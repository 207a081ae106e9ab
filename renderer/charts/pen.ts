/** What charts are drawn with: the same drawing goes to a canvas and to SVG. All lengths are CSS px. */
import type { Surface } from "./surface.ts";

const FONT = '"Inter Variable", "Inter", system-ui, sans-serif';
const FONT_PX = 10;
const SMALL = { size: FONT_PX, weight: 400 };

export type TextAlign = "left" | "center" | "right";

export interface Pen {
  rect(x: number, y: number, width: number, height: number, color: string, radius?: number): void;
  /** A polygon: x0, y0, x1, y1 … */
  area(points: readonly number[], color: string): void;
  line(
    points: readonly number[],
    style: { readonly color: string; readonly width: number; readonly dash?: readonly number[] },
  ): void;
  /** Its outline is 1 px wide unless told otherwise. */
  dot(
    x: number,
    y: number,
    radius: number,
    style: { readonly fill: string; readonly stroke: string; readonly width?: number },
  ): void;
  /** 10 px; y is the middle of the line. */
  text(x: number, y: number, text: string, style: { readonly color: string; readonly align: TextAlign }): void;
  /** A picture of as many pixels as it likes. */
  image(picture: HTMLCanvasElement, x: number, y: number, width: number, height: number): void;
  /** Device pixels of a CSS px. */
  readonly scale: number;
}

/** For a picture with titles. */
export interface PagePen extends Pen {
  /** Moves what follows. */
  moveTo(x: number, y: number): void;
  /** Other sizes than the charts': names and titles. */
  label(x: number, y: number, text: string, style: LabelStyle): void;
}

export interface LabelStyle {
  readonly color: string;
  readonly size: number;
  readonly weight: number;
  readonly align?: TextAlign;
  /** The colour behind it, drawn around the letters: what stands there stays legible over lines. */
  readonly halo?: string;
}

/** px to each side of a letter's outline. */
const HALO = 2;

let ruler: CanvasRenderingContext2D | null = null;

/** Inter's characters by their widths, in em: what is not here is 0.56 wide. */
const NARROW = /[ijlI.,:;'|!]/g;
const WIDE = /[mwMW%—]/g;

/** Where there is no page to measure on: within some 5 % of what a browser finds. */
const estimatedWidth = (text: string, size: number, weight: number): number => {
  const [narrow, wide] = [text.match(NARROW)?.length ?? 0, text.match(WIDE)?.length ?? 0];
  const em = 0.27 * narrow + 0.86 * wide + 0.58 * (text.length - narrow - wide);
  return em * size * (weight >= 550 ? 1.05 : 1);
};

/** How wide a text is drawn, px; 10 px and of normal weight unless told otherwise. */
export const widthOfText = (text: string, { size, weight }: Pick<LabelStyle, "size" | "weight"> = SMALL): number => {
  if (typeof document === "undefined") return estimatedWidth(text, size, weight);
  ruler ??= document.createElement("canvas").getContext("2d");
  if (ruler === null) return 0;
  ruler.font = `${weight} ${size}px ${FONT}`;
  return ruler.measureText(text).width;
};

export const canvasPen = ({ context, width, height, scale }: Surface): PagePen => {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, width, height);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  const trace = (points: readonly number[]): void => {
    context.beginPath();
    for (let at = 0; at + 1 < points.length; at += 2) context.lineTo(points[at] ?? 0, points[at + 1] ?? 0);
  };
  const write = (x: number, y: number, text: string, font: string, color: string, align: TextAlign): void => {
    context.font = `${font} ${FONT}`;
    context.textAlign = align;
    context.textBaseline = "middle";
    context.fillStyle = color;
    context.fillText(text, x, y);
  };
  return {
    scale,
    moveTo(x, y) {
      context.setTransform(scale, 0, 0, scale, x * scale, y * scale);
    },
    label(x, y, text, { color, size, weight, align = "left", halo }) {
      if (halo !== undefined) {
        context.font = `${weight} ${size}px ${FONT}`;
        context.textAlign = align;
        context.textBaseline = "middle";
        context.setLineDash([]);
        context.lineJoin = "round";
        context.strokeStyle = halo;
        context.lineWidth = 2 * HALO;
        context.strokeText(text, x, y);
      }
      write(x, y, text, `${weight} ${size}px`, color, align);
    },
    rect(x, y, rectWidth, rectHeight, color, radius = 0) {
      context.fillStyle = color;
      if (radius === 0) {
        context.fillRect(x, y, rectWidth, rectHeight);
        return;
      }
      context.beginPath();
      context.roundRect(x, y, rectWidth, rectHeight, radius);
      context.fill();
    },
    area(points, color) {
      trace(points);
      context.fillStyle = color;
      context.fill();
    },
    line(points, { color, width: lineWidth, dash }) {
      trace(points);
      context.setLineDash(dash === undefined ? [] : [...dash]);
      context.lineJoin = "round";
      context.strokeStyle = color;
      context.lineWidth = lineWidth;
      context.stroke();
    },
    dot(x, y, radius, { fill, stroke, width: lineWidth = 1 }) {
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.setLineDash([]);
      context.fillStyle = fill;
      context.fill();
      context.strokeStyle = stroke;
      context.lineWidth = lineWidth;
      context.stroke();
    },
    text(x, y, text, { color, align }) {
      write(x, y, text, `400 ${FONT_PX}px`, color, align);
    },
    image(picture, x, y, pictureWidth, pictureHeight) {
      context.imageSmoothingEnabled = false;
      context.drawImage(picture, x, y, pictureWidth, pictureHeight);
    },
  };
};

const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

const number = (value: number): string => String(Number(value.toFixed(2)));

const pointList = (points: readonly number[]): string => {
  const pairs: string[] = [];
  for (let at = 0; at + 1 < points.length; at += 2)
    pairs.push(`${number(points[at] ?? 0)},${number(points[at + 1] ?? 0)}`);
  return pairs.join(" ");
};

const ANCHORS = { left: "start", center: "middle", right: "end" } as const;

export interface SvgPen extends PagePen {
  /** The whole document. */
  finish(width: number, height: number, background: string): string;
}

export const svgPen = (scale: number): SvgPen => {
  const parts: string[] = [];
  let [left, top] = [0, 0];
  const at = (points: readonly number[]): number[] =>
    points.map((value, index) => value + (index % 2 === 0 ? left : top));
  return {
    scale,
    moveTo(x, y) {
      [left, top] = [x, y];
    },
    rect(x, y, width, height, color, radius = 0) {
      const corners = radius === 0 ? "" : ` rx="${number(radius)}"`;
      parts.push(
        `<rect x="${number(x + left)}" y="${number(y + top)}" width="${number(width)}" height="${number(height)}"${corners} fill="${color}"/>`,
      );
    },
    area(points, color) {
      parts.push(`<polygon points="${pointList(at(points))}" fill="${color}"/>`);
    },
    line(points, { color, width, dash }) {
      const dashes = dash === undefined ? "" : ` stroke-dasharray="${dash.join(" ")}"`;
      parts.push(
        `<polyline points="${pointList(at(points))}" fill="none" stroke="${color}" stroke-width="${number(width)}" stroke-linejoin="round"${dashes}/>`,
      );
    },
    dot(x, y, radius, { fill, stroke, width = 1 }) {
      const outline = width === 1 ? "" : ` stroke-width="${number(width)}"`;
      parts.push(
        `<circle cx="${number(x + left)}" cy="${number(y + top)}" r="${number(radius)}" fill="${fill}" stroke="${stroke}"${outline}/>`,
      );
    },
    text(x, y, text, { color, align }) {
      parts.push(
        `<text x="${number(x + left)}" y="${number(y + top)}" font-size="${FONT_PX}" fill="${color}" text-anchor="${ANCHORS[align]}" dominant-baseline="central">${escapeXml(text)}</text>`,
      );
    },
    label(x, y, text, { color, size, weight, align = "left", halo }) {
      const outline =
        halo === undefined
          ? ""
          : ` stroke="${halo}" stroke-width="${2 * HALO}" stroke-linejoin="round" paint-order="stroke"`;
      parts.push(
        `<text x="${number(x + left)}" y="${number(y + top)}" font-size="${size}" font-weight="${weight}" fill="${color}"${outline} text-anchor="${ANCHORS[align]}" dominant-baseline="central">${escapeXml(text)}</text>`,
      );
    },
    image(picture, x, y, width, height) {
      parts.push(
        `<image x="${number(x + left)}" y="${number(y + top)}" width="${number(width)}" height="${number(height)}" preserveAspectRatio="none" style="image-rendering:pixelated" href="${picture.toDataURL("image/png")}"/>`,
      );
    },
    finish(width, height, background) {
      const size = `width="${number(width)}" height="${number(height)}" viewBox="0 0 ${number(width)} ${number(height)}"`;
      const family = escapeXml("Inter, system-ui, sans-serif");
      return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="${family}"><rect width="100%" height="100%" fill="${background}"/>${parts.join("")}</svg>\n`;
    },
  };
};
