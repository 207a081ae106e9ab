/** JPEG (ITU-T T.81; JFIF, T.871): baseline, extended and progressive, 8 bits, grey or colour. */
import decodeComponents from "jpeg-js/lib/decoder.js";
import { formatCount } from "../layer.ts";
import { err, ok, type Result } from "../result.ts";
import type { Picture } from "./image.ts";

/** Beyond it a picture is no sample. */
const MAX_MEGAPIXELS = 50;
/** A block of 8×8 pixels takes a bit at least. A damaged header must not cost the time and memory of a huge picture. */
const MAX_PIXELS_PER_BYTE = 512;
/** The decoder takes 21 bytes a pixel at most, so that the limit above is the one that is met. */
const MAX_DECODER_MB = 1100;

interface Component {
  readonly id: number;
  /** How many samples stand for as many pixels as the finest component has samples. */
  readonly horizontal: number;
  readonly vertical: number;
}

interface Header {
  /** 0xC0 baseline, 0xC1 extended, 0xC2 progressive, beyond them rarities. */
  readonly marker: number;
  readonly depth: number;
  readonly width: number;
  readonly height: number;
  readonly components: readonly Component[];
  /** Adobe's colour transform (0: none), and where its segment's content begins; null: there is none. */
  readonly adobe: { readonly transform: number; readonly at: number } | null;
}

export const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;

/** C4, C8 and CC are tables and reserved. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

const ADOBE = [0x41, 0x64, 0x6f, 0x62, 0x65];

/** What stands before the first scan; null: there is no frame. */
const readHeader = (bytes: Uint8Array): Header | null => {
  const at16 = (at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  let frame: Omit<Header, "adobe"> | null = null;
  let adobe: Header["adobe"] = null;
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xff) return null;
    // Any number of FF may fill the space before a marker.
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0xda) return frame === null ? null : { ...frame, adobe };
    const content = at + 4;
    if (isFrame(marker)) {
      const components = Array.from({ length: bytes[content + 5] ?? 0 }, (_, index): Component => {
        const factors = bytes[content + 7 + 3 * index] ?? 0;
        return { id: bytes[content + 6 + 3 * index] ?? 0, horizontal: factors >> 4, vertical: factors & 15 };
      });
      frame = { marker, depth: bytes[content] ?? 0, height: at16(content + 1), width: at16(content + 3), components };
    }
    if (marker === 0xee && ADOBE.every((letter, index) => bytes[content + index] === letter)) {
      adobe = { transform: bytes[content + 11] ?? 0, at: content };
    }
    at += 2 + at16(at + 2);
  }
  return null;
};

/** A clause that says why a picture is not read; null: it is. */
const refusalOf = ({ marker, depth, width, height, components }: Header): string | null => {
  if (marker > 0xc2)
    return "it is a lossless, hierarchical or arithmetic-coded JPEG; save it as a baseline JPEG or PNG";
  if (depth !== 8) return `it is a JPEG of ${depth} bits a channel; save it with 8`;
  if (components.length === 4) return "it is a CMYK JPEG; save it as RGB";
  if (components.length !== 1 && components.length !== 3) {
    return `it has ${components.length} components; 1 (grey) or 3 (colour) are read`;
  }
  if (width === 0 || height === 0) return `its header says ${width}×${height} pixels`;
  if (width * height > MAX_MEGAPIXELS * 1e6) {
    return `it has ${formatCount(width)}×${formatCount(height)} pixels, ${Math.ceil((width * height) / 1e6)} megapixels; at most ${MAX_MEGAPIXELS} are read, make it smaller`;
  }
  return null;
};

/** As libjpeg decides: Adobe's word, else the components' names. */
const isYCbCr = ({ adobe, components }: Header): boolean =>
  adobe === null ? components.map(({ id }) => String.fromCharCode(id)).join("") !== "RGB" : adobe.transform !== 0;

/**
 * Where along an axis a pixel of a component with half the samples takes ¾ and ¼ of its value from: its sample is centred between two
 * pixels, so that each pixel lies a quarter of the way to the next (libjpeg's "fancy upsampling"). Replicating would shift colours
 * against their outlines. The decoder has replicated: sample i stands at pixel 2i.
 */
