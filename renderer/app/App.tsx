import { useEffect, useRef } from "react";
import { BenchView } from "../bench/BenchView.tsx";
import { Canvas } from "../canvas/Canvas.tsx";
import { CommandPalette } from "../commands/CommandPalette.tsx";
import { ShortcutsDialog } from "../commands/ShortcutsDialog.tsx";
import { DatasetDialog } from "../dataset/DatasetDialog.tsx";
import { DiagnosticsPanel } from "../diagnostics/DiagnosticsPanel.tsx";
import { useDocument } from "../document/documentStore.ts";
import { openAllDropped } from "../document/fileActions.ts";
import { ExperimentsView } from "../experiments/ExperimentsView.tsx";
import { GradientsPanel } from "../gradients/GradientsPanel.tsx";
import { HistoryPanel } from "../history/HistoryPanel.tsx";
import { Inspector } from "../inspector/Inspector.tsx";
import { LessonPanel } from "../lessons/LessonPanel.tsx";
import { Spotlight } from "../lessons/Spotlight.tsx";
import { PairDialog } from "../library/PairDialog.tsx";
import { RunsView } from "../library/RunsView.tsx";
import { Palette } from "../palette/Palette.tsx";
import { PreferencesDialog } from "../preferences/PreferencesDialog.tsx";
import { RunBar } from "../run/RunBar.tsx";
import { Timeline } from "../run/Timeline.tsx";
import { StartPage } from "../start/StartPage.tsx";
import { StatisticsView } from "../statistics/StatisticsView.tsx";
import "./App.css";
import { StepsPanel } from "../steps/StepsPanel.tsx";
import { useSteps } from "../steps/stepsStore.ts";
import { Tour } from "../tour/Tour.tsx";
import { focusMainRegion, keepFocus } from "./focusKeeper.ts";
import { Notices } from "./Notices.tsx";
import { QuestionDialog } from "./QuestionDialog.tsx";
import { TooltipLayer } from "./TooltipLayer.tsx";
import { TopBar } from "./TopBar.tsx";
import { isOfDocument, useView } from "./viewStore.ts";

/** Files dropped anywhere open, each in its window; the canvas keeps the drops that come from the palette. */
const useFileDrop = (): void => {
  useEffect(() => {
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const over = (event: DragEvent) => {
      if (carriesFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      void openAllDropped([...(event.dataTransfer?.files ?? [])]);
    };
    window.addEventListener("dragover", over);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragover", over);
      window.removeEventListener("drop", drop);
    };
  }, []);
};

/** Another document or page begins in its main part; what is removed never takes the focus with it. */
const useFocus = (): void => {
  const view = useView((state) => state.view);
  const openedCount = useDocument((state) => state.openedCount);
  const shown = useRef(`${view} ${openedCount}`);
  useEffect(() => {
    const now = `${view} ${openedCount}`;
    if (shown.current !== now) focusMainRegion();
    shown.current = now;
  }, [view, openedCount]);
  useEffect(keepFocus, []);
};

/** Stays where it is while the statistics are shown, with its zoom and what is selected. */
const Editor = ({ hidden }: { readonly hidden: boolean }) => {
  const isCovered = useSteps(({ nodeId }) => nodeId !== null);
  return (
    <main className={hidden ? "editor is-hidden" : "editor"} aria-label="Editor" inert={hidden} aria-hidden={hidden}>
      {/* What the steps lie over is out of reach for the keyboard, too. */}
      <div className="editor-parts" inert={isCovered}>
        <Palette />
        <div className="editor-canvas">
          <Canvas />
          <HistoryPanel />
          <GradientsPanel />
          <DiagnosticsPanel />
        </div>
        <Inspector />
      </div>
      <StepsPanel />
    </main>
  );
};

export const App = () => {
  const view = useView((state) => state.view);
  const editorView = useView((state) => state.editorView);
  useFileDrop();
  useFocus();
  return (
    <div className="app" data-view={view === "start" ? "start" : editorView}>
      <TopBar />
      {view === "start" ? (
        <StartPage />
      ) : (
        <>
          <div className="workspace">
            <LessonPanel />
            <div className="workspace-main">
              <Editor hidden={editorView !== "canvas"} />
              {editorView === "statistics" && <StatisticsView />}
              {editorView === "bench" && <BenchView />}
              {editorView === "experiments" && <ExperimentsView />}
              {editorView === "runs" && <RunsView />}
            </div>
          </div>
          {isOfDocument(editorView) && (
            <>
              <RunBar />
              <Timeline />
            </>
          )}
        </>
      )}
      <Notices />
      <QuestionDialog />
      <CommandPalette />
      <ShortcutsDialog />
      <PreferencesDialog />
      <DatasetDialog />
      <PairDialog />
      <Tour />
      <Spotlight />
      <TooltipLayer />
    </div>
  );
};
