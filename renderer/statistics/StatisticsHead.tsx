import { quantities } from "./quantities.ts";
import { LAYER_WIDTH, LEAST_WIDTH, type RowLayout } from "./rowLayout.ts";

/** Half a note says less than none. */
const LEAST_WIDTH_WITH_NOTE = 240;

/** The titles of the columns, above a canvas with their axes. */
export const StatisticsHead = ({
  layout,
  quantity,
}: {
  readonly layout: RowLayout;
  readonly quantity: keyof typeof quantities;
}) => {
  const { stdTitle, meanTitle, histogramTitle, id } = quantities[quantity];
  const heading = (column: keyof RowLayout, title: string, note = "") => {
    const place = layout[column];
    if (typeof place === "number" || place === null) return null;
    const left =
      LAYER_WIDTH +
      (column === "channelMeans" || column === "channelStds" || column === "depth" ? place.plotLeft : place.left + 6);
    return (
      <span
        className="statistics-heading"
        style={{ left, maxWidth: place.width - 8 }}
        title={note && `${title}, ${note}`}
      >
        {title}
        {note && place.width >= LEAST_WIDTH_WITH_NOTE && <span className="statistics-note">{note}</span>}
      </span>
    );
  };
  return (
    <div className="statistics-head" style={{ minWidth: LAYER_WIDTH + LEAST_WIDTH }}>
      <span className="statistics-heading" style={{ left: 16 }}>
        Layer
      </span>
      {heading("depth", stdTitle)}
      {heading("mean", meanTitle)}
      {heading("histogram", histogramTitle, id === "gradients" ? "" : "values per 1,000 in a bin, log1p")}
      {heading("channelMeans", "Channel means")}
      {heading("channelStds", "Channel stds")}
      {heading("ratio", "Update to weight", "log10")}
      <canvas style={{ left: LAYER_WIDTH, width: layout.width, height: 18 }} />
    </div>
  );
};
