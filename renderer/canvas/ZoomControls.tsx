import { useReactFlow, useStore } from "@xyflow/react";
import { Maximize, Minus, Plus } from "lucide-react";
import { Icon } from "../app/Icon.tsx";
import { formatPercent } from "../charts/format.ts";

export const ZoomControls = ({ fit }: { readonly fit: () => void }) => {
  const { zoomIn, zoomOut, zoomTo } = useReactFlow();
  const percent = useStore((state) => formatPercent(state.transform[2], 0));
  return (
    <div className="ZoomControls">
      <button
        type="button"
        className="icon-button ZoomControls-button"
        aria-label="Zoom out"
        data-tooltip="Zoom out"
        data-command="view.zoomOut"
        onClick={() => void zoomOut()}
      >
        <Icon of={Minus} size={14} />
      </button>
      <button
        type="button"
        className="ZoomControls-percent"
        aria-label={`Zoom ${percent}; go to 100 %`}
        data-tooltip="Go to 100 %"
        onClick={() => void zoomTo(1)}
      >
        {percent}
      </button>
      <button
        type="button"
        className="icon-button ZoomControls-button"
        aria-label="Zoom in"
        data-tooltip="Zoom in"
        data-command="view.zoomIn"
        onClick={() => void zoomIn()}
      >
        <Icon of={Plus} size={14} />
      </button>
      <button
        type="button"
        className="icon-button ZoomControls-button"
        aria-label="Zoom to fit"
        data-tooltip="Zoom to fit"
        data-command="view.fit"
        onClick={fit}
      >
        <Icon of={Maximize} size={14} />
      </button>
    </div>
  );
};
