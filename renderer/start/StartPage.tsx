import { ArrowLeft, FlaskConical, FolderOpen, Plus, Target, Timer, X } from "lucide-react";
import { useEffect, useMemo } from "react";
import { useStore } from "zustand";
import { parse } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { NamesWhole } from "../app/NamesWhole.tsx";
import { getShell } from "../app/shellAccess.ts";
import { formatCount, formatDuration, formatPercent } from "../charts/format.ts";
import { CommandKey } from "../commands/CommandKey.tsx";
import { runCommand } from "../commands/commandTable.ts";
import { useDocument } from "../document/documentStore.ts";
import { documentTitle, openExample, openRecent, resumeUnfinished } from "../document/fileActions.ts";
import { describeWhen, useRecentFiles } from "../document/recentFiles.ts";
import { StudyCards } from "../experiments/StudyCards.tsx";
import { LessonCards } from "../lessons/LessonCards.tsx";
import { expectedTrainingSeconds, machineSpeed } from "../run/machineSpeed.ts";
import { isUnderWay } from "../run/runState.ts";
import { useRun } from "../run/runStore.ts";
import { describeElapsed } from "../run/runWords.ts";
import { discardUnfinishedRun, refreshUnfinishedRuns, useUnfinishedRuns } from "../run/unfinishedRuns.ts";
import { TourAction, TourOffer } from "../tour/TourOffer.tsx";
import { describeReached, type Example, exampleGroups } from "./examples.ts";
import { FinishedRuns } from "./FinishedRuns.tsx";
import { useAnyMeasuredRun, useMeasuredRun } from "./measuredRuns.ts";
import { NetPicture } from "./NetPicture.tsx";
import { StripsPicture } from "./StripsPicture.tsx";
import "./StartPage.css";

/** The document that is still open, with what it would lose: unsaved changes, a run. */
const OpenDocument = () => {
  const isOpen = useDocument((state) => state.openedCount > 0);
  const title = useDocument((state) => documentTitle(state.file));
  const edited = useDocument((state) => state.edited);
  const underWay = useRun((run) => isUnderWay(run.state));
  if (!isOpen) return null;
  const notes = [...(edited ? ["unsaved"] : []), ...(underWay ? ["run under way"] : [])].join(", ");
  return (
    <button type="button" className="start-action" onClick={() => runCommand("file.document")}>
      <Icon of={ArrowLeft} size={16} />
      <span className="start-action-title">Back to {title}</span>
      {notes !== "" && <span className="start-shortcut">{notes}</span>}
    </button>
  );
};

