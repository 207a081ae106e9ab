import { ListFilter, X } from "lucide-react";
import { counted } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { setExperiments, useExperiments } from "./experimentsStore.ts";

/** Words and comparisons that leave runs out, and stretches of axes that do. */
export const RunsFilter = () => {
  const filter = useExperiments((state) => state.filter);
  const brushes = useExperiments((state) => state.brushes);
  const numBrushes = Object.keys(brushes).length;
  return (
    <>
      {numBrushes > 0 && (
        <button
          type="button"
          className="button button-small"
          data-tooltip="Show the runs of all stretches"
          onClick={() => setExperiments({ brushes: {} })}
        >
          {counted(numBrushes, "stretch")}
          <Icon of={X} size={12} />
        </button>
      )}
      <label className="study-runs-filter" data-tooltip="Words, and comparisons like train > 90 or std < 0.01">
        <Icon of={ListFilter} size={14} />
        <input
          type="search"
          className="field"
          placeholder="Filter"
          aria-label="Filter the runs: words, and comparisons like train > 90"
          value={filter}
          onChange={(event) => setExperiments({ filter: event.target.value })}
          onKeyDown={(event) => {
            if (event.key === "Escape" && filter !== "") {
              event.stopPropagation();
              setExperiments({ filter: "" });
            }
          }}
        />
      </label>
    </>
  );
};
