import { X } from "lucide-react";
import { Icon } from "../app/Icon.tsx";
import { ChartTools } from "../charts/ChartTools.tsx";
import { formatCount } from "../charts/format.ts";
import { exportSections } from "./exportStatistics.ts";
import { quantities, quantityIds } from "./quantities.ts";
import { Segments } from "./Segments.tsx";
import { filterRows, type StatisticsRow } from "./statisticsRows.ts";
import { type RowFilter, statisticsStore, useStatistics } from "./statisticsStore.ts";

const FILTERS: readonly { readonly id: RowFilter; readonly title: string }[] = [
  { id: "all", title: "All" },
  { id: "weights", title: "With weights" },
  { id: "norm", title: "Normalization" },
  { id: "activation", title: "Activation" },
];

const { setState } = statisticsStore;

export const StatisticsTools = ({
  rows,
  hidden,
}: {
  readonly rows: readonly StatisticsRow[];
  readonly hidden: readonly string[];
}) => {
  const state = useStatistics((all) => all);
  const { filter, quantity, log, shared, histogramStyle, ratioBy, asTable, zoom } = state;
  return (
    <div className="statistics-tools" role="toolbar" aria-label="What the statistics show">
      <Segments
        label="Layers"
        showLabel={false}
        value={filter}
        options={FILTERS.filter(({ id }) => id === "all" || filterRows(rows, id).length > 0).map(({ id, title }) => ({
          id,
          title: id === "all" ? `All ${rows.length}` : title,
        }))}
        onChange={(next) => setState({ filter: next })}
      />
      {hidden.length > 0 && <span className="statistics-hidden">{hidden.join(" and ")} hidden</span>}
      <span className="statistics-space" />
      {!asTable && (
        <>
          {zoom && (
            <button
              type="button"
              className="button button-small"
              aria-label={`Steps ${zoom.from} to ${zoom.to}. Show all steps`}
              data-tooltip="Show all steps"
              onClick={() => setState({ zoom: null })}
            >
              {`${formatCount(zoom.from)} to ${formatCount(zoom.to)}`}
              <Icon of={X} size={12} />
            </button>
          )}
          <Segments
            label="Measured"
            showLabel={false}
            value={quantity}
            options={quantityIds.map((id) => ({ id, title: quantities[id].title }))}
            onChange={(next) => setState({ quantity: next })}
          />
          <Segments
            label="Steps"
            value={log ? "log" : "linear"}
            options={[
              { id: "linear", title: "Linear" },
              { id: "log", title: "Log" },
            ]}
            onChange={(next) => setState({ log: next === "log" })}
          />
          <Segments
            label="Value range"
            value={shared ? "shared" : "each"}
            options={[
              { id: "each", title: "Each layer" },
              { id: "shared", title: "Shared" },
            ]}
            onChange={(next) => setState({ shared: next === "shared" })}
          />
          <Segments
            label="Histograms"
            value={histogramStyle}
            options={[
              { id: "heat", title: "Heat" },
              { id: "ridges", title: "Ridges" },
            ]}
            onChange={(next) => setState({ histogramStyle: next })}
          />
          <Segments
            label="Update to weight"
            value={ratioBy}
            options={[
              { id: "std", title: "std", hint: "std of the update ÷ std of the weights" },
              { id: "meanMagnitude", title: "mean |x|", hint: "mean magnitude of the update ÷ that of the weights" },
            ]}
            onChange={(next) => setState({ ratioBy: next })}
          />
        </>
      )}
      <ChartTools
        of="the statistics"
        table={{ isShown: asTable, show: (isShown) => setState({ asTable: isShown }) }}
        sections={exportSections}
      />
    </div>
  );
};
