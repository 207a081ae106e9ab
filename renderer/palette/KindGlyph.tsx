/**
 * The picture of a kind. Glyphs are view data: one table by kind, and one by family for kinds the table does not know, so a new
 * layer has a picture without an edit here.
 */
import {
  AudioWaveform,
  Box,
  CircleDashed,
  CirclePlus,
  Grid2X2,
  Grid3X3,
  Image,
  type LucideIcon,
  Merge,
  Proportions,
  Shrink,
  Sigma,
  Spline,
  SquareDot,
  StretchHorizontal,
  Target,
} from "lucide-react";
import type { ReactNode } from "react";
import type { Family } from "../../engine/index.ts";
import "./KindGlyph.css";

/** Strokes are 1.2 px on screen at every size (1.33 in buttons and badges). */
export const GLYPH_STROKE = 1.2;

type Drawing = { readonly icon: LucideIcon } | { readonly shapes: ReactNode };

const NORMAL_CURVE = "M3 18c6 0 5-12 9-12s3 12 9 12";

const DENSE_POINTS: readonly (readonly [number, number])[] = [
  [5, 6.5],
  [5, 17.5],
  [19, 5],
  [19, 12],
  [19, 19],
];

/** From the edge of each left dot to the edge of each right one. */
const DENSE_LINES = DENSE_POINTS.slice(0, 2)
  .flatMap(([x1, y1]) =>
    DENSE_POINTS.slice(2).map(([x2, y2]) => {
      const length = Math.hypot(x2 - x1, y2 - y1);
      const [dx, dy] = [(2 * (x2 - x1)) / length, (2 * (y2 - y1)) / length];
      return `M${(x1 + dx).toFixed(2)} ${(y1 + dy).toFixed(2)}L${(x2 - dx).toFixed(2)} ${(y2 - dy).toFixed(2)}`;
    }),
  )
  .join("");

const BY_KIND: Readonly<Record<string, Drawing>> = {
  input: { icon: Image },
  output: { icon: Target },
  conv2d: { icon: Grid3X3 },
  pool2d: { icon: Grid2X2 },
  globalAvgPool: { icon: SquareDot },
  flatten: { icon: StretchHorizontal },
  reshape: { icon: Proportions },
  dropout: { icon: CircleDashed },
  gaussianNoise: { icon: AudioWaveform },
  add: { icon: CirclePlus },
  concat: { icon: Merge },
  relu: { shapes: <path d="M3 17h9l8-10" /> },
  leakyRelu: { shapes: <path d="M3 20l9-4 8-11" /> },
  elu: { shapes: <path d="M3 19c5 0 7-1 9-4l8-10" /> },
  gelu: { shapes: <path d="M3 15c5 0 6 3 9 1 3-2 4-5 8-11" /> },
  silu: { shapes: <path d="M3 20h18M3 13c4 0 6 4 9 3 3-1 4-5 8-11" /> },
  softmax: { shapes: <path d="M3 20h18M6 20v-4M12 20V5M18 20v-7" /> },
  sigmoid: { shapes: <path d="M3 20h18M3 16c9 0 9-11 18-11" /> },
  tanh: { shapes: <path d="M3 12h18M3 19c9 0 9-14 18-14" /> },
  batchNorm: { shapes: <path d={NORMAL_CURVE} /> },
  layerNorm: { shapes: <path d="M3 14c6 0 5-10 9-10s3 10 9 10M3 20h18" /> },
  groupNorm: { shapes: <path d="M2 18c3 0 2.5-12 5-12s2 12 5 12 2.5-12 5-12 2 12 5 12" /> },
  dense: {
    shapes: (
      <>
        {DENSE_POINTS.map(([x, y]) => (
          <circle key={`${x},${y}`} cx={x} cy={y} r={2} />
        ))}
        <path d={DENSE_LINES} />
      </>
    ),
  },
};

const BY_FAMILY: Readonly<Record<Family, Drawing>> = {
  io: { icon: Box },
  linear: { icon: Sigma },
  norm: { shapes: <path d={NORMAL_CURVE} /> },
  activation: { icon: Spline },
  shape: { icon: Shrink },
  regularization: { icon: CircleDashed },
  merge: { icon: Merge },
};

/** The suffix of the family's tokens: `--family-act`. */
const TOKEN_BY_FAMILY: Readonly<Record<Family, string>> = {
  io: "io",
  linear: "linear",
  norm: "norm",
  activation: "act",
  shape: "shape",
  regularization: "reg",
  merge: "merge",
};

export const familyToken = (family: Family | null): string => TOKEN_BY_FAMILY[family ?? "io"];

/** A class that sets `--family` and `--family-soft` for everything inside. */
export const familyClass = (family: Family | null): string => `Family-${familyToken(family)}`;

/** The glyph alone, in the current text colour. Decorative: the kind's name stands beside it. */
export const KindGlyph = ({
  kind,
  family,
  size = 17,
  stroke = GLYPH_STROKE,
}: {
  readonly kind: string;
  readonly family: Family | null;
  readonly size?: number;
  readonly stroke?: number;
}) => {
  const drawing = BY_KIND[kind] ?? BY_FAMILY[family ?? "io"];
  // Lucide's grid is 24 wide.
  const strokeWidth = (stroke * 24) / size;
  if ("icon" in drawing) return <drawing.icon size={size} strokeWidth={strokeWidth} aria-hidden />;
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={strokeWidth}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {drawing.shapes}
    </svg>
  );
};

/** The glyph on its family's tile: 28 px on nodes and in the inspector, 20 px in the palette. */
export const KindTile = ({
  kind,
  family,
  size = 28,
}: {
  readonly kind: string;
  readonly family: Family | null;
  readonly size?: number;
}) => (
  <span className={`KindTile KindTile-${size} ${familyClass(family)}`}>
    <KindGlyph kind={kind} family={family} size={size <= 22 ? 13 : size >= 34 ? 20 : 17} />
  </span>
);
