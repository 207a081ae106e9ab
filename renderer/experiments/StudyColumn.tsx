/** The left column: what the open study is, how far it is, and the others. */
import { Ellipsis, FlaskConical, Pause, Play, Plus, RotateCcw, Square } from "lucide-react";
import { type ReactNode, useId } from "react";
import { counted, studyTemplates } from "../../engine/index.ts";
import type { StudyDetail, StudyStatus } from "../../engine/protocol.ts";
import { Icon } from "../app/Icon.tsx";
import { MenuButton, type MenuSection } from "../app/Menu.tsx";
import { formatBytes, formatCount } from "../charts/format.ts";
import { openStudyText } from "../document/fileActions.ts";
import { RunSwatch } from "../library/RunSwatch.tsx";
import { valuesWords } from "./axisWords.ts";
import { experimentsStore, openStudy, setExperiments, useExperiments } from "./experimentsStore.ts";
import {
  beginDraft,
  cancelStudy,
  copyResults,
  copyStudy,
  deleteStudy,
  draftFromOpen,
  pauseStudy,
  renameStudy,
  resumeStudy,
  retriable,
  retryRuns,
  saveRunsCsv,
  saveStudyFile,
} from "./studyActions.ts";
import { studyExamples } from "./studyExamples.ts";
import { heldFixed, progressLines } from "./studyFacts.ts";
import type { StudyModel } from "./studyModel.ts";
import { type ShownStudy, useStudyModel } from "./useStudyModel.ts";

const Part = ({ title, fact, children }: { title: string; fact?: string; children: ReactNode }) => {
  const id = useId();
  return (
    <section className="study-part" aria-labelledby={id}>
      <div className="study-part-head">
        <h3 id={id}>{title}</h3>
        {fact !== undefined && <span>{fact}</span>}
      </div>
      {children}
    </section>
  );
};

const Fact = ({ title, children }: { title: string; children: ReactNode }) => (
  <div>
    <dt title={title}>{title}</dt>
    <dd>{children}</dd>
  </div>
);

const menuSections = (detail: StudyDetail): readonly MenuSection[] => [
  {
    items: [
      { id: "rename", title: "Rename…", note: "F2", onSelect: () => setExperiments({ isRetitling: true }) },
      { id: "vary", title: "Change it and run again…", onSelect: draftFromOpen },
      { id: "save", title: "Save study file…", onSelect: () => void saveStudyFile() },
      { id: "csv", title: "Save the table of runs, CSV…", onSelect: () => void saveRunsCsv() },
    ],
  },
  {
    items: [
      { id: "copy", title: "Copy the study as JSON", onSelect: () => void copyStudy() },
      { id: "results", title: "Copy the results as JSON", onSelect: () => void copyResults() },
    ],
  },
  {
    items: [
      { id: "delete", title: "Delete the study", note: formatBytes(detail.bytes), onSelect: () => void deleteStudy() },
    ],
  },
];

/** The variants with the line that each has in the charts. */
const Variants = ({ model }: { model: StudyModel }) => (
  <ul className="study-variants">
    {model.variants.map(({ key, title, style }) => (
      <li key={key}>
        <RunSwatch style={style} />
        <span>{title}</span>
      </li>
    ))}
  </ul>
);

const pairedWords = ({ axes, variants, seedAxis }: StudyModel, count: number): string => {
  if (seedAxis !== null) return `${formatCount(count)}, ${counted(seedAxis.values.length, "seed")} each`;
  const isPaired = variants.length > 1 && !axes.some(({ axis }) => axis.vary === "seed");
  return isPaired ? `${formatCount(count)}, paired` : formatCount(count);
};

