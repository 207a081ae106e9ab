import { CommitField } from "./CommitField.tsx";
import { nudgeNumber, readNumber, writeNumber } from "./fieldText.ts";
import type { NumberBounds } from "./paramControls.ts";

interface NumberFieldProps {
  readonly label: string;
  readonly value: number;
  readonly bounds: NumberBounds;
  readonly id?: string;
  readonly tooltip?: string | undefined;
  readonly unit?: string | null;
  readonly finding?: string | null;
  /** Takes the value over; a sentence when it cannot. */
  readonly commit: (value: number) => string | null;
}

/** A number: typed, or moved by the arrow keys, ten times as far with Shift. */
export const NumberField = ({ value, bounds, commit, ...rest }: NumberFieldProps) => (
  <CommitField
    {...rest}
    text={writeNumber(value)}
    commit={(text) => {
      const reading = readNumber(text);
      return reading.ok ? commit(reading.value) : reading.problem;
    }}
    nudge={(text, direction, far) => {
      const reading = readNumber(text);
      return reading.ok ? writeNumber(nudgeNumber(reading.value, direction, far, bounds)) : null;
    }}
  />
);
