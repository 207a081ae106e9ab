import { useMemo, useState } from "react";
import type { TrainingSettings } from "../../engine/index.ts";
import { counted } from "../../engine/index.ts";
import { ChartTools } from "../charts/ChartTools.tsx";
import { chartColors } from "../charts/colors.ts";
import { csvItem, pictureItems } from "../charts/exportChart.ts";
import { formatShort } from "../charts/format.ts";
import { NumberTable } from "../charts/NumberTable.tsx";
import { useDocument } from "../document/documentStore.ts";
import { drawSchedule, SCHEDULE_PICTURE, schedulePoints, scheduleTable } from "./schedulePoints.ts";
import "./ScheduleCurve.css";

const WIDTH = 168;
const HEIGHT = 40;
/** Room for the line's width at the top and bottom. */
const MARGIN = 1.5;

/** How the learning rate goes over the run; nothing while it stays the same. */
export const ScheduleCurve = ({ training }: { training: TrainingSettings }) => {
  const [asTable, setAsTable] = useState(false);
  const trainCount = useDocument(({ compiled }) => compiled.dataset?.trainCount ?? null);
  const points = useMemo(() => schedulePoints(training, trainCount), [training, trainCount]);
  if (training.schedule.name === "constant" && training.warmupEpochs === 0) return null;
  const highest = Math.max(...points.map(({ rate }) => rate));
  const last = points.at(-1)?.rate ?? 0;
  const line = points.map(({ epoch, rate }) => {
    const x = (epoch / training.epochs) * WIDTH;
    const y = HEIGHT - MARGIN - (rate / highest) * (HEIGHT - 2 * MARGIN);
    return `${x.toFixed(2)},${y.toFixed(2)}`;
  });
  const epochs = counted(training.epochs, "epoch");
  const sections = () => [
    {
      heading: "Learning rate",
      items: [
        csvItem("Every point", "learning-rate", () => scheduleTable(points, "all")),
        ...pictureItems("Chart", "learning-rate", () => ({
          ...SCHEDULE_PICTURE,
          draw: (pen) => drawSchedule(pen, points, { epochs: training.epochs, colors: chartColors() }),
        })),
      ],
    },
  ];
  return (
    <figure className="schedule-curve">
      <div className="schedule-curve-head">
        <span>Learning rate</span>
        <ChartTools of="the learning rate" table={{ isShown: asTable, show: setAsTable }} sections={sections} />
      </div>
      {asTable ? (
        <NumberTable label="Learning rate" caption={null} table={scheduleTable(points, "some")} />
      ) : (
        <>
          <svg
            viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
            preserveAspectRatio="none"
            role="img"
            aria-label={`Learning rate over ${epochs}: at most ${formatShort(highest)}, ${formatShort(last)} at the end`}
          >
            <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
            <polyline points={line.join(" ")} />
          </svg>
          <figcaption>
            <span>at most {formatShort(highest)}</span>
            <span>
              {formatShort(last)} after {epochs}
            </span>
          </figcaption>
        </>
      )}
    </figure>
  );
};
