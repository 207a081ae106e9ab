import { useId } from "react";
import type { AnyLayer, DocumentNode } from "../../engine/index.ts";
import { FieldRow } from "./fields.tsx";
import { ParamField } from "./ParamField.tsx";
import { controlRows, paramControls } from "./paramControls.ts";

/** All params of a node, generated from the schema of its kind. */
export const ParamsSection = ({ node, layer }: { node: DocumentNode; layer: AnyLayer }) => {
  const prefix = useId();
  const rows = controlRows(paramControls(layer));
  if (rows.length === 0) return null;
  return (
    <fieldset className="inspector-section" aria-label="Params">
      {rows.map((row) => {
        const [first] = row;
        if (!first) return null;
        const title = row
          .map((control, index) => (index === 0 ? control.title : control.title.toLowerCase()))
          .join(", ");
        return (
          <FieldRow
            key={first.param}
            label={title}
            htmlFor={`${prefix}-${first.param}`}
            tooltip={row.map(({ description }) => description).join(" ")}
          >
            {row.map((control) => (
              <ParamField
                key={control.param}
                id={`${prefix}-${control.param}`}
                node={node}
                layer={layer}
                control={control}
              />
            ))}
          </FieldRow>
        );
      })}
    </fieldset>
  );
};
