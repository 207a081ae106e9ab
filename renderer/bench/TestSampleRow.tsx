import { ChevronLeft, ChevronRight, Dices } from "lucide-react";
import { counted } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { formatCount } from "../charts/format.ts";
import { NumberField } from "../inspector/NumberField.tsx";
import { changeSample } from "./benchStore.ts";

/** Chooses a test sample: by its number, the next one, or any. `index` null: something else is the sample. */
export const TestSampleRow = ({ index, count }: { readonly index: number | null; readonly count: number }) => {
  const go = (next: number): void => changeSample({ source: { type: "test", index: (next + count) % count } });
  const at = index ?? 0;
  return (
    <div className="bench-row">
      <label className="bench-label" htmlFor="bench-index">
        Test sample
      </label>
      <div className="bench-index">
        <NumberField
          id="bench-index"
          label="Test sample"
          value={at}
          bounds={{ integer: true, min: 0, max: count - 1, positive: false }}
          commit={(value) => {
            if (!Number.isInteger(value) || value < 0 || value >= count) {
              return count === 1
                ? "There is 1 test sample, 0."
                : `There are ${counted(count, "test sample")}, from 0 to ${formatCount(count - 1)}.`;
            }
            go(value);
            return null;
          }}
        />
      </div>
      <button
        type="button"
        className="icon-button"
        aria-label="Previous test sample"
        data-tooltip="Previous"
        onClick={() => go(at - 1)}
      >
        <Icon of={ChevronLeft} size={15} />
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label="Next test sample"
        data-tooltip="Next"
        onClick={() => go(at + 1)}
      >
        <Icon of={ChevronRight} size={15} />
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label="Random test sample"
        data-tooltip="Random test sample"
        onClick={() => go(Math.floor(Math.random() * count))}
      >
        <Icon of={Dices} size={15} />
      </button>
    </div>
  );
};
