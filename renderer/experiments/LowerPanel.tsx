/** All runs in one chart: a metric against the swept value, any two quantities against each other, or all of them side by side. */
import type { MenuSection } from "../app/Menu.tsx";
import { ChartTools } from "../charts/ChartTools.tsx";
import { chartColors } from "../charts/colors.ts";
import { csvItem, pictureItems } from "../charts/exportChart.ts";
import { NumberTable } from "../charts/NumberTable.tsx";
import type { PagePen } from "../charts/pen.ts";
import { Segments } from "../statistics/Segments.tsx";
import { drawParallel, drawScatter } from "./drawPoints.ts";
import { experimentsStore, type LowerChart, setExperiments, useExperiments } from "./experimentsStore.ts";
import { onPage } from "./onPage.ts";
import { ParallelChart, parallelDimensions } from "./ParallelChart.tsx";
import { heldTitle } from "./runMetrics.ts";
import { dimensionsOf } from "./runPoints.ts";
import { ScatterAxes, ScatterChart, scatterDimensions } from "./ScatterChart.tsx";
import { SweptChart } from "./SweptChart.tsx";
import { quantityOf, sweptPicture, sweptTitle } from "./studyPictures.ts";
import { runsTable, sweptTable } from "./studyTables.ts";
import { sweptAxis, sweptView } from "./sweptLines.ts";
import type { ShownStudy } from "./useStudyModel.ts";

const CHARTS: readonly { readonly id: LowerChart; readonly title: string }[] = [
  { id: "swept", title: "Swept" },
  { id: "scatter", title: "Scatter" },
  { id: "parallel", title: "Parallel" },
];

const WIDTH = 960;
const HEIGHT = 360;
const HEAD = 40;

/** The chart as a picture of a page's width. */
const sectionsOf = (shown: ShownStudy, title: string, chart: LowerChart) => (): readonly MenuSection[] => {
  const { detail, model } = shown;
  const { runs } = detail;
  const quantity = quantityOf(experimentsStore.getState().curve);
  const swept = chart === "swept" ? sweptPicture({ title: detail.title, model, runs }, quantity) : null;
  const draw = (pen: PagePen): void => {
    const colors = chartColors();
    pen.label(16, 20, `${detail.title}: ${title.toLowerCase()}`, { color: colors.text, size: 13, weight: 600 });
    const size = { width: WIDTH - 32, height: HEIGHT };
    const points = { model, runs, selected: new Set<string>(), faint: new Set<string>(), ...size, colors };
    const dimensions = dimensionsOf(model, runs);
    if (chart === "scatter") {
      const pair = scatterDimensions(dimensions, experimentsStore.getState().scatter, model);
      if (pair !== null) drawScatter(pen, points, pair, [16, HEAD]);
    }
    if (chart === "parallel") {
      drawParallel(pen, points, parallelDimensions(dimensions), experimentsStore.getState().brushes, [16, HEAD]);
    }
  };
  const view = chart === "swept" ? sweptView(model, runs, quantity) : null;
  return [
    {
      heading: title,
      items: [
        csvItem("The numbers", chart, () => (view === null ? runsTable(model, runs) : sweptTable(model, view))),
        ...pictureItems("Chart", chart, () =>
          swept === null ? { width: WIDTH, height: HEIGHT + HEAD + 12, draw } : onPage(swept),
        ),
      ],
    },
  ];
};

export const LowerPanel = ({ shown }: { readonly shown: ShownStudy }) => {
  const { detail, model } = shown;
  const quantity = quantityOf(useExperiments((state) => state.curve));
  const wanted = useExperiments((state) => state.lower);
  const asTable = useExperiments((state) => state.lowerAsTable);
  const axis = sweptAxis(model);
  const chart = wanted === "swept" && axis === null ? "scatter" : wanted;
  const view = chart === "swept" ? sweptView(model, detail.runs, quantity) : null;
  const title =
    chart === "swept" ? sweptTitle(model, quantity) : chart === "scatter" ? "Runs as points" : "Runs as lines";
  return (
    <section className="study-panel study-panel-lower" aria-label={title}>
      <header className="study-panel-head">
        <h3 className={chart === "scatter" ? "visually-hidden" : undefined}>{title}</h3>
        {chart === "swept" && (
          <div className="study-legend-room">
            <ul className="study-legend">
              <li>
                <span className="study-dot" />
                train
              </li>
              <li>
                <span className="study-dot study-dot-hollow" />
                {heldTitle(model).toLowerCase()}
              </li>
            </ul>
          </div>
        )}
        {chart === "scatter" && <ScatterAxes shown={shown} />}
        {chart === "parallel" && <span className="study-hint">Drag along an axis to mark a stretch</span>}
        {chart === "parallel" && <span className="study-space" />}
        <Segments
          label="Chart"
          showLabel={false}
          value={chart}
          options={CHARTS.filter(({ id }) => id !== "swept" || axis !== null)}
          onChange={(next) => setExperiments({ lower: next })}
        />
        <ChartTools
          of={title.toLowerCase()}
          table={{ isShown: asTable, show: (isShown) => setExperiments({ lowerAsTable: isShown }) }}
          sections={sectionsOf(shown, title, chart)}
        />
      </header>
      {asTable ? (
        <NumberTable
          label={title}
          caption={null}
          table={view === null ? runsTable(model, detail.runs) : sweptTable(model, view)}
        />
      ) : chart === "swept" && view !== null ? (
        <SweptChart model={model} view={view} quantity={quantity} />
      ) : chart === "scatter" ? (
        <ScatterChart shown={shown} />
      ) : (
        <ParallelChart shown={shown} />
      )}
    </section>
  );
};