const Sweep = ({ model, numRuns }: { model: StudyModel; numRuns: number }) => {
  const { axes, variantAxes, variants } = model;
  const showsLines = variants.length > 1 && variants.length <= 6;
  return (
    <Part title="Sweep">
      <dl className="study-facts">
        {axes
          .filter((axis) => !(showsLines && variantAxes.includes(axis)))
          .map(({ id, axis, title, values }) => (
            <Fact key={id} title={title}>
              {valuesWords(axis, values)}
            </Fact>
          ))}
        {showsLines && (
          <Fact title={variantAxes.length === 1 ? (variantAxes[0]?.title ?? "Lines") : "Lines"}>
            <Variants model={model} />
          </Fact>
        )}
        <Fact title="Runs">{pairedWords(model, numRuns)}</Fact>
      </dl>
    </Part>
  );
};

const Progress = ({ detail }: { detail: StudyDetail }) => {
  const { state, numRuns, numEnded, numRunning, problem } = detail;
  const waitsForMore = numEnded + numRunning < numRuns;
  const isUnderWay = state === "running" || (state === "paused" && (waitsForMore || numRunning > 0));
  const again = retriable(detail.runs);
  // Of several the first: most often they fail for one reason.
  const failure = detail.runs.find((run) => run.state === "failed")?.failure ?? undefined;
  const deleted = retriable(detail.runs, ["deleted"]);
  return (
    <Part title="Progress" fact={`${formatCount(numEnded)} of ${formatCount(numRuns)}`}>
      <div
        className="study-progress"
        role="progressbar"
        aria-label="Runs that have ended"
        aria-valuemin={0}
        aria-valuemax={numRuns}
        aria-valuenow={numEnded}
      >
        <span style={{ width: `${(100 * numEnded) / numRuns}%` }} />
        <span style={{ width: `${(100 * numRunning) / numRuns}%` }} />
      </div>
      {progressLines(detail).map((line) => (
        <p key={line} className="study-line">
          {line}
        </p>
      ))}
      {failure !== undefined && <p className="study-problem">{failure}</p>}
      {problem !== null && (
        <p className="study-problem" role="alert">
          {problem}
        </p>
      )}
      {(isUnderWay || again.length > 0 || deleted.length > 0) && (
        <div className="study-buttons">
          {state === "running" && (
            <button type="button" className="button" onClick={() => void pauseStudy()}>
              <Icon of={Pause} size={14} />
              Pause
            </button>
          )}
          {state === "paused" && isUnderWay && (
            <button type="button" className="button" onClick={() => void resumeStudy()}>
              <Icon of={Play} size={14} />
              Resume
            </button>
          )}
          {isUnderWay && (
            <button type="button" className="button button-quiet" onClick={() => void cancelStudy()}>
              <Icon of={Square} size={13} />
              Stop
            </button>
          )}
          {!isUnderWay && again.length > 0 && (
            <button type="button" className="button" onClick={() => void retryRuns(again)}>
              <Icon of={RotateCcw} size={14} />
              {again.length === numRuns ? "Run again" : `Run ${counted(again.length, "run")} again`}
            </button>
          )}
          {!isUnderWay && deleted.length > 0 && (
            <button type="button" className="button" onClick={() => void retryRuns(deleted)}>
              <Icon of={RotateCcw} size={14} />
              {`Train ${formatCount(deleted.length)} deleted again`}
            </button>
          )}
        </div>
      )}
    </Part>
  );
};

/** F2 or the menu makes it a field; an empty one gives the study its own title back. */
const StudyTitle = ({ title }: { title: string }) => {
  const isRetitling = useExperiments((state) => state.isRetitling);
  if (!isRetitling) {
    return (
      <h2 title={title} onDoubleClick={() => setExperiments({ isRetitling: true })}>
        {title}
      </h2>
    );
  }
  const end = (typed: string | null): void => {
    if (!experimentsStore.getState().isRetitling) return;
    setExperiments({ isRetitling: false });
    if (typed !== null) void renameStudy(typed.trim());
  };
  return (
    <input
      className="field study-title"
      aria-label={`Title of ${title}`}
      maxLength={200}
      defaultValue={title}
      // biome-ignore lint/a11y/noAutofocus: it was asked for
      autoFocus
      onFocus={(event) => event.currentTarget.select()}
      onBlur={(event) => end(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        const region = event.currentTarget.closest<HTMLElement>("[data-region]");
        end(event.key === "Enter" ? event.currentTarget.value : null);
        region?.focus();
      }}
    />
  );
};

