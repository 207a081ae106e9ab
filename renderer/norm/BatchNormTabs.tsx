import type { ReactNode } from "react";
import { useId, useRef } from "react";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import type { AnyLayer, DocumentNode } from "../../engine/index.ts";
import { formatCounted } from "../charts/format.ts";
import { useDocument } from "../document/documentStore.ts";
import { NotesSection } from "../inspector/NotesSection.tsx";
import { OutputSection } from "../inspector/OutputSection.tsx";
import { WeightsSection } from "../inspector/WeightsSection.tsx";
import { runOf } from "../run/runState.ts";
import { useRun } from "../run/runStore.ts";
import { layerOfNet, netWords, useShownNet } from "../run/shownNet.ts";
import { startingFit } from "../run/startingNet.ts";
import { ChannelsSection } from "./ChannelsSection.tsx";
import { EvaluationSection } from "./EvaluationSection.tsx";
import { InputOutput } from "./InputOutput.tsx";
import { MoreNormParams, NormParams } from "./NormParams.tsx";
import { WeightBars } from "./WeightBars.tsx";
import "./norm.css";

const TABS = [
  { id: "batch", title: "Batch and running" },
  { id: "statistics", title: "Statistics" },
  { id: "notes", title: "Notes" },
] as const;

type TabId = (typeof TABS)[number]["id"];

/** Which tab is shown; view state that outlives the inspector, which a selection replaces. */
const shownTab = createStore<{ readonly tab: TabId }>(() => ({ tab: "batch" }));

const BatchAndRunning = ({ node, findings }: { readonly node: DocumentNode; readonly findings: ReactNode }) => {
  const inputShape = useDocument((state) => state.compiled.facts.get(node.id)?.inputShapes[0] ?? null);
  const isMeasured = useRun((run) => runOf(run.state)?.started.nodeIds.includes(node.id) ?? false);
  const numChannels = useRun((run) => {
    const frame = run.history?.frameAt(run.shownStep);
    return frame ? (run.history?.statisticsAt(node.id, frame.step)?.batchNorm?.runningMean.length ?? null) : null;
  });
  const net = useShownNet();
  const program = useDocument(({ compiled }) => compiled.program);
  const unit = inputShape?.length === 1 ? "feature" : "channel";
  const isTaken = net !== null && (startingFit(program, net)?.taken.includes(node.id) ?? false);
  const ofNet = isTaken ? (layerOfNet(net, node.id)?.batchNorm ?? null) : null;
  if (net !== null && ofNet !== null) {
    const { length } = ofNet.runningMean;
    const call = { nodeId: node.id, name: node.name, unit, numChannels: length } as const;
    return (
      <>
        {findings}
        <section className="inspector-section" aria-label="Which net this is of">
          <p className="inspector-empty">
            {`${netWords(net)}. Train to see the statistics of a batch beside its running ones.`}
          </p>
        </section>
        <ChannelsSection key={net.number} {...call} hasBatch={false} />
        <WeightBars key={`weights ${net.number}`} {...call} />
      </>
    );
  }
  return (
    <>
      {findings}
      {isMeasured ? (
        <>
          <InputOutput nodeId={node.id} />
          {numChannels !== null && (
            <ChannelsSection nodeId={node.id} name={node.name} unit={unit} numChannels={numChannels} hasBatch />
          )}
          <EvaluationSection nodeId={node.id} />
          {numChannels !== null && (
            <WeightBars nodeId={node.id} name={node.name} unit={unit} numChannels={numChannels} />
          )}
        </>
      ) : (
        <section className="inspector-section" aria-label="Batch and running statistics">
          <p className="inspector-empty">
            {`Train to see the batch statistics of ${node.name} beside its running ones.`}
          </p>
        </section>
      )}
    </>
  );
};

/** `50 channels over N, H, W`: what is normalized, and over which axes. */
export const BatchNormSubtitle = ({ nodeId }: { readonly nodeId: string }) => {
  const shape = useDocument((state) => state.compiled.facts.get(nodeId)?.inputShapes[0] ?? null);
  if (shape === null) return <>batch normalization</>;
  const [count = 0] = shape;
  return (
    <>
      {shape.length === 1 ? formatCounted(count, "feature") : formatCounted(count, "channel")} over{" "}
      {["N", "H", "W"].slice(0, shape.length).join(", ")}
    </>
  );
};

/** The inspector of a batch norm below its head. */
export const BatchNormTabs = ({
  node,
  layer,
  findings,
}: {
  readonly node: DocumentNode;
  readonly layer: AnyLayer;
  readonly findings: ReactNode;
}) => {
  const prefix = useId();
  const list = useRef<HTMLDivElement>(null);
  const tab = useStore(shownTab, (state) => state.tab);
  const move = (by: number): void => {
    const next = TABS[(TABS.findIndex(({ id }) => id === tab) + by + TABS.length) % TABS.length];
    if (next === undefined) return;
    shownTab.setState({ tab: next.id });
    list.current?.querySelector<HTMLElement>(`[data-tab="${next.id}"]`)?.focus();
  };
  return (
    <>
      <div ref={list} className="norm-tabs" role="tablist" aria-label={`Inspector of ${node.name}`}>
        {TABS.map(({ id, title }) => (
          <button
            key={id}
            type="button"
            role="tab"
            id={`${prefix}-${id}`}
            data-tab={id}
            aria-selected={id === tab}
            aria-controls={`${prefix}-panel`}
            tabIndex={id === tab ? 0 : -1}
            onClick={() => shownTab.setState({ tab: id })}
            onKeyDown={(event) => {
              const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
              if (by === undefined) return;
              event.preventDefault();
              event.stopPropagation();
              move(by);
            }}
          >
            {title}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${prefix}-panel`} aria-labelledby={`${prefix}-${tab}`}>
        {tab === "batch" && (
          <>
            <NormParams node={node} layer={layer} />
            <BatchAndRunning node={node} findings={findings} />
            <MoreNormParams node={node} layer={layer} />
          </>
        )}
        {tab === "statistics" && (
          <>
            <OutputSection node={node} />
            <WeightsSection node={node} layer={layer} />
          </>
        )}
        {tab === "notes" && <NotesSection />}
      </div>
    </>
  );
};
