/** What is selected: one run with its net, its settings and what is kept of it, or several with what can be done with all. */
import { Copy, FileInput, GitCompare, Pencil, Pin, PinOff, Play, Replace, Trash2, Upload } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { counted, optimizers, parse } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { formatBytes, formatCount, formatLoss, formatPercent, formatR2, formatSetting } from "../charts/format.ts";
import { describeExtent } from "../run/finishedRuns.ts";
import { describeElapsed } from "../run/runWords.ts";
import type { FinishedRun } from "../shell/runHost.ts";
import { NetPicture } from "../start/NetPicture.tsx";
import {
  compareEntries,
  compareRefusal,
  copyEntries,
  deleteEntries,
  entryLabel,
  exportEntryModel,
  labelEntry,
  modelRefusal,
  openEntry,
  openEntryDocument,
  type ReadDocument,
  readEntryDocument,
  startFromEntry,
} from "./libraryActions.ts";
import { type LibraryEntry, OUTCOME_WORDS, paramsWords } from "./libraryEntries.ts";
import { libraryStore } from "./libraryStore.ts";
import { TagEditor } from "./TagEditor.tsx";
import "./RunDetails.css";

const Action = ({
  icon,
  label,
  tooltip,
  refusal = null,
  onClick,
}: {
  readonly icon: typeof Copy;
  readonly label: string;
  readonly tooltip?: string;
  /** Why it cannot be done now. */
  readonly refusal?: string | null;
  readonly onClick: () => void;
}) => (
  <button
    type="button"
    className="button button-small"
    aria-disabled={refusal !== null}
    data-tooltip={refusal ?? tooltip}
    onClick={() => {
      if (refusal === null) onClick();
    }}
  >
    <Icon of={icon} size={13} />
    {label}
  </button>
);

const Fact = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <>
    <dt>{title}</dt>
    <dd>{children}</dd>
  </>
);

const scoreWords = (score: NonNullable<FinishedRun["test"]>): string =>
  score.accuracy !== null
    ? formatPercent(score.accuracy, 2)
    : score.r2 === null
      ? `loss ${formatLoss(score.loss)}`
      : `R² ${formatR2(score.r2)}`;

const dateWords = (iso: string): string =>
  new Date(iso).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });

/** What the run trained, as its document says. */
const useDocumentOf = (entry: LibraryEntry): ReadDocument => {
  const [read, setRead] = useState<{ readonly key: string; readonly value: ReadDocument } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a run's document never changes
  useEffect(() => {
    let isOver = false;
    void readEntryDocument(entry).then((outcome) => {
      if (isOver) return;
      if (outcome.status === "done") {
        const { text } = outcome.value;
        const parsed = parse(text);
        setRead({ key: entry.key, value: { state: "read", text, document: parsed.ok ? parsed.value : null } });
      } else {
        const problem = outcome.status === "failed" ? outcome.problem.message : "It was not read.";
        setRead({ key: entry.key, value: { state: "failed", problem } });
      }
    });
    return () => {
      isOver = true;
    };
  }, [entry.key]);
  return read?.key === entry.key ? read.value : { state: "reading" };
};

const RunFacts = ({ run, read }: { readonly run: FinishedRun; readonly read: ReadDocument }) => {
  const training = read.state === "read" ? read.document?.training : undefined;
  const kept = [run.hasFrames ? "all measurements" : null, run.hasModel ? "the trained net" : null].filter(
    (part) => part !== null,
  );
  return (
    <dl className="Library-facts">
      <Fact title="Outcome">{`${OUTCOME_WORDS[run.outcome === "failed" ? "diverged" : run.outcome]}, ${describeExtent(run)}`}</Fact>
      {run.best && (
        <Fact title="Best test">{`${scoreWords(run.best)} after epoch ${formatCount(run.best.epoch)}`}</Fact>
      )}
      {run.test && <Fact title="Final test">{`${scoreWords(run.test)}, loss ${formatLoss(run.test.loss)}`}</Fact>}
      <Fact title="Time">{describeElapsed(run.elapsedMs)}</Fact>
      {run.trains && <Fact title="Dataset">{run.trains.dataset}</Fact>}
      {training && (
        <>
          <Fact title="Optimizer">{`${optimizers[training.optimizer.name].title}, learning rate ${formatSetting(training.learningRate)}`}</Fact>
          <Fact title="Batch">{`${formatCount(training.batchSize)}, ${counted(training.epochs, "epoch")}`}</Fact>
        </>
      )}
      {run.trains && (
        <Fact title="Seed">
          <code>{run.trains.seed}</code>
        </Fact>
      )}
      {run.from && (
        <Fact title="Started from">
          {run.from.name}, weights <code>{run.from.weightsHash.slice(0, 8)}</code>
          {run.from.anew.length > 0 && `; ${counted(run.from.anew.length, "layer")} anew`}
        </Fact>
      )}
      <Fact title="Trained by">
        {`${run.engineVersion === null ? "an older version" : `Layerscope ${run.engineVersion}`}, ${counted(run.threads, "thread")}, ${run.build === "simd" ? "SIMD" : "relaxed SIMD"}`}
      </Fact>
      <Fact title="Began">{dateWords(run.startedAt)}</Fact>
      <Fact title="Ended">{dateWords(run.endedAt)}</Fact>
      <Fact title="Kept">{`${kept.length === 0 ? "its losses" : kept.join(" and ")}, ${formatBytes(run.bytes)}`}</Fact>
      {run.folder !== "" && (
        <Fact title="Folder">
          <span className="Library-path">{run.folder}</span>
        </Fact>
      )}
    </dl>
  );
};

