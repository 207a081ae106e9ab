/** Defines a study: what to vary, how, and what is held fixed; with the runs that come of it. Nothing trains before Start. */
import { Play, Plus, Timer } from "lucide-react";
import { useMemo, useState } from "react";
import { useStore } from "zustand";
import { applyCommands, counted, insertNormThroughout, type StudyAxis } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { makeRoom } from "../canvas/placement.ts";
import { CommitField } from "../inspector/CommitField.tsx";
import { readNumber, writeNumber } from "../inspector/fieldText.ts";
import { machineSpeed } from "../run/machineSpeed.ts";
import { describeElapsed } from "../run/runWords.ts";
import { Segments } from "../statistics/Segments.tsx";
import { DraftAxis } from "./DraftAxis.tsx";
import { DraftPreview } from "./DraftPreview.tsx";
import { DraftStart, StartWarning } from "./DraftStart.tsx";
import { nextVary, startAxis } from "./draftAxes.ts";
import { forecast } from "./draftTime.ts";
import { setExperiments } from "./experimentsStore.ts";
import { rateWarning, withRatesBeside, withUsualRates } from "./optimizerRates.ts";
import { startDraft } from "./studyActions.ts";
import { checkDraft, draftDataset, normalizes, type Plan, type StudyDraft, withAxes } from "./studyDraft.ts";
import { layersWords } from "./studyFacts.ts";

const change = (draft: StudyDraft, plan: Partial<Plan>): void =>
  setExperiments({ draft: { ...draft, plan: { ...draft.plan, ...plan } } });

const changeAxes = (draft: StudyDraft, axes: Plan["axes"]): void =>
  setExperiments({ draft: withAxes(draft, withRatesBeside(draft, axes)) });

/** A number of the plan; empty: as the document or the dataset has it. */
const PlanNumber = ({
  label,
  value,
  placeholder,
  onChange,
}: {
  label: string;
  value: number | undefined;
  placeholder: string;
  onChange: (value: number | undefined) => void;
}) => (
  <div className="draft-fact">
    <span aria-hidden="true">{label}</span>
    <CommitField
      label={label}
      text={value === undefined ? "" : writeNumber(value)}
      placeholder={placeholder}
      commit={(text) => {
        if (text.trim() === "") {
          onChange(undefined);
          return null;
        }
        const reading = readNumber(text);
        if (!reading.ok) return reading.problem;
        onChange(reading.value);
        return null;
      }}
    />
  </div>
);

const withoutEmpty = <T extends object>(record: T): T =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;

const Fixed = ({ draft }: { draft: StudyDraft }) => {
  const { plan, document } = draft;
  const { training } = document;
  const varied = new Set<string>(plan.axes.map(({ vary }) => vary));
  const set = (key: "epochs" | "batchSize" | "learningRate" | "seed") => (value: number | undefined) => {
    const next = withoutEmpty({ ...plan.training, [key]: value });
    const { training: _, ...rest } = plan;
    setExperiments({
      draft: { ...draft, plan: Object.keys(next).length === 0 ? rest : { ...rest, training: next } },
    });
  };
  const setSamples = (key: "trainSamples" | "testSamples") => (value: number | undefined) => {
    const { [key]: _, ...rest } = plan;
    setExperiments({ draft: { ...draft, plan: value === undefined ? rest : { ...rest, [key]: value } } });
  };
  return (
    <section className="draft-part" aria-label="Held fixed">
      <h3>Held fixed</h3>
      <dl className="draft-words">
        <div>
          <dt>Net</dt>
          <dd>{`${draft.documentName}: ${layersWords(document, varied)}`}</dd>
        </div>
        <div>
          <dt>Data</dt>
          <dd>{draftDataset(draft)}</dd>
        </div>
        <DraftStart draft={draft} />
      </dl>
      <div className="draft-facts">
        <PlanNumber
          label="Training samples"
          value={plan.trainSamples}
          placeholder="all"
          onChange={setSamples("trainSamples")}
        />
        <PlanNumber
          label="Test samples"
          value={plan.testSamples}
          placeholder="all"
          onChange={setSamples("testSamples")}
        />
        {!varied.has("epochs") && (
          <PlanNumber
            label="Epochs"
            value={plan.training?.epochs}
            placeholder={String(training.epochs)}
            onChange={set("epochs")}
          />
        )}
        {!varied.has("batchSize") && (
          <PlanNumber
            label="Batch size"
            value={plan.training?.batchSize}
            placeholder={String(training.batchSize)}
            onChange={set("batchSize")}
          />
        )}
        {!varied.has("learningRate") && (
          <PlanNumber
            label="Learning rate"
            value={plan.training?.learningRate}
            placeholder={String(training.learningRate)}
            onChange={set("learningRate")}
          />
        )}
        {!varied.has("seed") && (
          <PlanNumber
            label="Seed"
            value={plan.training?.seed}
            placeholder={String(training.seed)}
            onChange={set("seed")}
          />
        )}
      </div>
    </section>
  );
};

/** Of a race at one rate the adaptive optimizers come last, whatever they can do. */
const RateWarning = ({ draft, axis }: { readonly draft: StudyDraft; readonly axis: StudyAxis }) => {
  const text = rateWarning(draft, axis);
  if (text === null) return null;
  return (
    <div className="draft-warning">
      <p>{text}</p>
      {draft.plan.axes.length === 1 && (
        <button
          type="button"
          className="button button-small"
          onClick={() => setExperiments({ draft: withUsualRates(draft) })}
        >
          Each at its usual rate
        </button>
      )}
    </div>
  );
};