const samplesOf = (extent: number, halved: boolean): { readonly near: Int32Array; readonly far: Int32Array } => {
  const near = Int32Array.from({ length: extent }, (_, pixel) => pixel);
  if (!halved) return { near, far: near };
  const last = Math.ceil(extent / 2) - 1;
  const far = near.map((pixel) => {
    const next = (pixel >> 1) + (pixel % 2 === 0 ? -1 : 1);
    return 2 * Math.min(Math.max(next, 0), last);
  });
  return { near: near.map((pixel) => 2 * (pixel >> 1)), far };
};

/** Interleaved components at full size, with those that have half the samples interpolated. */
const interpolate = (samples: Uint8Array, { width, height, components }: Header): Uint8Array => {
  const finest = {
    horizontal: Math.max(...components.map(({ horizontal }) => horizontal)),
    vertical: Math.max(...components.map(({ vertical }) => vertical)),
  };
  const pixels = samples.slice();
  for (const [c, { horizontal, vertical }] of components.entries()) {
    const columns = samplesOf(width, finest.horizontal === 2 * horizontal);
    const rows = samplesOf(height, finest.vertical === 2 * vertical);
    if (columns.near === columns.far && rows.near === rows.far) continue;
    for (let y = 0; y < height; y++) {
      const nearRow = (rows.near[y] as number) * width;
      const farRow = (rows.far[y] as number) * width;
      for (let x = 0; x < width; x++) {
        const near = columns.near[x] as number;
        const far = columns.far[x] as number;
        const nearSum =
          3 * (samples[3 * (nearRow + near) + c] as number) + (samples[3 * (nearRow + far) + c] as number);
        const farSum = 3 * (samples[3 * (farRow + near) + c] as number) + (samples[3 * (farRow + far) + c] as number);
        pixels[3 * (y * width + x) + c] = (3 * nearSum + farSum + 8) >> 4;
      }
    }
  }
  return pixels;
};

const toByte = (value: number): number => Math.min(Math.max(Math.round(value), 0), 255);

/** T.871: R = Y + 1.402 (Cr − 128), G = Y − 0.344136 (Cb − 128) − 0.714136 (Cr − 128), B = Y + 1.772 (Cb − 128). In place. */
const toRgb = (pixels: Uint8Array): void => {
  for (let at = 0; at < pixels.length; at += 3) {
    const y = pixels[at] as number;
    const cb = (pixels[at + 1] as number) - 128;
    const cr = (pixels[at + 2] as number) - 128;
    pixels[at] = toByte(y + 1.402 * cr);
    pixels[at + 1] = toByte(y - 0.344136 * cb - 0.714136 * cr);
    pixels[at + 2] = toByte(y + 1.772 * cb);
  }
};

/** The error is a clause: `it is a CMYK JPEG; save it as RGB`. A camera's note on rotation is not followed. */
export const decodeJpeg = (bytes: Uint8Array): Result<Picture, string> => {
  const header = readHeader(bytes);
  if (header === null) return err("it is a JPEG that ends before its picture or is damaged");
  const refusal = refusalOf(header);
  if (refusal !== null) return err(refusal);
  const { width, height, components, adobe } = header;
  if (width * height > bytes.length * MAX_PIXELS_PER_BYTE) {
    return err(
      `its ${formatCount(bytes.length)} bytes cannot hold the ${width}×${height} pixels of its header: it is damaged`,
    );
  }
  let file = bytes;
  if (adobe !== null) {
    // The decoder would obey Adobe's word over ours and hand out colours, which cannot be interpolated as their components are.
    file = bytes.slice();
    file.fill(0, adobe.at, adobe.at + ADOBE.length);
  }
  let samples: Uint8Array;
  try {
    samples = decodeComponents(file, {
      ...{ useTArray: true, formatAsRGBA: false, colorTransform: false, tolerantDecoding: false },
      ...{ maxResolutionInMP: MAX_MEGAPIXELS, maxMemoryUsageInMB: MAX_DECODER_MB },
    }).data;
  } catch (error) {
    // Where the decoder trips over a table that is missing, its words are of its own variables.
    const reason = error instanceof TypeError || !(error instanceof Error) ? "" : ` (${error.message})`;
    return err(`it is a JPEG that ends too early or is damaged${reason}`);
  }
  if (components.length === 1) {
    const pixels = Uint8Array.from({ length: width * height }, (_, pixel) => samples[3 * pixel] as number);
    return ok({ width, height, channels: 1, pixels });
  }
  const pixels = interpolate(samples, header);
  if (isYCbCr(header)) toRgb(pixels);
  return ok({ width, height, channels: 3, pixels });
};
