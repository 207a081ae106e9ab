/** One thing that a study varies: what, and through which values. */
import { X } from "lucide-react";
import type { AxisValue, LayerscopeDocument, StudyAxis, ValueRange } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { CommitField } from "../inspector/CommitField.tsx";
import { SelectField } from "../inspector/fields.tsx";
import { readNumber, readNumbers, writeNumber } from "../inspector/fieldText.ts";
import { counted } from "../run/runWords.ts";
import { Segments } from "../statistics/Segments.tsx";
import { axisWords, valueWords, variedValues } from "./axisWords.ts";
import {
  choicesOf,
  inner,
  paramAxis,
  paramTargets,
  startAxis,
  targetOf,
  targetParams,
  variables,
  withValues,
} from "./draftAxes.ts";
import { keyOf } from "./studyModel.ts";

const Chips = ({
  label,
  choices,
  words,
  isOn,
  onToggle,
}: {
  label: string;
  choices: readonly AxisValue[];
  words: (value: AxisValue) => string;
  isOn: (value: AxisValue) => boolean;
  onToggle: (value: AxisValue) => void;
}) => (
  <fieldset className="draft-chips" aria-label={label}>
    {choices.map((value) => (
      <button
        key={keyOf(value)}
        type="button"
        className="draft-chip"
        aria-pressed={isOn(value)}
        onClick={() => onToggle(value)}
      >
        {words(value)}
      </button>
    ))}
  </fieldset>
);

const isRange = (values: unknown): values is ValueRange =>
  typeof values === "object" && values !== null && !Array.isArray(values);

const asNumbers = (values: StudyAxis["values"]): readonly number[] =>
  isRange(values)
    ? [values.from, values.to]
    : (values as readonly AxisValue[]).filter((value) => typeof value === "number");

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
}) => (
  <div className="draft-number">
    <span aria-hidden="true">{name}</span>
    <CommitField
      label={`${label}: ${name}`}
      text={writeNumber(value)}
      commit={(text) => {
        const reading = readNumber(text);
        if (!reading.ok) return reading.problem;
        onChange(reading.value);
        return null;
      }}
    />
  </div>
);

const Numbers = ({
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
        <div className="draft-list">
          <CommitField
            label={`${title}: list of values`}
            text={asNumbers(values).map(writeNumber).join(", ")}
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

const Values = ({
  axis,
  title,
  document,
  onChange,
}: {
  axis: StudyAxis;
  title: string;
  document: LayerscopeDocument;
  onChange: (axis: StudyAxis) => void;
}) => {
  const choices = choicesOf(axis, document);
  if (choices === null) return <Numbers axis={axis} title={title} onChange={onChange} />;
  const chosen: readonly AxisValue[] = isRange(axis.values) ? [] : axis.values;
  const isOn = (value: AxisValue): boolean => chosen.some((other) => keyOf(other) === keyOf(value));
  return (
    <Chips
      label={`${title}: values`}
      choices={choices}
      words={(value) => valueWords(axis, value)}
      isOn={isOn}
      onToggle={(value) =>
        onChange(
          withValues(axis, isOn(value) ? chosen.filter((other) => keyOf(other) !== keyOf(value)) : [...chosen, value]),
        )
      }
    />
  );
};

const ParamPlace = ({
  axis,
  document,
  onChange,
}: {
  axis: Extract<StudyAxis, { vary: "param" }>;
  document: LayerscopeDocument;
  onChange: (axis: StudyAxis) => void;
}) => {
  const targets = paramTargets(document);
  const target = targetOf(axis, document);
  const params = targetParams(target);
  return (
    <>
      <SelectField
        label="Whose param"
        value={target?.id ?? ""}
        options={targets.map(({ id, title }) => ({ value: id, label: title }))}
        onChange={(id) => {
          const next = targets.find((each) => each.id === id);
          const own = targetParams(next);
          const name = own.find(({ param }) => param === axis.name) ?? own[0];
          if (next !== undefined && name !== undefined) onChange(paramAxis(next, name.param, document));
        }}
      />
      <SelectField
        label="Param"
        value={axis.name}
        options={params.map(({ param, title }) => ({ value: param, label: title }))}
        onChange={(name) => target !== undefined && onChange(paramAxis(target, name, document))}
      />
    </>
  );
};

const numValues = (axis: StudyAxis): number => variedValues(axis).length;

export const DraftAxis = ({
  axis,
  index,
  document,
  problem,
  onChange,
  onRemove,
}: {
  readonly axis: StudyAxis;
  readonly index: number;
  readonly document: LayerscopeDocument;
  readonly problem: string | null;
  readonly onChange: (axis: StudyAxis) => void;
  /** null: a study varies something. */
  readonly onRemove: (() => void) | null;
}) => {
  const title = axisWords(axis, document.nodes);
  return (
    <li className="draft-axis" data-invalid={problem !== null}>
      <div className="draft-axis-what">
        <SelectField
          label={`Axis ${index + 1}: what is varied`}
          value={axis.vary}
          options={variables.map(({ vary, title: label }) => ({ value: vary, label }))}
          onChange={(next) => {
            const variable = variables.find(({ vary }) => vary === next);
            if (variable !== undefined) onChange(startAxis(variable.vary, document));
          }}
        />
        {axis.vary === "param" && <ParamPlace axis={axis} document={document} onChange={onChange} />}
      </div>
      <div className="draft-axis-values">
        {axis.vary === "bypass" ? (
          <Chips
            label="Layers left out"
            choices={inner(document).map(({ id }) => id)}
            words={(id) => document.nodes.find((node) => node.id === id)?.name || String(id)}
            isOn={(id) => axis.nodes.includes(String(id))}
            onToggle={(id) => {
              const isIn = axis.nodes.includes(String(id));
              const nodes = isIn ? axis.nodes.filter((other) => other !== id) : [...axis.nodes, String(id)];
              onChange({ ...axis, nodes });
            }}
          />
        ) : (
          <Values axis={axis} title={title} document={document} onChange={onChange} />
        )}
      </div>
      <span className="draft-axis-count">{counted(numValues(axis), "value")}</span>
      <button
        type="button"
        className="icon-button"
        aria-label={`Don’t vary ${title}`}
        data-tooltip="Don’t vary this"
        disabled={onRemove === null}
        onClick={() => onRemove?.()}
      >
        <Icon of={X} size={14} />
      </button>
      {problem !== null && (
        <p className="draft-problem" role="alert">
          {problem}
        </p>
      )}
    </li>
  );
};
