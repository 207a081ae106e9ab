import { dashArray } from "./variantStyle.ts";

/** A piece of the line that a variant has in every chart. */
export const VariantSample = ({ style, width = 20 }: { readonly style: number; readonly width?: number }) => (
  <svg
    className="variant-sample"
    data-style={style}
    width={width}
    height={8}
    viewBox={`0 0 ${width} 8`}
    aria-hidden="true"
  >
    <line x1={0} y1={4} x2={width} y2={4} strokeWidth={1.75} strokeDasharray={dashArray(style)} />
  </svg>
);
