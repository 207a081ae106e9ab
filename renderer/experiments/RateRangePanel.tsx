/** A learning-rate range test: the loss while the rate grows. What its runs have recorded is read once they have ended. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { RateRange } from "../../engine/index.ts";
import type { MenuSection } from "../app/Menu.tsx";
import { getShell } from "../app/shellAccess.ts";
import { ChartTools } from "../charts/ChartTools.tsx";
import type { Cell, ChartTable } from "../charts/chartTable.ts";
import type { ChartColors } from "../charts/colors.ts";
import { csvItem, pictureItems } from "../charts/exportChart.ts";
import { formatLoss, formatShort } from "../charts/format.ts";
import { NumberTable } from "../charts/NumberTable.tsx";
import type { PagePen } from "../charts/pen.ts";
import { drawRates, type RateLine } from "./drawRates.ts";
import { setExperiments, useExperiments } from "./experimentsStore.ts";
import { onPage } from "./onPage.ts";
import { rateCurve } from "./rateCurves.ts";
import { StudyCanvas } from "./StudyCanvas.tsx";
import { LegendColumns, StudyLegend } from "./StudyLegend.tsx";
import { hasEnded } from "./studyActions.ts";
import { RATES_TITLE, rateLine, ratesPicture } from "./studyPictures.ts";
import { useBox } from "./useBox.ts";
import type { ShownStudy } from "./useStudyModel.ts";

type Ranges = Readonly<Record<string, RateRange>>;

/** Reads each run once, when it has ended. */
const useRanges = ({ detail }: ShownStudy): { readonly ranges: Ranges; readonly problem: string | null } => {
  const [ranges, setRanges] = useState<Ranges>({});
  const [problem, setProblem] = useState<string | null>(null);
  const asked = useRef(new Set<string>());
  const { studyId, runs } = detail;
  useEffect(() => {
    for (const run of runs) {
      const key = `${studyId}/${run.id}`;
      // One that is trained again is read again.
      if (!hasEnded(run)) asked.current.delete(key);
      if (!hasEnded(run) || asked.current.has(key)) continue;
      asked.current.add(key);
      void getShell()
        .studies.readRun(studyId, run.id)
        .then((outcome) => {
          if (outcome.status === "done") {
            const range = rateCurve(outcome.value);
            setRanges((known) => ({ ...known, [key]: range }));
          } else if (outcome.status === "failed") setProblem(outcome.problem.message);
        });
    }
  }, [studyId, runs]);
  return { ranges, problem };
};

const rangesTable = (lines: readonly RateLine[]): ChartTable => ({
  columns: [
    { id: "run", title: "Run" },
    { id: "learning_rate", title: "Learning rate", format: formatShort },
    { id: "loss", title: "Loss", format: formatLoss },
    { id: "smoothed", title: "Smoothed", format: formatLoss },
  ],
  rows: lines.flatMap(({ title, range }) =>
    range.points.map(({ rate, loss, smoothed }): readonly Cell[] => [title, rate, loss, smoothed]),
  ),
});

export const RateRangePanel = ({ shown }: { readonly shown: ShownStudy }) => {
  const { detail, model } = shown;
  const asTable = useExperiments((state) => state.curvesAsTable);
  const { ranges, problem } = useRanges(shown);
  const box = useRef<HTMLDivElement>(null);
  const size = useBox(box);
  const lines = useMemo(
    () =>
      detail.runs.flatMap((run): readonly RateLine[] => {
        const range = ranges[`${detail.studyId}/${run.id}`];
        return range === undefined || !hasEnded(run) ? [] : [rateLine(model, run, range)];
      }),
    [detail.runs, detail.studyId, model, ranges],
  );
  const lit = useExperiments((state) => state.lit);
  const named = lines.map(({ title, style }) => ({ key: title, title, style }));
  const draw = useCallback(
    (pen: PagePen, colors: ChartColors) => drawRates(pen, { lines, lit, ...size, colors }),
    [lines, lit, size],
  );
  const sections = (): readonly MenuSection[] => [
    {
      heading: RATES_TITLE,
      items: [
        csvItem("Every step", "rates", () => rangesTable(lines)),
        ...pictureItems("Chart", "rates", () => onPage(ratesPicture(detail.title, lines))),
      ],
    },
  ];
  return (
    <section className="study-panel study-panel-curves" aria-label={RATES_TITLE}>
      <header className="study-panel-head">
        <h3>{RATES_TITLE}</h3>
        <StudyLegend lines={named} />
        <ChartTools
          of="the losses"
          table={{ isShown: asTable, show: (isShown) => setExperiments({ curvesAsTable: isShown }) }}
          sections={sections}
        />
      </header>
      {asTable ? (
        <NumberTable label={RATES_TITLE} caption={null} table={rangesTable(lines)} rest="steps" />
      ) : (
        <>
          <LegendColumns lines={named} />
          <div ref={box} className="study-chart study-rates">
            {size.width > 0 && <StudyCanvas {...size} draw={draw} />}
            {lines.length === 0 && (
              <p className="study-hint">{problem ?? "Each run draws its line here when it has come to its end."}</p>
            )}
          </div>
        </>
      )}
    </section>
  );
};
