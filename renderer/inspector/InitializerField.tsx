import { initializers, type ParamValue } from "../../engine/index.ts";
import { SelectField } from "./fields.tsx";
import { NumberField } from "./NumberField.tsx";
import { type NamedVariant, wordsOf } from "./paramControls.ts";

const factsOf = (name: string) => Object.entries(initializers).find(([key]) => key === name)?.[1];

export const initializerTitle = (name: string): string => factsOf(name)?.title ?? wordsOf(name);

/** What a number of a variant starts with when the variant is chosen: `normal` with std 0.01. */
const startOf = (name: string, key: string): number => {
  const start: Readonly<Record<string, unknown>> = factsOf(name)?.start ?? {};
  return typeof start[key] === "number" ? start[key] : 1;
};

const numberOf = (value: ParamValue, key: string): number => {
  const inner = typeof value === "object" && value !== null && !Array.isArray(value) ? value[key] : undefined;
  return typeof inner === "number" ? inner : Number.NaN;
};

export const nameOf = (value: ParamValue | undefined): string => {
  const name = typeof value === "object" && value !== null && !Array.isArray(value) ? value.name : undefined;
  return typeof name === "string" ? name : "";
};

interface InitializerFieldProps {
  readonly label: string;
  readonly id?: string;
  readonly value: ParamValue;
  readonly variants: readonly NamedVariant[];
  /** What `document` stands for at the moment: `He normal`. */
  readonly documentTitle: string | null;
  readonly commit: (value: { readonly name: string; readonly [key: string]: ParamValue }) => string | null;
}

/** Which initializer, and its number where it has one. */
export const InitializerField = ({ label, id, value, variants, documentTitle, commit }: InitializerFieldProps) => {
  const name = nameOf(value);
  const number = variants.find((variant) => variant.name === name)?.number ?? null;
  return (
    <div className="stacked-fields">
      <SelectField
        {...(id === undefined ? {} : { id })}
        label={label}
        value={name}
        options={variants.map((variant) => ({
          value: variant.name,
          label:
            variant.name === "document" && documentTitle !== null
              ? `Document: ${documentTitle}`
              : initializerTitle(variant.name),
        }))}
        onChange={(chosen) => {
          const own = variants.find((variant) => variant.name === chosen)?.number;
          commit(own ? { name: chosen, [own.key]: startOf(chosen, own.key) } : { name: chosen });
        }}
      />
      {number && (
        <NumberField
          label={`${label} ${number.key}`}
          unit={number.key}
          value={numberOf(value, number.key)}
          bounds={number.bounds}
          commit={(next) => commit({ name, [number.key]: next })}
        />
      )}
    </div>
  );
};