const Recent = () => {
  const files = useRecentFiles();
  if (files.length === 0) return null;
  const now = new Date();
  return (
    <nav className="start-recent" aria-label="Recent documents">
      <h2>Recent</h2>
      <ul>
        {files.map(({ handle, fileName, folder, openedAt }) => (
          <li key={handle}>
            <button type="button" className="start-recent-file" onClick={() => void openRecent(handle)}>
              <span className="start-recent-name" title={fileName}>
                {fileName.replace(/\.layerscope$/, "")}
              </span>
              <span className="start-recent-when">{describeWhen(openedAt, now)}</span>
              <span className="start-recent-folder" title={folder}>
                {folder}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
};

/** Runs that the end of a trainer or of the app has interrupted. */
const Unfinished = () => {
  const runs = useUnfinishedRuns();
  useEffect(() => void refreshUnfinishedRuns(), []);
  if (runs.length === 0) return null;
  const now = new Date();
  return (
    <nav className="start-recent" aria-label="Unfinished runs">
      <h2>Unfinished runs</h2>
      <ul>
        {runs.map(({ runId, title, step, totalSteps, touchedAt }) => (
          <li key={runId} className="start-unfinished">
            <button
              type="button"
              className="start-recent-file"
              data-tooltip="Open its document and train on from the last checkpoint"
              onClick={() => void resumeUnfinished(runId)}
            >
              <span className="start-recent-name">Resume {title}</span>
              <span className="start-recent-when">{describeWhen(touchedAt, now)}</span>
              <span className="start-recent-folder">
                step {formatCount(step)}
                {totalSteps === null ? "" : ` of ${formatCount(totalSteps)}`}
              </span>
            </button>
            <button
              type="button"
              className="start-discard"
              aria-label={`Discard the run of ${title}`}
              data-tooltip="Discard this run"
              onClick={() => void discardUnfinishedRun(runId)}
            >
              <Icon of={X} size={14} />
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
};

/** What was measured on this computer, else what is expected of it and what the catalog tells of its own run. */
const Facts = ({ example }: { example: Example }) => {
  const run = useMeasuredRun(example);
  const speed = useStore(machineSpeed);
  const seconds = useMemo(() => {
    const parsed = parse(example.text);
    return parsed.ok ? expectedTrainingSeconds(parsed.value, speed) : null;
  }, [example, speed]);
  if (run) {
    return (
      <span className="start-card-facts">
        {run.testAccuracy !== null && (
          <span data-tooltip="Accuracy your last run reached on the test images">
            <Icon of={Target} size={13} /> {formatPercent(run.testAccuracy)} test
          </span>
        )}
        <span data-tooltip="Time of your last run on this computer">
          <Icon of={Timer} size={13} /> {describeElapsed(run.elapsedMs)}
        </span>
      </span>
    );
  }
  const expected = seconds !== null && (
    <span data-tooltip="Expected, by how fast this computer trained last">
      <Icon of={Timer} size={13} /> about {formatDuration(Math.max(1, seconds))}
    </span>
  );
  if (!example.reached) {
    return <span className="start-card-facts">{expected || "Not trained on this computer yet"}</span>;
  }
  return (
    <span className="start-card-facts">
      <span data-tooltip="What this net reached when the example was made">
        <Icon of={Target} size={13} /> {describeReached(example.reached)}
      </span>
      {/* Last: on a new computer it comes when the trainer has rehearsed, and moves nothing. */}
      {expected}
    </span>
  );
};

const Card = ({ example }: { example: Example }) => {
  const run = useMeasuredRun(example);
  return (
    <li>
      <button type="button" className="start-card" onClick={() => void openExample(example.fileName)}>
        <span className="start-card-picture">
          {run && run.strips.length > 0 ? <StripsPicture run={run} /> : <NetPicture text={example.text} />}
        </span>
        <span className="start-card-words">
          <strong>
            <NamesWhole text={example.title} />
          </strong>
          <span className="start-card-summary">
            <NamesWhole text={example.summary} />
          </span>
          <Facts example={example} />
        </span>
      </button>
    </li>
  );
};

/** Where a window begins: new, open, recent, and the examples. */
export const StartPage = () => {
  const anyMeasured = useAnyMeasuredRun();
  return (
    <main className="start" aria-label="Start">
      <div className="start-side" data-region="start" tabIndex={-1}>
        <h2 className="start-title">See what each layer does while it learns.</h2>
        <p className="start-lead">Wire a net, train it on this computer, and read every layer as it changes.</p>
        <div className="start-actions">
          <button type="button" className="start-action start-action-primary" onClick={() => runCommand("file.new")}>
            <Icon of={Plus} size={16} />
            <span>New document</span>
            <CommandKey id="file.new" className="start-shortcut" />
          </button>
          <button type="button" className="start-action" onClick={() => runCommand("file.open")}>
            <Icon of={FolderOpen} size={16} />
            <span>Open…</span>
            <CommandKey id="file.open" className="start-shortcut" />
          </button>
          <button type="button" className="start-action" onClick={() => runCommand("view.experiments")}>
            <Icon of={FlaskConical} size={16} />
            <span>Experiments</span>
            <CommandKey id="view.experiments" className="start-shortcut" />
          </button>
          <TourAction />
          <OpenDocument />
        </div>
        <TourOffer />
        <Unfinished />
        <Recent />
        <FinishedRuns />
        <footer className="start-foot">
          <span>Version {getShell().version}</span>
          <span>Works offline</span>
        </footer>
      </div>
      <div className="start-examples" data-region="examples" tabIndex={-1}>
        {exampleGroups().map(({ group, examples }, index) => (
          <section key={group} aria-label={group}>
            <h2 className="start-group">
              {group}
              {index === 0 && anyMeasured && <span>time to train measured on this computer</span>}
            </h2>
            <ul className="start-cards">
              {examples.map((example) => (
                <Card key={example.id} example={example} />
              ))}
            </ul>
          </section>
        ))}
        <section aria-label="Compare">
          <h2 className="start-group">
            Compare<span>one net, trained again and again with one thing changed</span>
          </h2>
          <StudyCards />
        </section>
        <LessonCards />
      </div>
    </main>
  );
};
