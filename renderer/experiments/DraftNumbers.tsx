import type { AxisValue, StudyAxis, ValueRange } from "../../engine/index.ts";
import { CommitField } from "../inspector/CommitField.tsx";
import { readNumber, readNumbers, writeNumber } from "../inspector/fieldText.ts";
import { Segments } from "../statistics/Segments.tsx";
import { withValues } from "./draftAxes.ts";

export const isRange = (values: unknown): values is ValueRange =>
  typeof values === "object" && values !== null && !Array.isArray(values);

const asNumbers = (values: StudyAxis["values"]): readonly number[] =>
  isRange(values)
    ? [values.from, values.to]
    : (values as readonly AxisValue[]).filter((value) => typeof value === "number");

/** A list of so many characters fits beside the choice of list or range; a longer one has a line of its own. */
const MOST_BESIDE = 24;

/** The ends of a list, as a range to begin with. */
const rangeOf = (values: readonly number[]): ValueRange => {
  const [from = 1, to = 10] = [values[0], values.at(-1)];
  const isWide = from > 0 && to > 0 && Math.max(from / to, to / from) >= 20;
  return { from, to, count: Math.max(2, Math.min(16, values.length)), scale: isWide ? "log" : "linear" };
};

const NumberPart = ({
  label,
  name,
  value,
  onChange,
}: {
  label: string;
  name: string;
  value: number;
  onChange: (value: number) => void;
}) => {
  const written = writeNumber(value);
  return (
    <div className="draft-number">
      <span aria-hidden="true">{name}</span>
      <span className="draft-number-field" style={{ width: `${Math.max(4, written.length) + 2.5}ch` }}>
        <CommitField
          label={`${label}: ${name}`}
          text={written}
          commit={(text) => {
            const reading = readNumber(text);
            if (!reading.ok) return reading.problem;
            onChange(reading.value);
            return null;
          }}
        />
      </span>
    </div>
  );
};

/** Values that are numbers: as a list, or from one to another. */
export const DraftNumbers = ({
  axis,
  title,
  onChange,
}: {
  axis: StudyAxis;
  title: string;
  onChange: (axis: StudyAxis) => void;
}) => {
  const { values } = axis;
  const range = isRange(values) ? values : null;
  const list = asNumbers(values).map(writeNumber).join(", ");
  return (
    <>
      <Segments
        label={`${title}: values`}
        showLabel={false}
        value={range === null ? "list" : "range"}
        options={[
          { id: "list", title: "List" },
          { id: "range", title: "Range" },
        ]}
        onChange={(next) =>
          onChange(withValues(axis, next === "list" ? asNumbers(values) : rangeOf(asNumbers(values))))
        }
      />
      {range !== null && (
        <Segments
          label={`${title}: spacing`}
          showLabel={false}
          value={range.scale}
          options={[
            { id: "log", title: "Log", hint: "By equal factors" },
            { id: "linear", title: "Linear", hint: "Evenly spaced" },
          ]}
          onChange={(scale) => onChange(withValues(axis, { ...range, scale }))}
        />
      )}
      {range === null ? (
        <div className="draft-list" data-long={list.length > MOST_BESIDE}>
          <CommitField
            label={`${title}: list of values`}
            text={list}
            commit={(text) => {
              const reading = readNumbers(text.replace(/,\s*$/, ""));
              if (!reading.ok) return reading.problem;
              onChange(withValues(axis, reading.value));
              return null;
            }}
          />
        </div>
      ) : (
        <div className="draft-range">
          <NumberPart
            label={title}
            name="from"
            value={range.from}
            onChange={(from) => onChange(withValues(axis, { ...range, from }))}
          />
          <NumberPart
            label={title}
            name="to"
            value={range.to}
            onChange={(to) => onChange(withValues(axis, { ...range, to }))}
          />
          <NumberPart
            label={title}
            name="values"
            value={range.count}
            onChange={(count) => onChange(withValues(axis, { ...range, count }))}
          />
        </div>
      )}
    </>
  );
};
