import {
  describeEdge,
  type ExplainedStep,
  formatStep,
  type StepId,
  shownMean,
  shownStd,
  stepWords,
} from "./stepWords.ts";

const TOP = 42;
const BOTTOM = 142;
const BOX = { width: 56, height: 34 };

/** Centres of the boxes: what changes each value above, what is one number for the whole set below. */
const places: Readonly<Record<StepId, readonly [number, number]>> = {
  input: [40, TOP],
  mean: [140, BOTTOM],
  centre: [240, TOP],
  square: [310, BOTTOM],
  variance: [430, BOTTOM],
  epsilon: [550, BOTTOM],
  root: [670, BOTTOM],
  reciprocal: [790, BOTTOM],
  normalize: [870, TOP],
  scale: [990, TOP],
  shift: [1110, TOP],
};

const edges: readonly (readonly [from: StepId, to: StepId])[] = [
  ["input", "centre"],
  ["input", "mean"],
  ["mean", "centre"],
  ["centre", "normalize"],
  ["centre", "square"],
  ["square", "variance"],
  ["variance", "epsilon"],
  ["epsilon", "root"],
  ["root", "reciprocal"],
  ["reciprocal", "normalize"],
  ["normalize", "scale"],
  ["scale", "shift"],
];

/** Where the numbers of the edge that leaves a step stand: above the line forward, below it backward. */
const labels: Readonly<Record<StepId, readonly [x: number, y: number]>> = {
  input: [140, TOP],
  mean: [140, BOTTOM + 34],
  centre: [550, TOP],
  square: [370, BOTTOM],
  variance: [490, BOTTOM],
  epsilon: [610, BOTTOM],
  root: [730, BOTTOM],
  reciprocal: [844, BOTTOM],
  normalize: [930, TOP],
  scale: [1050, TOP],
  shift: [1174, TOP],
};

const path = (from: StepId, to: StepId): string => {
  const [[x0, y0], [x1, y1]] = [places[from], places[to]];
  const half = BOX.width / 2;
  if (y0 === y1) return `M${x0 + half} ${y0}H${x1 - half}`;
  // Down and up beside the boxes, with round corners.
  const [startY, endX] = [y0 + (y1 > y0 ? BOX.height / 2 : -BOX.height / 2), x1];
  const turn = y1 > y0 ? 8 : -8;
  if (y1 > y0) return `M${x0} ${startY}V${y1 - turn}Q${x0} ${y1} ${x0 + 8} ${y1}H${endX - half}`;
  return `M${x0 + half} ${y0}H${endX - 8}Q${endX} ${y0} ${endX} ${y0 - 8}V${y1 + BOX.height / 2}`;
};

const plusMinus = (edge: ExplainedStep["forward"]): string => {
  const std = shownStd(edge);
  return std === 0 ? "all equal" : `± ${formatStep(std)}`;
};

/** The graph of the operations, with the numbers that each edge carries: forward above it, backward below. */
export const StepsGraph = ({
  steps,
  chosen,
  onChoose,
}: {
  readonly steps: readonly ExplainedStep[];
  readonly chosen: StepId | null;
  readonly onChoose: (id: StepId | null) => void;
}) => (
  <svg className="StepsGraph" viewBox="0 0 1220 194" aria-hidden="true">
    {edges.map(([from, to]) => (
      <path key={`${from} ${to}`} className="StepsGraph-edge" data-chosen={chosen === from} d={path(from, to)} />
    ))}
    <path
      className="StepsGraph-edge"
      data-chosen={chosen === "shift"}
      d={`M${places.shift[0] + BOX.width / 2} ${TOP}H1212`}
    />
    {steps.map((step) => {
      const [x, y] = labels[step.id];
      const isWide = step.forward.count > 1;
      return (
        <g key={step.id} className="StepsGraph-label" data-chosen={chosen === step.id}>
          {isWide ? (
            <>
              <text x={x} y={y - 21}>
                {formatStep(shownMean(step.forward), step.forward.std)}
              </text>
              <text x={x} y={y - 8}>
                {plusMinus(step.forward)}
              </text>
              <text className="is-gradient" x={x} y={y + 17}>
                {formatStep(shownMean(step.gradient), step.gradient.std)}
              </text>
              <text className="is-gradient" x={x} y={y + 30}>
                {plusMinus(step.gradient)}
              </text>
            </>
          ) : (
            <>
              <text x={x} y={step.id === "mean" ? y : y - 8}>
                {describeEdge(step.forward)}
              </text>
              <text className="is-gradient" x={x} y={step.id === "mean" ? y + 13 : y + 17}>
                {describeEdge(step.gradient)}
              </text>
            </>
          )}
        </g>
      );
    })}
    {steps.map(({ id }) => {
      const [x, y] = places[id];
      return (
        <g
          key={id}
          className="StepsGraph-box"
          data-chosen={chosen === id}
          data-end={id === "input"}
          onPointerEnter={() => onChoose(id)}
          onPointerLeave={() => onChoose(null)}
        >
          <rect x={x - BOX.width / 2} y={y - BOX.height / 2} width={BOX.width} height={BOX.height} rx={8} />
          <text x={x} y={y}>
            {stepWords[id].sign}
          </text>
        </g>
      );
    })}
    <text className="StepsGraph-end" x={1212} y={TOP - 8}>
      y
    </text>
  </svg>
);
