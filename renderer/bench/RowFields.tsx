/** A row of a table: a field for each of its numbers, in the units of the data. */
import type { InspectedSample } from "../../engine/protocol.ts";
import { NumberField } from "../inspector/NumberField.tsx";
import { changeSample } from "./benchStore.ts";

const MAX_FIELDS = 200;

export const RowFields = ({ sample }: { readonly sample: InspectedSample }) => {
  const values = [...new Float64Array(sample.stores === "numbers" ? sample.stored : new ArrayBuffer(0))];
  return (
    <div className="bench-fields">
      {values.slice(0, MAX_FIELDS).map((value, feature) => {
        const name = sample.featureNames[feature] ?? `x${feature + 1}`;
        const id = `bench-feature-${feature}`;
        return (
          <div className="bench-row" key={id}>
            <label className="bench-label" htmlFor={id} title={name}>
              {name}
            </label>
            <NumberField
              id={id}
              label={name}
              value={Number(value.toPrecision(6))}
              bounds={{ integer: false, min: null, max: null, positive: false }}
              commit={(next) => {
                changeSample({
                  source: { type: "row", values: values.map((old, at) => (at === feature ? next : old)) },
                });
                return null;
              }}
            />
          </div>
        );
      })}
      {values.length > MAX_FIELDS && (
        <p className="bench-hint">{`The first ${MAX_FIELDS} of ${values.length} numbers.`}</p>
      )}
    </div>
  );
};
