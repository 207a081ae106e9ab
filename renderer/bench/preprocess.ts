/**
 * What becomes of a drawing or a picture before the net sees it. For digits as the page of MNIST (LeCun, Cortes & Burges) tells: "The
 * original black and white images were size normalized to fit in a 20x20 pixel box while preserving their aspect ratio. The resulting images
 * contain grey levels as a result of the anti-aliasing technique. The images were centered in a 28x28 image by computing the center of mass
 * of the pixels, and translating the image so as to position this point at the center of the 28x28 field."
 */

/** One channel, 0 to 255, row-major. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly values: Float64Array;
}

/** Of 28: what the digit is scaled to. */
const BOX_SHARE = 20 / 28;
/** Ink fainter than this is paper. */
const FAINTEST = 8;

const valueAt = ({ width, height, values }: Plane, row: number, column: number): number =>
  row < 0 || column < 0 || row >= height || column >= width ? 0 : (values[row * width + column] ?? 0);

/** How much of source cell `at` lies under each target cell: [source, weight] by target, weights of a target sum to 1. */
const shares = (from: number, to: number): readonly (readonly (readonly [number, number])[])[] =>
  Array.from({ length: to }, (_, target) => {
    const [start, end] = [(target * from) / to, ((target + 1) * from) / to];
    const parts: [number, number][] = [];
    for (let at = Math.floor(start); at < end; at++) {
      const weight = Math.min(at + 1, end) - Math.max(at, start);
      if (weight > 0) parts.push([Math.min(at, from - 1), weight / (end - start)]);
    }
    return parts;
  });

/** Each new pixel is the mean of the area that it covers. */
export const resize = (plane: Plane, width: number, height: number): Plane => {
  const [columns, rows] = [shares(plane.width, width), shares(plane.height, height)];
  const values = new Float64Array(width * height);
  rows.forEach((rowParts, row) => {
    columns.forEach((columnParts, column) => {
      let sum = 0;
      for (const [y, weightY] of rowParts)
        for (const [x, weightX] of columnParts) sum += weightY * weightX * valueAt(plane, y, x);
      values[row * width + column] = sum;
    });
  });
  return { width, height, values };
};

/** A part of it; what lies outside is 0. */
const cut = (plane: Plane, left: number, top: number, width: number, height: number): Plane => {
  const values = new Float64Array(width * height);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      values[row * width + column] = valueAt(plane, top + row, left + column);
  return { width, height, values };
};

export const invert = (plane: Plane): Plane => ({ ...plane, values: plane.values.map((value) => 255 - value) });

/** The values along the edge, sorted: there is paper, whatever is drawn in the middle. */
const edgeOf = (plane: Plane): Float64Array => {
  const { width, height } = plane;
  const values: number[] = [];
  for (let row = 0; row < height; row++) {
    const isOuterRow = row === 0 || row === height - 1;
    for (let column = 0; column < width; column += isOuterRow ? 1 : Math.max(1, width - 1))
      values.push(valueAt(plane, row, column));
  }
  return Float64Array.from(values).sort();
};

/** Of sorted values: the one that this share of them is below. */
const quantile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;

/** A few dark or light specks of a photograph are not its ink: this share of its pixels is passed over at both ends. */
const SPECKS = 0.002;
/** So many pixels tell how values are spread. */
const MOST_SORTED = 65_536;

/** Values from all over the picture, sorted. */
const spreadOf = ({ values }: Plane): Float64Array => {
  const stride = Math.ceil(values.length / MOST_SORTED);
  return values.filter((_, at) => at % stride === 0).sort();
};

/** Whether the ink is darker than the paper, grey paper too; of a picture of one value whether that is light. */
export const isOnWhite = (plane: Plane): boolean => {
  const paper = quantile(edgeOf(plane), 0.5);
  const sorted = spreadOf(plane);
  const below = paper - quantile(sorted, SPECKS);
  const above = quantile(sorted, 1 - SPECKS) - paper;
  return below === above ? paper > 127.5 : below > above;
};

/** The paper ends a little above its lightest part along the edge: this share of the way to the ink. */
const PAPER_MARGIN = 0.15;

/**
 * Light ink on paper of any grey, perhaps a photograph's with its shade and grain → the same on 0, up to 255. A clean picture, its paper 0
 * and its ink 255, stays as it is.
 */
export const withoutPaper = (plane: Plane): Plane => {
  const paper = quantile(edgeOf(plane), 0.95);
  const ink = quantile(spreadOf(plane), 1 - SPECKS);
  if (paper < FAINTEST || ink <= paper) return plane;
  const floor = paper + PAPER_MARGIN * (ink - paper);
  return {
    ...plane,
    values: plane.values.map((value) => Math.max(0, Math.min(255, ((value - floor) / (ink - floor)) * 255))),
  };
};

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Around all ink; null: there is none. */
export const inkBox = (plane: Plane): Box | null => {
  let [left, top, right, bottom] = [plane.width, plane.height, -1, -1];
  for (let row = 0; row < plane.height; row++) {
    for (let column = 0; column < plane.width; column++) {
      if (valueAt(plane, row, column) < FAINTEST) continue;
      left = Math.min(left, column);
      right = Math.max(right, column);
      top = Math.min(top, row);
      bottom = Math.max(bottom, row);
    }
  }
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
};

