import { scheduleFactor, type TrainingSettings } from "../../engine/index.ts";
import { formatShort } from "../charts/format.ts";
import { counted } from "../run/runWords.ts";

const WIDTH = 168;
const HEIGHT = 40;
/** Room for the line's width at the top and bottom. */
const MARGIN = 1.5;
/** Steps that are drawn; a run has more, but no more pixels. */
const NUM_STEPS = 336;

/** The learning rate at evenly spaced steps of a run, the last one included. */
const ratesOf = ({ learningRate, schedule, warmupEpochs, epochs }: TrainingSettings): readonly number[] => {
  // Only the shape counts here: as many steps an epoch as make the run this long.
  const stepsPerEpoch = Math.max(1, Math.round(NUM_STEPS / epochs));
  const totalSteps = stepsPerEpoch * epochs;
  const numPoints = Math.min(NUM_STEPS, totalSteps);
  return Array.from({ length: numPoints }, (_, index) => {
    const step = numPoints === 1 ? 1 : 1 + Math.round((index * (totalSteps - 1)) / (numPoints - 1));
    return learningRate * scheduleFactor({ schedule, warmupEpochs, step, totalSteps, stepsPerEpoch });
  });
};

/** How the learning rate goes over the run; nothing while it stays the same. */
export const ScheduleCurve = ({ training }: { training: TrainingSettings }) => {
  if (training.schedule.name === "constant" && training.warmupEpochs === 0) return null;
  const rates = ratesOf(training);
  const highest = Math.max(...rates);
  const last = rates.at(-1) ?? 0;
  const points = rates.map((rate, index) => {
    const x = (index / Math.max(1, rates.length - 1)) * WIDTH;
    const y = HEIGHT - MARGIN - (rate / highest) * (HEIGHT - 2 * MARGIN);
    return `${x.toFixed(2)},${y.toFixed(2)}`;
  });
  const epochs = counted(training.epochs, "epoch");
  return (
    <figure className="schedule-curve">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Learning rate over ${epochs}: at most ${formatShort(highest)}, ${formatShort(last)} at the end`}
      >
        <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
        <polyline points={points.join(" ")} />
      </svg>
      <figcaption>
        <span>at most {formatShort(highest)}</span>
        <span>
          {formatShort(last)} after {epochs}
        </span>
      </figcaption>
    </figure>
  );
};
