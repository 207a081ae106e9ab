import { dashArray } from "./runStyle.ts";

const LETTERS = "abcdef";

/** A piece of a run's line: what it looks like in every chart. */
export const RunSwatch = ({ style }: { readonly style: number }) => (
  <svg className="Compare-swatch" width="18" height="8" aria-hidden="true">
    <line
      x1="0"
      y1="4"
      x2="18"
      y2="4"
      stroke={`var(--run-${LETTERS[style % LETTERS.length]})`}
      strokeWidth="2"
      strokeDasharray={dashArray(style)}
    />
  </svg>
);
