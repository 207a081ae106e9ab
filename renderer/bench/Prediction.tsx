/** What the net says of the sample: probabilities of the classes as a table with bars, or the numbers it predicts. */
import type { InspectedSample } from "../../engine/protocol.ts";
import { ChartTools } from "../charts/ChartTools.tsx";
import { formatCounted, formatFixed, formatPercent, formatPoints, formatReadout, NONE } from "../charts/format.ts";
import { nameOfClass } from "./benchTables.ts";
import { predictionSections } from "./exportBench.ts";
import { entropyOf, largestAt } from "./layerOutputs.ts";
import "./Prediction.css";

interface Props {
  readonly sample: InspectedSample;
  /** Empty: samples have targets. */
  readonly classNames: readonly string[];
}

/** More classes are sought by what is likely, not by their order. */
const MOST_IN_ORDER = 20;

const Bar = ({ share, tick }: { readonly share: number; readonly tick: number | null }) => (
  <span className="bench-bar" aria-hidden="true">
    <span style={{ width: `${100 * (Number.isFinite(share) ? share : 0)}%` }} />
    {tick !== null && Number.isFinite(tick) && <i style={{ left: `${100 * tick}%` }} />}
  </span>
);

const Classes = ({ sample, classNames }: Props) => {
  const { evaluation, training, target } = sample;
  const shown = training ?? evaluation;
  const best = largestAt(shown);
  const label = target?.[0] ?? null;
  const classes = shown.map((share, at) => ({ share, at }));
  const isRanked = shown.length > MOST_IN_ORDER;
  const order = isRanked ? classes.sort((a, b) => b.share - a.share) : classes;
  const others = shown.filter((_, at) => at !== best);
  const margin = (shown[best] ?? 0) - Math.max(0, ...others);
  return (
    <>
      <p className="bench-verdict">
        <strong>{nameOfClass(classNames, best)}</strong>
        <span>{formatPercent(shown[best] ?? 0)}</span>
        {label !== null && (
          <span className={label === best ? "is-right" : "is-wrong"}>
            {label === best ? "right" : `wrong, it is ${nameOfClass(classNames, label)}`}
          </span>
        )}
      </p>
      <p className="bench-hint">
        {`Margin ${formatPoints(margin)}, entropy ${formatFixed(entropyOf(shown), 2)} of ${formatFixed(Math.log2(shown.length), 2)} bits`}
        {isRanked && `. ${formatCounted(shown.length, "class")}, the likeliest first`}
      </p>
      <table className="bench-probabilities">
        <caption className="visually-hidden">Probabilities of the classes</caption>
        <thead>
          <tr>
            <th scope="col">Class</th>
            <th scope="col" className="bench-bar-cell">
              <span className="visually-hidden">Bar</span>
            </th>
            <th scope="col">{training === null ? "Probability" : "Training"}</th>
            {training !== null && <th scope="col">Change</th>}
          </tr>
        </thead>
        <tbody>
          {order.map(({ share, at }) => (
            <tr key={at} className={at === best ? "is-best" : ""} aria-current={at === best ? "true" : undefined}>
              <th scope="row" title={nameOfClass(classNames, at)}>
                <span className="bench-class-name">
                  <span>{nameOfClass(classNames, at)}</span>
                  {at === label && <span className="bench-label-mark">label</span>}
                </span>
              </th>
              <td className="bench-bar-cell">
                <Bar share={share} tick={training === null ? null : (evaluation[at] ?? null)} />
              </td>
              <td>{formatPercent(share)}</td>
              {training !== null && <td>{signedPoints(share - (evaluation[at] ?? 0))}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
};

/** `+1.2` percentage points. */
const signedPoints = (difference: number): string => {
  if (!Number.isFinite(difference)) return NONE;
  const text = formatFixed(100 * difference, 1);
  return difference > 0.0005 ? `+${text}` : text;
};

const Targets = ({ sample }: Props) => {
  const { evaluation, training, target } = sample;
  return (
    <table className="bench-probabilities">
      <caption className="visually-hidden">Predictions</caption>
      <thead>
        <tr>
          <th scope="col">Output</th>
          <th scope="col">Evaluation</th>
          {training !== null && <th scope="col">Training</th>}
          <th scope="col">Target</th>
        </tr>
      </thead>
      <tbody>
        {evaluation.map((value, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: outputs never move
          <tr key={at}>
            <th scope="row">{`y${at + 1}`}</th>
            <td>{formatReadout(value)}</td>
            {training !== null && <td>{formatReadout(training[at] ?? Number.NaN)}</td>}
            <td>{target === null ? NONE : formatReadout(target[at] ?? Number.NaN)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};

export const Prediction = (props: Props) => (
  <section className="bench-prediction" aria-label="Prediction" aria-live="polite">
    <div className="bench-head">
      <h2>{props.classNames.length > 0 ? "Probabilities" : "Prediction"}</h2>
      <ChartTools of="the prediction" sections={() => predictionSections(props.sample, props.classNames)} />
    </div>
    {props.classNames.length > 0 ? <Classes {...props} /> : <Targets {...props} />}
    {props.sample.mode === "training" && (
      <p className="bench-hint">
        {`Training mode: BatchNorm takes the statistics of a batch of ${props.sample.batchSize}: this sample and the first test samples besides it. Dropout drops as at this step. Marks and changes, in points, are against evaluation.`}
      </p>
    )}
  </section>
);
