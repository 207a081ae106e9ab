/** A normalizing node opened into its operations: values and gradients of the batch trained last, each step checked by numbers. */
import { ChevronLeft, ChevronRight, RefreshCw, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { layerOf } from "../../engine/index.ts";
import type { ExplainedNormalization } from "../../engine/protocol.ts";
import { Icon } from "../app/Icon.tsx";
import { returnFocus, useOpener } from "../app/opener.ts";
import { formatCount, formatExponent } from "../charts/format.ts";
import { useDocument } from "../document/documentStore.ts";
import { KindTile } from "../palette/KindGlyph.tsx";
import { LiveText } from "../run/LiveText.tsx";
import { newestStepOf } from "../run/newestStep.ts";
import { onScreen } from "../run/runState.ts";
import { useRun } from "../run/runStore.ts";
import { StepsGraph } from "./StepsGraph.tsx";
import { closeSteps, explainSet, useSteps } from "./stepsStore.ts";
import { describeEdge, describeSet, formatStep, type StepId, setWord, stepWords } from "./stepWords.ts";
import "./Steps.css";

const errorText = (error: number): string => (error === 0 ? "0" : formatExponent(error));

const SetField = ({ explanation }: { readonly explanation: ExplainedNormalization }) => {
  const { sets, numSets } = explanation;
  const set = useSteps((state) => state.set);
  const move = (by: number) => void explainSet((set + by + numSets) % numSets);
  return (
    <div className="steps-set">
      <span id="steps-set-word">{setWord(sets)}</span>
      <button type="button" className="icon-button" aria-label={`${setWord(sets)} before`} onClick={() => move(-1)}>
        <Icon of={ChevronLeft} size={15} />
      </button>
      <input
        className="field"
        aria-labelledby="steps-set-word"
        inputMode="numeric"
        key={set}
        defaultValue={formatCount(set + 1)}
        onBlur={({ currentTarget }) => {
          const wanted = Number(currentTarget.value.replace(/[^\d]/g, "")) - 1;
          if (wanted >= 0 && wanted < numSets && wanted !== set) void explainSet(wanted);
          else currentTarget.value = formatCount(set + 1);
        }}
        onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
      />
      <span>of {formatCount(numSets)}</span>
      <button
        type="button"
        className="icon-button"
        aria-label={`Next ${setWord(sets).toLowerCase()}`}
        onClick={() => move(1)}
      >
        <Icon of={ChevronRight} size={15} />
      </button>
    </div>
  );
};

const StepsTable = ({
  explanation,
  chosen,
  onChoose,
}: {
  readonly explanation: ExplainedNormalization;
  readonly chosen: StepId | null;
  readonly onChoose: (id: StepId | null) => void;
}) => (
  <table className="steps-table">
    <thead>
      <tr>
        <th scope="col">Step</th>
        <th scope="col">Forward</th>
        <th scope="col">Value, mean ± std</th>
        <th scope="col">First values</th>
        <th scope="col">Backward</th>
        <th scope="col">Gradient, mean ± std</th>
        <th scope="col">First gradients</th>
        <th scope="col">Numeric check</th>
      </tr>
    </thead>
    <tbody>
      {explanation.steps.map(({ id, forward, gradient, checked, relativeError }) => {
        const words = stepWords[id];
        const few = (values: readonly number[], scale: number): string =>
          values.length === 1
            ? ""
            : values
                .slice(0, 3)
                .map((value) => formatStep(value, scale))
                .join("  ");
        return (
          <tr
            key={id}
            data-chosen={chosen === id}
            onPointerEnter={() => onChoose(id)}
            onPointerLeave={() => onChoose(null)}
          >
            <th scope="row">{words.title}</th>
            <td className="steps-formula">{words.forward}</td>
            <td>{describeEdge(forward)}</td>
            <td className="steps-few">{few(forward.examples, forward.std)}</td>
            <td className="steps-formula">{words.backward}</td>
            <td>{describeEdge(gradient)}</td>
            <td className="steps-few">{few(gradient.examples, gradient.std)}</td>
            <td data-tooltip={`Largest relative error of ${formatCount(checked)} difference quotients`}>
              {errorText(relativeError)}
            </td>
          </tr>
        );
      })}
    </tbody>
  </table>
);

const Panel = ({ nodeId }: { readonly nodeId: string }) => {
  const panel = useRef<HTMLElement>(null);
  const [chosen, setChosen] = useState<StepId | null>(null);
  const node = useDocument(({ document }) => document.nodes.find(({ id }) => id === nodeId));
  const { explanation, problem, asking, isOutdated, set } = useSteps((state) => state);
  const phase = useRun((run) => onScreen(run.state).phase);
  const stands = phase === "paused" || phase === "finished";
  const newest = useRun((run) => (stands ? newestStepOf(run) : 0));
  const opener = useOpener();
  useEffect(() => {
    panel.current?.focus();
    return () => {
      // Closed from elsewhere, as from the run bar, the focus stays there.
      if (document.activeElement === document.body) returnFocus(opener);
    };
  }, [opener]);
  // What stands still is always up to date; while a run trains, the reader asks.
  useEffect(() => {
    if (!stands || asking) return;
    if (isOutdated) void explainSet(set);
    else if (explanation !== null && explanation.step !== newest) void explainSet(explanation.set);
  }, [stands, newest, explanation, asking, isOutdated, set]);
  // Also from the lesson that sent one here, and from the run bar; what is open above all takes the key for itself.
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const { target } = event;
      const isElsewhere =
        event.defaultPrevented ||
        panel.current?.closest("[inert]") ||
        (target instanceof Element && target.closest("dialog, [role=dialog], [role=menu], input, textarea, select"));
      if (event.key === "Escape" && !isElsewhere) closeSteps();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
  const kind = node?.kind ?? "";
  return (
    <section
      ref={panel}
      className="steps"
      data-region="steps"
      aria-label={`${node?.name ?? nodeId}, step by step`}
      aria-busy={asking}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === "Escape") closeSteps();
      }}
    >
      <header className="steps-head">
        <KindTile kind={kind} family={layerOf(kind)?.family ?? null} />
        <h2>{node?.name ?? nodeId}, step by step</h2>
        {explanation !== null && <SetField explanation={explanation} />}
        <span className="steps-space" />
        {!stands && (
          <span className="steps-note">
            The run is at step <LiveText read={(run) => formatCount(newestStepOf(run))} />
          </span>
        )}
        <button type="button" className="button button-small" disabled={asking} onClick={() => void explainSet(set)}>
          <Icon of={RefreshCw} size={13} />
          Compute again
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label="Close"
          data-tooltip="Close"
          data-shortcut="Escape"
          onClick={closeSteps}
        >
          <Icon of={X} size={15} />
        </button>
      </header>
      {problem !== null && <p className="steps-problem">{problem}</p>}
      {explanation === null && problem === null && <p className="steps-problem">Computing the steps in float64…</p>}
      {explanation !== null && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls by keyboard
        <section className="steps-body" tabIndex={0} aria-label="Steps">
          <p className="steps-note">
            {describeSet(explanation)}. Forward values stand above the lines, gradients of the loss below.
          </p>
          <StepsGraph steps={explanation.steps} chosen={chosen} onChoose={setChosen} />
          <dl className="steps-fused">
            <div>
              <dt>All steps in one formula</dt>
              <dd className="steps-formula">∂x = i · (g − mean(g) − x̂ · mean(g · x̂)), g = γ · ∂y</dd>
            </div>
            <div>
              <dt>differs from the steps by</dt>
              <dd>{errorText(explanation.fusedDifference)} of the largest |∂x|</dd>
            </div>
            <div>
              <dt>the layer’s own backward pass by</dt>
              <dd>{errorText(explanation.layerDifference)}</dd>
            </div>
          </dl>
          <StepsTable explanation={explanation} chosen={chosen} onChoose={setChosen} />
        </section>
      )}
    </section>
  );
};

export const StepsPanel = () => {
  const nodeId = useSteps((state) => state.nodeId);
  return nodeId === null ? null : <Panel key={nodeId} nodeId={nodeId} />;
};