const StudyFacts = ({ entry }: { readonly entry: LibraryEntry }) => {
  if (entry.source.type !== "study") return null;
  const { study, run } = entry.source;
  const last = run.epochs.at(-1);
  return (
    <dl className="Library-facts">
      <Fact title="Study">{study.title}</Fact>
      <Fact title="Varied">{paramsWords(study, run)}</Fact>
      <Fact title="Outcome">{run.failure ?? `Finished, ${counted(run.epochs.length, "epoch")}`}</Fact>
      {last?.testAccuracy !== undefined && last.testAccuracy !== null && (
        <Fact title="Final test">{`${formatPercent(last.testAccuracy, 2)}, loss ${formatLoss(last.testLoss)}`}</Fact>
      )}
      {run.elapsedMs !== null && <Fact title="Time">{describeElapsed(run.elapsedMs)}</Fact>}
      {run.endedAt !== null && <Fact title="Ended">{dateWords(run.endedAt)}</Fact>}
      <Fact title="Kept">{`its losses and some 20 measurements, ${formatBytes(run.bytes)}`}</Fact>
    </dl>
  );
};

const Notes = ({ entry, notes }: { readonly entry: LibraryEntry; readonly notes: string }) => {
  const [text, setText] = useState(notes);
  return (
    <label className="Library-notes">
      <span>Notes</span>
      <textarea
        className="field"
        rows={3}
        maxLength={20_000}
        placeholder="What this run shows"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={() => {
          if (text !== notes) void labelEntry(entry, { notes: text });
        }}
      />
    </label>
  );
};

const OneRun = ({
  entry,
  known,
  onDelete,
}: {
  readonly entry: LibraryEntry;
  readonly known: readonly string[];
  readonly onDelete: () => void;
}) => {
  const read = useDocumentOf(entry);
  const { source, isPinned, name } = entry;
  return (
    <>
      <div className="Library-head">
        <h2 title={name}>{name}</h2>
        <button
          type="button"
          className="icon-button"
          aria-label={`Rename ${name}`}
          data-tooltip="Rename (F2)"
          onClick={() => libraryStore.setState({ renaming: entry.key })}
        >
          <Icon of={Pencil} size={14} />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label={isPinned ? `Unpin ${name}` : `Pin ${name}`}
          data-tooltip={isPinned ? "Unpin" : "Pin: keep it for good"}
          aria-pressed={isPinned}
          onClick={() => void labelEntry(entry, { isPinned: !isPinned })}
        >
          <Icon of={isPinned ? PinOff : Pin} size={14} />
        </button>
      </div>
      <div className="Library-picture">
        {read.state === "read" && <NetPicture text={read.text} />}
        {read.state === "failed" && <p>{`Its document can't be shown. ${read.problem}`}</p>}
      </div>
      <div className="Library-actions">
        <button type="button" className="button button-primary button-small" onClick={() => void openEntry(entry)}>
          <Icon of={Play} size={13} />
          Open
        </button>
        <Action icon={FileInput} label="Document" onClick={() => void openEntryDocument(entry)} />
        <Action
          icon={Replace}
          label="Start from net"
          tooltip="The next run of the open document goes on from its weights (S)"
          refusal={modelRefusal(entry)}
          onClick={() => void startFromEntry(entry)}
        />
        <Action
          icon={Upload}
          label="Export net"
          refusal={modelRefusal(entry)}
          onClick={() => void exportEntryModel(entry)}
        />
        <Action icon={Copy} label="Copy as JSON" onClick={() => void copyEntries([entry])} />
        <Action icon={Trash2} label="Delete" onClick={onDelete} />
      </div>
      <TagEditor key={entry.key} entries={[entry]} known={known} />
      <Notes key={`notes ${entry.key}`} entry={entry} notes={entryLabel(entry).notes} />
      {source.type === "run" ? <RunFacts run={source.run} read={read} /> : <StudyFacts entry={entry} />}
    </>
  );
};

export const RunDetails = ({
  picked,
  shown,
  known,
}: {
  readonly picked: readonly LibraryEntry[];
  readonly shown: readonly LibraryEntry[];
  readonly known: readonly string[];
}) => {
  const [only] = picked;
  const remove = (): void => void deleteEntries(picked, shown);
  return (
    <aside className="Library-details" aria-label="Selected runs" data-region="details" tabIndex={-1}>
      {only === undefined && (
        <p className="Library-hint">Select a run to see its net, its settings and what is kept of it.</p>
      )}
      {only !== undefined && picked.length === 1 && (
        <OneRun key={only.key} entry={only} known={known} onDelete={remove} />
      )}
      {picked.length > 1 && (
        <>
          <div className="Library-head">
            <h2>{`${counted(picked.length, "run")} selected`}</h2>
          </div>
          <div className="Library-actions">
            <Action
              icon={GitCompare}
              label="Compare"
              refusal={compareRefusal(picked)}
              onClick={() => compareEntries(picked)}
            />
            <Action icon={Copy} label="Copy as JSON" onClick={() => void copyEntries(picked)} />
            <Action icon={Trash2} label="Delete" onClick={remove} />
          </div>
          <TagEditor entries={picked} known={known} />
          <ul className="Library-picked">
            {picked.map(({ key, name }) => (
              <li key={key}>
                <button type="button" title={name} onClick={() => libraryStore.setState({ selected: [key], at: key })}>
                  {name}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </aside>
  );
};
