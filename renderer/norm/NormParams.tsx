import { useId } from "react";
import { type AnyLayer, type DocumentNode, defaultParams } from "../../engine/index.ts";
import { FoldSection } from "../inspector/FoldSection.tsx";
import { FieldRow } from "../inspector/fields.tsx";
import { ParamField } from "../inspector/ParamField.tsx";
import { type ParamControl, paramControls } from "../inspector/paramControls.ts";

const ON_TOP: readonly string[] = ["momentum", "epsilon"];
const AFFINE: readonly string[] = ["scale", "shift"];

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
  const named = (names: readonly string[]): readonly ParamControl[] =>
    names.flatMap((name) => controls.find(({ param }) => param === name) ?? []);
  const [top, affine] = [named(ON_TOP), named(AFFINE)];
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
        <p className="norm-params-title">Scale and shift</p>
        <div className="norm-affine">
          {affine.map((control) => (
            <label key={control.param} htmlFor={`${prefix}-${control.param}`} data-tooltip={control.description}>
              <ParamField id={`${prefix}-${control.param}`} node={node} layer={layer} control={control} />
              {control.title.split(" ").at(-1)}
            </label>
          ))}
        </div>
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
