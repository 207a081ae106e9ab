/** Small multiples: how each run learns, a cell for each swept value and a line for each variant. */
import { type PointerEvent, useCallback, useMemo, useRef, useState } from "react";
import type { MenuSection } from "../app/Menu.tsx";
import { ChartTools } from "../charts/ChartTools.tsx";
import type { ChartColors } from "../charts/colors.ts";
import { csvItem, pictureItems } from "../charts/exportChart.ts";
import { formatCount } from "../charts/format.ts";
import { NumberTable } from "../charts/NumberTable.tsx";
import type { PagePen } from "../charts/pen.ts";
import { RunSwatch } from "../library/RunSwatch.tsx";
import { Segments } from "../statistics/Segments.tsx";
import { type CurveCell, type CurveLine, curveCells, numEpochsOf } from "./curveCells.ts";
import { cellPlace, curveLayout } from "./curveLayout.ts";
import { curvesAxis, drawCurves, epochScale } from "./drawCurves.ts";
import { selectRuns, setExperiments, useExperiments } from "./experimentsStore.ts";
import { type NearLines, nearestLines } from "./nearestLines.ts";
import { onPage } from "./onPage.ts";
import { type CurveId, formatCurve, heldTitle } from "./runMetrics.ts";
import { StudyCanvas } from "./StudyCanvas.tsx";
import { LegendColumns, StudyLegend } from "./StudyLegend.tsx";
import { type StudyModel, variantOf } from "./studyModel.ts";
import { curvesPicture, curvesTitle } from "./studyPictures.ts";
import { curvesTable } from "./studyTables.ts";
import { useBox } from "./useBox.ts";
import type { ShownStudy } from "./useStudyModel.ts";

/** What a screen reader hears of a cell. */
const describeCell = (model: StudyModel, cell: CurveCell, curve: CurveId): string => {
  const lines = cell.lines.map(({ variant, points, divergences, runs }) => {
    const end = points.at(-1);
    const value = end === undefined ? "not measured" : formatCurve(curve, end.mean, model);
    const state = divergences.length === runs.length && runs.length > 0 ? "diverged" : value;
    return variant.title === "" ? state : `${variant.title} ${state}`;
  });
  const name = model.cellAxis === null ? "" : `${model.cellAxis.title} ${cell.title}: `;
  return name + lines.join(", ");
};

interface Pointed {
  readonly cell: number;
  readonly epoch: number;
  readonly x: number;
  readonly y: number;
}

const Charts = ({ shown: { detail, model }, cells }: { shown: ShownStudy; cells: readonly CurveCell[] }) => {
  const curve = useExperiments((state) => state.curve);
  const selected = useExperiments((state) => state.selected);
  const lit = useExperiments((state) => state.lit);
  const box = useRef<HTMLDivElement>(null);
  const { width, height } = useBox(box);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const numEpochs = numEpochsOf(model, detail.runs);
  const layout = useMemo(() => curveLayout(cells.length, width, height), [cells.length, width, height]);
  const draw = useCallback(
    (pen: PagePen, colors: ChartColors) => drawCurves(pen, { model, cells, curve, numEpochs, layout, lit, colors }),
    [model, cells, curve, numEpochs, layout, lit],
  );
  const axis = curvesAxis({ model, cells, curve, numEpochs, layout });
  const places = cells.map((_, index) => cellPlace(layout, index, cells.length));
  const epochs = epochScale(numEpochs, layout.cellWidth);
  const point = (index: number) => (event: PointerEvent<HTMLElement>) => {
    const place = places[index];
    const bounds = box.current?.getBoundingClientRect();
    if (place === undefined || bounds === undefined) return;
    const x = event.clientX - bounds.left;
    const y = event.clientY - bounds.top + (box.current?.scrollTop ?? 0);
    const epoch = Math.round(epochs.toValue(x - place.left));
    const at = { cell: index, epoch: Math.max(1, Math.min(numEpochs, epoch)), x, y };
    setPointed(at);
    const { nearest } = linesNear(at);
    if (nearest !== null) setExperiments({ lit: nearest.variant.key });
  };
  const linesNear = ({ cell: index, epoch, y }: Pointed): NearLines<CurveLine> =>
    nearestLines(cells[index]?.lines ?? [], ({ points }) => {
      const value = points.find((each) => each.epoch === epoch)?.mean;
      return value === undefined ? null : Math.abs(axis.scale.toPixel(value) - (y - (places[index]?.top ?? 0)));
    });
  const leave = (): void => {
    setPointed(null);
    setExperiments({ lit: null });
  };
  const cell = pointed === null ? undefined : cells[pointed.cell];
  const pointedPlace = pointed === null ? undefined : places[pointed.cell];
  return (
    <div ref={box} className="study-curves" onPointerLeave={leave}>
      {width > 0 && (
        <div className="study-curves-page" style={{ height: layout.height }}>
          {cells.map((each, index) => {
            const place = places[index];
            const ids = each.lines.flatMap(({ runs }) => runs.map(({ id }) => id));
            // Where one cell shows all runs, it tells nothing of those that are selected.
            const isSelected = cells.length > 1 && ids.some((id) => selected.includes(id));
            return (
              <button
                key={each.key}
                type="button"
                className="study-cell"
                aria-label={describeCell(model, each, curve)}
                aria-pressed={isSelected}
                disabled={cells.length === 1}
                style={{
                  left: (place?.left ?? 0) - 5,
                  top: (place?.top ?? 0) - layout.titleHeight - 1,
                  width: layout.cellWidth + 8,
                  height: layout.plotHeight + layout.titleHeight + 7,
                }}
                onPointerMove={point(index)}
                onClick={(event) => selectRuns(isSelected && !event.ctrlKey ? [] : ids, event.ctrlKey || event.metaKey)}
              />
            );
          })}
          <StudyCanvas width={width} height={layout.height} draw={draw} />
          {pointed !== null && cell !== undefined && pointedPlace !== undefined && (
            <>
              <span
                className="study-cursor"
                style={{
                  left: pointedPlace.left + epochs.toPixel(pointed.epoch),
                  top: pointedPlace.top,
                  height: layout.plotHeight,
                }}
              />
              <Readout
                model={model}
                title={cell.title}
                near={linesNear(pointed)}
                curve={curve}
                pointed={pointed}
                isLeft={pointed.x > width - 190}
                isLow={pointed.y > layout.height - 110}
              />
            </>
          )}
        </div>
      )}
    </div>
  );
};