/** A net without normalization has nothing to vary. The study gets its own; the open document stays as it is. */
const MissingNorms = ({ draft }: { readonly draft: StudyDraft }) => {
  const { document } = draft;
  if (normalizes(document)) return null;
  const inserted = insertNormThroughout(document, makeRoom);
  if (inserted === null) return null;
  const insert = (): void => {
    const grown = applyCommands(document, inserted.commands);
    if (grown.ok) setExperiments({ draft: { ...draft, document: grown.value } });
  };
  return (
    <div className="draft-warning">
      <button type="button" className="button button-small" onClick={insert}>
        {`Insert BatchNorm after ${counted(inserted.after.length, "layer")}`}
      </button>
      <p>In the net of this study; the open document stays as it is.</p>
    </div>
  );
};

const Search = ({ draft }: { draft: StudyDraft }) => {
  const { search } = draft.plan;
  return (
    <section className="draft-part" aria-label="How values are combined">
      <h3>Combined</h3>
      <div className="draft-search">
        <Segments
          label="Combined as"
          showLabel={false}
          value={search.by}
          options={[
            { id: "grid", title: "Grid", hint: "Every combination of all values" },
            { id: "list", title: "List", hint: "The first values of all axes, then the second ones, and so on" },
            { id: "random", title: "Random", hint: "Drawn by chance, from ranges and lists" },
          ]}
          onChange={(by) => change(draft, { search: by === "random" ? { by, count: 20, seed: 1 } : { by } })}
        />
        {search.by === "random" ? (
          <div className="draft-facts">
            <PlanNumber
              label="Runs"
              value={search.count}
              placeholder="20"
              onChange={(count = 20) => change(draft, { search: { ...search, count } })}
            />
            <PlanNumber
              label="Drawn with seed"
              value={search.seed}
              placeholder="1"
              onChange={(seed = 1) => change(draft, { search: { ...search, seed } })}
            />
          </div>
        ) : (
          <p>
            {search.by === "grid"
              ? "Every combination. Runs share seed, start and batches, so that they differ in what is varied alone."
              : "The first values of all axes, then the second ones: as many runs as each axis has values."}
          </p>
        )}
      </div>
    </section>
  );
};

export const DraftForm = ({ draft }: { readonly draft: StudyDraft }) => {
  const { plan, document } = draft;
  const [isStarting, setStarting] = useState(false);
  const speed = useStore(machineSpeed);
  const checked = useMemo(() => checkDraft(draft), [draft]);
  const runs = "runs" in checked ? checked.runs : null;
  const forecasted = useMemo(
    () => (runs === null ? null : forecast(runs, plan, speed, navigator.hardwareConcurrency)),
    [runs, plan, speed],
  );
  const problem = "problem" in checked ? checked : null;
  const general = problem?.axis === null ? problem.problem : (forecasted?.problem ?? null);
  const start = (): void => {
    setStarting(true);
    void startDraft().finally(() => setStarting(false));
  };
  return (
    <>
      <form
        className="draft"
        aria-label="New study"
        data-region="experiments"
        onSubmit={(event) => event.preventDefault()}
      >
        <header className="draft-head">
          <input
            className="field draft-title"
            aria-label="Title of the study"
            value={plan.title}
            maxLength={200}
            onChange={(event) => change(draft, { title: event.target.value })}
          />
        </header>
        <section className="draft-part" aria-label="Varied">
          <h3>Vary</h3>
          <ul className="draft-axes">
            {plan.axes.map((axis, index) => (
              <DraftAxis
                // biome-ignore lint/suspicious/noArrayIndexKey: an axis is its place; two may vary the same for a moment
                key={index}
                axis={axis}
                index={index}
                document={document}
                inList={plan.search.by === "list"}
                problem={problem?.axis === index ? problem.problem : null}
                aside={
                  axis.vary === "normalization" ? (
                    <MissingNorms draft={draft} />
                  ) : (
                    <>
                      <RateWarning draft={draft} axis={axis} />
                      <StartWarning draft={draft} axis={axis} />
                    </>
                  )
                }
                onChange={(next) => changeAxes(draft, plan.axes.with(index, next))}
                onRemove={plan.axes.length === 1 ? null : () => changeAxes(draft, plan.axes.toSpliced(index, 1))}
              />
            ))}
          </ul>
          <button
            type="button"
            className="button button-small"
            onClick={() => changeAxes(draft, [...plan.axes, startAxis(nextVary(plan.axes, document), document)])}
          >
            <Icon of={Plus} size={14} />
            Vary something else, too
          </button>
        </section>
        <Search draft={draft} />
        <Fixed draft={draft} />
        <footer className="draft-foot">
          <button
            type="button"
            className="button button-primary"
            disabled={runs === null || isStarting || (forecasted?.problem ?? null) !== null}
            onClick={start}
          >
            <Icon of={Play} size={14} />
            {runs === null ? "Start" : `Start ${counted(runs.length, "run")}`}
          </button>
          <button type="button" className="button button-quiet" onClick={() => setExperiments({ draft: null })}>
            Cancel
          </button>
          {general !== null ? (
            <p className="draft-problem" role="alert">
              {general}
            </p>
          ) : (
            <p className="draft-forecast">
              {forecasted?.seconds != null && (
                <span data-tooltip="Expected, by the speed of the last run on this computer">
                  <Icon of={Timer} size={13} /> about {describeElapsed(forecasted.seconds * 1000)}
                </span>
              )}
            </p>
          )}
        </footer>
      </form>
      {runs === null ? (
        <section className="draft-preview" aria-label="Runs of the study" />
      ) : (
        <DraftPreview draft={draft} runs={runs} />
      )}
    </>
  );
};
