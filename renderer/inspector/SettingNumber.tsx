import { CommitField } from "./CommitField.tsx";
import { FieldRow } from "./fields.tsx";
import { readNumber, writeNumber } from "./fieldText.ts";
import { NumberField } from "./NumberField.tsx";
import { type NumberBounds, rangeWords } from "./paramControls.ts";

interface SettingProps {
  readonly id: string;
  readonly title: string;
  /** One line; the range is added. */
  readonly help: string;
  readonly value: number;
  readonly nested?: boolean;
  /** Takes the value over; a sentence when it cannot. */
  readonly commit: (value: number) => string | null;
}

/** A row with a number. */
export const SettingNumber = (
  props: SettingProps & { readonly bounds: NumberBounds; readonly unit?: string | null },
) => {
  const { id, title, help, value, nested = false, bounds, unit = null, commit } = props;
  const range = rangeWords(bounds);
  const tooltip = range === "" ? help : `${help} ${range}`;
  return (
    <FieldRow nested={nested} label={title} htmlFor={id} tooltip={tooltip}>
      <NumberField {...{ id, tooltip, unit, bounds, value, commit }} label={title} />
    </FieldRow>
  );
};

const percentOf = (share: number): number => Number((share * 100).toPrecision(12));

/** A row with a share of samples, as a percentage. */
export const SettingShare = ({ id, title, help, value, nested = false, commit }: SettingProps) => {
  const tooltip = `${help} More than 0\u00a0% and less than 100\u00a0%.`;
  const read = (text: string) => readNumber(text.replace(/\s*%\s*$/, ""));
  return (
    <FieldRow nested={nested} label={title} htmlFor={id} tooltip={tooltip}>
      <CommitField
        id={id}
        label={title}
        tooltip={tooltip}
        unit="%"
        text={writeNumber(percentOf(value))}
        commit={(text) => {
          const reading = read(text);
          if (!reading.ok) return reading.problem;
          if (reading.value > 0 && reading.value < 100) return commit(Number((reading.value / 100).toPrecision(12)));
          return `${title} is ${writeNumber(reading.value)}\u00a0%, expected more than 0\u00a0% and less than 100\u00a0%.`;
        }}
        nudge={(text, direction, far) => {
          const reading = read(text);
          if (!reading.ok) return null;
          return writeNumber(Math.max(1, Math.min(99, Math.round(reading.value) + direction * (far ? 10 : 1))));
        }}
      />
    </FieldRow>
  );
};