const Readout = ({
  model,
  title,
  near,
  curve,
  pointed,
  isLeft,
  isLow,
}: {
  model: StudyModel;
  title: string;
  near: NearLines<CurveLine>;
  curve: CurveId;
  pointed: Pointed;
  isLeft: boolean;
  isLow: boolean;
}) => (
  <div
    className="study-readout"
    style={{
      left: pointed.x + (isLeft ? -12 : 12),
      top: pointed.y + (isLow ? -12 : 14),
      translate: `${isLeft ? "-100%" : "0"} ${isLow ? "-100%" : "0"}`,
    }}
  >
    <strong>{[title, `epoch ${formatCount(pointed.epoch)}`].filter((part) => part !== "").join(", ")}</strong>
    {near.shown.map((line) => {
      const { variant, points, divergences } = line;
      const at = points.find(({ epoch }) => epoch === pointed.epoch);
      const hasEnded = divergences.length > 0 && at === undefined;
      const spread = at !== undefined && at.count > 1 ? ` ± ${formatCurve(curve, at.std, model)}` : "";
      return (
        <span key={variant.key} data-lit={line === near.nearest}>
          <RunSwatch style={variant.style} />
          <span>{variant.title}</span>
          <b>{at === undefined ? (hasEnded ? "diverged" : "–") : formatCurve(curve, at.mean, model) + spread}</b>
        </span>
      );
    })}
    {near.numMore > 0 && <em>{`${near.numMore} more`}</em>}
  </div>
);

/** The charts as one picture, whatever of them the window shows. */
const sectionsOf =
  ({ detail, model }: ShownStudy, cells: readonly CurveCell[], curve: CurveId) =>
  (): readonly MenuSection[] => [
    {
      heading: curvesTitle(model, curve),
      items: [
        csvItem("Every epoch of every line", "curves", () => curvesTable(model, cells, curve)),
        ...pictureItems("Charts", "curves", () =>
          onPage(curvesPicture({ title: detail.title, model, runs: detail.runs }, curve)),
        ),
      ],
    },
  ];

export const CurvesPanel = ({ shown }: { readonly shown: ShownStudy }) => {
  const { detail, model } = shown;
  const curve = useExperiments((state) => state.curve);
  const asTable = useExperiments((state) => state.curvesAsTable);
  const cells = useMemo(() => curveCells(model, detail.runs, curve), [model, detail.runs, curve]);
  const pick = (key: string, adds: boolean): void =>
    selectRuns(
      detail.runs.filter((run) => variantOf(model, run)?.key === key).map(({ id }) => id),
      adds,
    );
  return (
    <section className="study-panel study-panel-curves" aria-label={curvesTitle(model, curve)}>
      <header className="study-panel-head">
        <h3>{curvesTitle(model, curve)}</h3>
        {cells.length === 1 && !asTable ? <span className="study-space" /> : <StudyLegend lines={model.variants} />}
        <Segments
          label="Curve"
          showLabel={false}
          value={curve}
          options={[
            { id: "train", title: "Train" },
            { id: "held", title: heldTitle(model) },
            { id: "loss", title: "Loss" },
          ]}
          onChange={(next) => setExperiments({ curve: next })}
        />
        <ChartTools
          of="the curves"
          table={{ isShown: asTable, show: (isShown) => setExperiments({ curvesAsTable: isShown }) }}
          sections={sectionsOf(shown, cells, curve)}
        />
      </header>
      {asTable ? (
        <NumberTable label="Curves" caption={null} table={curvesTable(model, cells, curve)} rest="epochs" />
      ) : (
        <>
          {cells.length > 1 && <LegendColumns lines={model.variants} onPick={pick} />}
          <Charts shown={shown} cells={cells} />
        </>
      )}
    </section>
  );
};
