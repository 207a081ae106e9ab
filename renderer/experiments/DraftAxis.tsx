/** One thing that a study varies: what, and through which values. */
import { X } from "lucide-react";
import type { ReactNode } from "react";
import type { AxisValue, LayerscopeDocument, StudyAxis } from "../../engine/index.ts";
import { counted } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { SelectField } from "../inspector/fields.tsx";
import { axisWords, valueWords, variedValues } from "./axisWords.ts";
import { DraftNumbers, isRange } from "./DraftNumbers.tsx";
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

const Values = ({
  axis,
  title,
  document,
  inList,
  onChange,
}: {
  axis: StudyAxis;
  title: string;
  document: LayerscopeDocument;
  inList: boolean;
  onChange: (axis: StudyAxis) => void;
}) => {
  const choices = choicesOf(axis, document);
  if (choices === null) return <DraftNumbers axis={axis} title={title} onChange={onChange} />;
  const chosen: readonly AxisValue[] = isRange(axis.values) ? [] : axis.values;
  const isOn = (value: AxisValue): boolean => chosen.some((other) => keyOf(other) === keyOf(value));
  return (
    <Chips
      label={`${title}: values`}
      choices={choices}
      words={(value) => valueWords(axis, value)}
      isOn={isOn}
      onToggle={(value) => {
        const toggled = isOn(value) ? chosen.filter((other) => keyOf(other) !== keyOf(value)) : [...chosen, value];
        // As they are offered, unless each stands beside a value of another list.
        const keys = new Set(toggled.map(keyOf));
        onChange(withValues(axis, inList ? toggled : choices.filter((choice) => keys.has(keyOf(choice)))));
      }}
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
  inList,
  problem,
  aside,
  onChange,
  onRemove,
}: {
  readonly axis: StudyAxis;
  readonly index: number;
  readonly document: LayerscopeDocument;
  /** Its values stand beside those of the other axes. */
  readonly inList: boolean;
  readonly problem: string | null;
  /** What is to be said of it, or done about it. */
  readonly aside: ReactNode;
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
          <Values axis={axis} title={title} document={document} inList={inList} onChange={onChange} />
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
      {aside}
    </li>
  );
};
