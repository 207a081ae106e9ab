import { dashArray, STROKE_GAP, STROKE_REACH, strokesOf } from "./runStyle.ts";

const LETTERS = "abcdef";
const MIDDLE = 9;

/** A piece of a run's line: what it looks like in every chart. */
export const RunSwatch = ({ style }: { readonly style: number }) => {
  const stroke = `var(--run-${LETTERS[style % LETTERS.length]})`;
  const count = strokesOf(style);
  return (
    <svg className="Compare-swatch" width="18" height="8" aria-hidden="true">
      <line x1="0" y1="4" x2="18" y2="4" stroke={stroke} strokeWidth="2" strokeDasharray={dashArray(style)} />
      {Array.from({ length: count }, (_, index) => MIDDLE + STROKE_GAP * (index - (count - 1) / 2)).map((x) => (
        <line key={x} x1={x} y1={4 - STROKE_REACH} x2={x} y2={4 + STROKE_REACH} stroke={stroke} strokeWidth="1" />
      ))}
    </svg>
  );
};
