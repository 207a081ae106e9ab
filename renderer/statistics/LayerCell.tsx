import { viewStore } from "../app/viewStore.ts";
import { canvasViewport } from "../commands/canvasViewport.ts";
import { documentStore } from "../document/documentStore.ts";
import { HealthMark } from "../health/HealthMark.tsx";
import { familyClass, KindTile } from "../palette/KindGlyph.tsx";
import type { StatisticsRow } from "./statisticsRows.ts";

const showOnCanvas = (nodeId: string): void => {
  viewStore.setState({ editorView: "canvas" });
  documentStore.getState().select([nodeId]);
  requestAnimationFrame(() => canvasViewport()?.showNode(nodeId));
};

/** Name, shape and the numbers at the step shown, which `StatisticsCharts` writes. */
export const LayerCell = ({ row }: { readonly row: StatisticsRow }) => (
  <button
    type="button"
    className={`statistics-layer ${familyClass(row.family)}`}
    data-tooltip={`${row.title}: show on the canvas`}
    onClick={() => showOnCanvas(row.nodeId)}
  >
    <KindTile kind={row.kind} family={row.family} size={20} />
    <span className="statistics-name">
      <span dir="auto">
        {row.name}
        <HealthMark nodeId={row.nodeId} />
      </span>
      <span className="statistics-shape">{row.shape}</span>
    </span>
    <span className="statistics-readout">
      <span data-mean={row.nodeId} />
      <span data-std={row.nodeId} />
    </span>
  </button>
);