/** Where the ink balances, in pixels from the top left corner: the centre of pixel (0, 0) is at 0.5. */
export const centreOfMass = (plane: Plane): { readonly x: number; readonly y: number } => {
  let [sum, x, y] = [0, 0, 0];
  for (let row = 0; row < plane.height; row++) {
    for (let column = 0; column < plane.width; column++) {
      const value = valueAt(plane, row, column);
      sum += value;
      x += value * (column + 0.5);
      y += value * (row + 0.5);
    }
  }
  return sum === 0 ? { x: plane.width / 2, y: plane.height / 2 } : { x: x / sum, y: y / sum };
};

/** Light ink on 0 → the digit as MNIST has it: cropped, its longer side 20 of 28, its centre of mass in the middle. */
export const centreAsMnist = (plane: Plane, side: number): Plane => {
  const box = inkBox(plane);
  if (box === null) return { width: side, height: side, values: new Float64Array(side * side) };
  const inner = Math.max(1, Math.round(side * BOX_SHARE));
  const scale = inner / Math.max(box.width, box.height);
  const width = Math.max(1, Math.round(box.width * scale));
  const height = Math.max(1, Math.round(box.height * scale));
  const small = resize(cut(plane, box.left, box.top, box.width, box.height), width, height);
  const { x, y } = centreOfMass(small);
  return cut(small, -Math.round(side / 2 - x), -Math.round(side / 2 - y), side, side);
};

/** The middle of the picture in the shape of the input, resized to it. */
export const centreCrop = (plane: Plane, width: number, height: number): Plane => {
  const scale = Math.min(plane.width / width, plane.height / height);
  const [cutWidth, cutHeight] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  const left = Math.floor((plane.width - cutWidth) / 2);
  const top = Math.floor((plane.height - cutHeight) / 2);
  return resize(cut(plane, left, top, cutWidth, cutHeight), width, height);
};

/** RGBA pixels as three planes, over a ground of this value where they are see-through. */
const over = (ground: number, pixels: Uint8ClampedArray, width: number, height: number): readonly Plane[] =>
  [0, 1, 2].map((channel) => ({
    width,
    height,
    values: Float64Array.from({ length: width * height }, (_, at) => {
      const alpha = (pixels[4 * at + 3] ?? 0) / 255;
      return (pixels[4 * at + channel] ?? 0) * alpha + ground * (1 - alpha);
    }),
  }));

/** Between the darkest and the lightest, of 255. */
const contrastOf = (planes: readonly Plane[]): number => {
  const sorted = spreadOf(greyOf(planes));
  return quantile(sorted, 1 - SPECKS) - quantile(sorted, SPECKS);
};

/** Less contrast than this on white: what is drawn can hardly be seen there. */
const FAINT_CONTRAST = 64;

/** RGBA pixels as three planes: over white where they are see-through, or over black what white would swallow. */
export const planesOf = (pixels: Uint8ClampedArray, width: number, height: number): readonly Plane[] => {
  const onWhite = over(255, pixels, width, height);
  const isSeeThrough = pixels.some((value, at) => at % 4 === 3 && value < 255);
  if (!isSeeThrough || contrastOf(onWhite) >= FAINT_CONTRAST) return onWhite;
  const onBlack = over(0, pixels, width, height);
  return contrastOf(onBlack) > contrastOf(onWhite) ? onBlack : onWhite;
};

/** ITU-R BT.601 luma, as most programs turn colour into grey. */
export const greyOf = ([red, green, blue]: readonly Plane[]): Plane => ({
  width: red?.width ?? 0,
  height: red?.height ?? 0,
  values: Float64Array.from(
    red?.values ?? [],
    (value, at) => 0.299 * value + 0.587 * (green?.values[at] ?? 0) + 0.114 * (blue?.values[at] ?? 0),
  ),
});

export const bytesOf = (planes: readonly Plane[]): Uint8Array => {
  const [first] = planes;
  const plane = first?.values.length ?? 0;
  const bytes = new Uint8Array(planes.length * plane);
  planes.forEach(({ values }, channel) => {
    bytes.set(
      Uint8Array.from(values, (value) => Math.max(0, Math.min(255, Math.round(value)))),
      channel * plane,
    );
  });
  return bytes;
};

export interface Preparation {
  /** Grey pictures only: find the ink and put it where MNIST has it. */
  readonly centre: boolean;
  readonly invert: boolean;
}

/** Whether a picture can be centred as MNIST's: of one channel, and square. */
export const canBeCentred = ([channels, height, width]: readonly number[]): boolean =>
  channels === 1 && width === height;

/** Bytes as the dataset stores them, channels first: of a picture of three planes, or a drawing of one. */
export const prepare = (
  planes: readonly Plane[],
  shape: readonly number[],
  { centre, invert: inverts }: Preparation,
): Uint8Array => {
  const [channels = 1, height = 1, width = 1] = shape;
  const isPicture = planes.length === 3;
  const seen = channels === 1 && isPicture ? [greyOf(planes)] : planes;
  const inked = inverts ? seen.map(invert) : seen;
  const fitted = inked.map((plane) => {
    if (!centre || !canBeCentred(shape)) return centreCrop(plane, width, height);
    return centreAsMnist(isPicture ? withoutPaper(plane) : plane, width);
  });
  return bytesOf(Array.from({ length: channels }, (_, channel) => fitted[channel % fitted.length] as Plane));
};
