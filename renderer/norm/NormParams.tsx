import { useId } from "react";
import { type AnyLayer, type DocumentNode, defaultParams } from "../../engine/index.ts";
import { documentStore } from "../document/documentStore.ts";
import { FoldSection } from "../inspector/FoldSection.tsx";
import { FieldRow, SelectField } from "../inspector/fields.tsx";
import { ParamField } from "../inspector/ParamField.tsx";
import { type ParamControl, paramControls } from "../inspector/paramControls.ts";

const ON_TOP: readonly string[] = ["momentum", "epsilon"];
const AFFINE: readonly string[] = ["scale", "shift"];

const CHOICES = [
  { value: "both", label: "On", scale: true, shift: true },
  { value: "scale", label: "Scale only", scale: true, shift: false },
  { value: "shift", label: "Shift only", scale: false, shift: true },
  { value: "none", label: "Off", scale: false, shift: false },
] as const;

/** γ and β in one choice. */
const AffineField = ({ node, id }: { readonly node: DocumentNode; readonly id: string }) => {
  const params = { ...defaultParams(node.kind), ...node.params };
  const chosen = CHOICES.find(({ scale, shift }) => scale === params.scale && shift === params.shift) ?? CHOICES[0];
  return (
    <SelectField
      id={id}
      label="Scale and shift"
      value={chosen.value}
      options={CHOICES}
      onChange={(value) => {
        const next = CHOICES.find((choice) => choice.value === value);
        if (next === undefined) return;
        const { scale, shift } = next;
        documentStore
          .getState()
          .apply(
            [{ type: "setParams", nodeId: node.id, params: { scale, shift } }],
            `set scale and shift of ${node.name}`,
          );
      }}
    />
  );
};

/** What differs from the defaults among the params that are folded away. */
const factOf = (node: DocumentNode, controls: readonly ParamControl[]): string => {
  const defaults = defaultParams(node.kind);
  const changed = controls.filter(({ param }) => {
    const value = node.params[param];
    return value !== undefined && JSON.stringify(value) !== JSON.stringify(defaults[param]);
  });
  return changed.length === 0 ? "defaults" : changed.map(({ title }) => title.toLowerCase()).join(", ");
};

/** Momentum, epsilon, scale and shift side by side. */
export const NormParams = ({ node, layer }: { readonly node: DocumentNode; readonly layer: AnyLayer }) => {
  const prefix = useId();
  const controls = paramControls(layer);
  const top = ON_TOP.flatMap((param) => controls.find((control) => control.param === param) ?? []);
  return (
    <fieldset className="inspector-section norm-params" aria-label="Params">
      {top.map((control) => (
        <div key={control.param}>
          <label htmlFor={`${prefix}-${control.param}`} data-tooltip={control.description}>
            {control.title}
          </label>
          <ParamField id={`${prefix}-${control.param}`} node={node} layer={layer} control={control} />
        </div>
      ))}
      <div>
        <label
          htmlFor={`${prefix}-affine`}
          data-tooltip="Learn a factor γ and a summand β for each channel after normalizing."
        >
          Scale and shift
        </label>
        <AffineField node={node} id={`${prefix}-affine`} />
      </div>
    </fieldset>
  );
};

/** All other params, folded away. */
export const MoreNormParams = ({ node, layer }: { readonly node: DocumentNode; readonly layer: AnyLayer }) => {
  const prefix = useId();
  const rest = paramControls(layer).filter(({ param }) => !ON_TOP.includes(param) && !AFFINE.includes(param));
  return (
    <FoldSection title="More params" fact={factOf(node, rest)}>
      {rest.map((control) => (
        <FieldRow
          key={control.param}
          label={control.title}
          htmlFor={`${prefix}-${control.param}`}
          tooltip={control.description}
        >
          <ParamField id={`${prefix}-${control.param}`} node={node} layer={layer} control={control} />
        </FieldRow>
      ))}
    </FoldSection>
  );
};