const OpenStudy = ({ shown: { detail, model } }: { shown: ShownStudy }) => (
  <>
    <header className="study-head">
      <div className="study-head-line">
        <StudyTitle title={detail.title} />
        <MenuButton
          className="icon-button"
          label={`More about ${detail.title}`}
          tooltip="More"
          sections={() => menuSections(detail)}
        >
          <Icon of={Ellipsis} size={16} />
        </MenuButton>
      </div>
      {model.study.notes !== undefined && <p>{model.study.notes}</p>}
    </header>
    <Sweep model={model} numRuns={detail.numRuns} />
    <Part title="Held fixed">
      <dl className="study-facts">
        {heldFixed(model).map(({ title, text }) => (
          <Fact key={title} title={title}>
            {text}
          </Fact>
        ))}
      </dl>
    </Part>
    <Progress detail={detail} />
  </>
);

const statusWords = ({ state, numRuns, numEnded }: StudyStatus): string =>
  state === "running" || state === "paused"
    ? `${formatCount(numEnded)} of ${formatCount(numRuns)}`
    : counted(numRuns, "run");

const OtherStudies = ({ studies, openId }: { studies: readonly StudyStatus[]; openId: string | null }) => {
  const others = studies.filter(({ studyId }) => studyId !== openId);
  return (
    <nav className="study-others" aria-label="Studies">
      <h3>{openId === null ? "Studies" : "Other studies"}</h3>
      <ul>
        {others.map((status) => (
          <li key={status.studyId}>
            <button type="button" className="study-other" onClick={() => void openStudy(status.studyId)}>
              <Icon of={FlaskConical} size={14} />
              <span title={status.title}>{status.title}</span>
              <span>{statusWords(status)}</span>
            </button>
          </li>
        ))}
        <li>
          <MenuButton
            className="study-other"
            label="New study"
            sections={() => [
              {
                heading: "Of the open document",
                items: [
                  { id: "new", title: "Anything…", onSelect: () => beginDraft() },
                  ...studyTemplates.map(({ id, title }) => ({ id, title, onSelect: () => beginDraft(id) })),
                ],
              },
              {
                heading: "Examples",
                items: studyExamples.map(({ id, title, text }) => ({
                  id,
                  title,
                  onSelect: () => openStudyText(text, title),
                })),
              },
            ]}
          >
            <Icon of={Plus} size={14} />
            <span>New study</span>
          </MenuButton>
        </li>
      </ul>
    </nav>
  );
};

export const StudyColumn = () => {
  const shown = useStudyModel();
  const draft = useExperiments((state) => state.draft);
  const openId = useExperiments((state) => (state.draft === null ? state.openId : null));
  const studies = useExperiments((state) => state.studies);
  const title = useExperiments((state) => state.detail?.title ?? null);
  return (
    <aside
      className="study-column"
      aria-label="Study"
      data-region="studies"
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== "F2" || draft !== null || title === null) return;
        event.preventDefault();
        setExperiments({ isRetitling: true });
      }}
    >
      {draft !== null ? (
        <header className="study-head">
          <h2>{draft.source === "new" ? "New study" : "Not started yet"}</h2>
          <p>Nothing trains before you press Start.</p>
          {title !== null && (
            <div className="study-buttons">
              <button
                type="button"
                className="button button-small study-back"
                title={title}
                onClick={() => setExperiments({ draft: null })}
              >
                <span>Back to {title}</span>
              </button>
            </div>
          )}
        </header>
      ) : (
        shown !== null && !("problem" in shown) && <OpenStudy shown={shown} />
      )}
      {studies !== null && (studies.length > 0 || draft !== null) && <OtherStudies studies={studies} openId={openId} />}
    </aside>
  );
};
