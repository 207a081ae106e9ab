import { ChevronsUpDown } from "lucide-react";
import { type ReactNode, useId } from "react";
import { Icon } from "../app/Icon.tsx";
import "./fields.css";

/** A label at the left and its control at the right. `nested`: it belongs to the choice above. */
export const FieldRow = ({
  label,
  htmlFor,
  tooltip,
  nested,
  children,
}: {
  label: string;
  htmlFor?: string | undefined;
  tooltip?: string | undefined;
  nested?: boolean;
  children: ReactNode;
}) => (
  <div className={nested ? "field-row field-row-nested" : "field-row"}>
    <label className="field-row-label" htmlFor={htmlFor} data-tooltip={tooltip || undefined}>
      {label}
    </label>
    <div className="field-row-control">{children}</div>
  </div>
);

export const SelectField = ({
  label,
  id,
  value,
  options,
  onChange,
}: {
  label: string;
  id?: string;
  value: string;
  options: readonly { readonly value: string; readonly label: string }[];
  onChange: (value: string) => void;
}) => (
  <span className="select">
    <select
      id={id}
      className="field"
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
    <Icon of={ChevronsUpDown} size={12} />
  </span>
);

export const ToggleField = ({
  label,
  id,
  on,
  onChange,
}: {
  label: string;
  id?: string;
  on: boolean;
  onChange: (on: boolean) => void;
}) => (
  <button
    id={id}
    type="button"
    role="switch"
    className="switch"
    aria-checked={on}
    aria-label={label}
    onClick={() => onChange(!on)}
  />
);

/** A section of the inspector with a heading and, at its right, a fact and buttons. */
export const Section = ({
  title,
  fact,
  tools,
  children,
}: {
  title: string;
  fact?: ReactNode;
  tools?: ReactNode;
  children: ReactNode;
}) => {
  const id = useId();
  return (
    <section className="inspector-section" aria-labelledby={id}>
      <div className="inspector-section-head">
        <h3 id={id}>{title}</h3>
        {fact !== undefined && <span className="inspector-section-fact">{fact}</span>}
        {tools}
      </div>
      {children}
    </section>
  );
};
