import { Images } from "lucide-react";
import { useId } from "react";
import { useStore } from "zustand";
import { datasetPath, layerOf, type TrainingSettings } from "../../engine/index.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatFixed,
  formatQuantity,
  NO_BREAK_SPACE,
} from "../charts/format.ts";
import { CommandButton } from "../commands/CommandButton.tsx";
import { DatasetField } from "../dataset/DatasetField.tsx";
import { DatasetStatus } from "../dataset/DatasetStatus.tsx";
import { placedPath } from "../document/datasetPlace.ts";
import { useDocument } from "../document/documentStore.ts";
import { expectedStepSeconds, machineSpeed } from "../run/machineSpeed.ts";
import { describeElapsed } from "../run/runWords.ts";
import { AugmentationRows } from "./AugmentationRows.tsx";
import { DatasetRows } from "./DatasetRows.tsx";
import { FieldRow, Section } from "./fields.tsx";
import { MachineSection } from "./MachineSection.tsx";
import { NotesSection } from "./NotesSection.tsx";
import { ParamField } from "./ParamField.tsx";
import { paramControls } from "./paramControls.ts";
import { TrainingFields } from "./TrainingFields.tsx";
import { ValidationRows } from "./ValidationRows.tsx";

/** `about 12 ms a step, 0:19 in all`; evaluation comes on top. */
const timeText = (
  seconds: number | null,
  { batchSize, epochs }: TrainingSettings,
  numSamples: number | null,
): string => {
  if (seconds === null) return "train once to know";
  const step = `about ${formatStepTime(seconds)} a step`;
  if (numSamples === null) return step;
  return `${step}, ${describeElapsed(seconds * epochs * Math.ceil(numSamples / batchSize) * 1000)} in all`;
};

const formatStepTime = (seconds: number): string =>
  seconds < 1 ? `${formatFixed(seconds * 1000, seconds < 0.01 ? 1 : 0)}${NO_BREAK_SPACE}ms` : formatDuration(seconds);

const TotalsSection = () => {
  const totals = useDocument((state) => state.compiled.totals);
  const numNodes = useDocument((state) => state.document.nodes.length);
  const training = useDocument((state) => state.document.training);
  const compiled = useDocument((state) => state.compiled);
  const speed = useStore(machineSpeed);
  const seconds = expectedStepSeconds(compiled, training.batchSize, speed);
  const numSamples = compiled.dataset?.trainCount ?? null;
  return (
    <Section title="Net">
      <dl className="inspector-facts">
        <div>
          <dt>Nodes</dt>
          <dd>{formatCount(numNodes)}</dd>
        </div>
        <div>
          <dt>Weights</dt>
          <dd>{formatCount(totals.numWeights)}</dd>
        </div>
        <div>
          <dt>Forward, one sample</dt>
          <dd>{formatQuantity(totals.multiplyAdds)} MACs</dd>
        </div>
        <div>
          <dt data-tooltip="By how fast this computer trained last, a net of about this size">Time to train</dt>
          <dd>{timeText(seconds, training, numSamples)}</dd>
        </div>
        <div>
          <dt>Memory to train</dt>
          <dd>{`${totals.isMemoryPlanned ? "" : "about "}${formatBytes(totals.memoryBytes)}`}</dd>
        </div>
      </dl>
    </Section>
  );
};

/** How the net's Input scales the samples: its own param, shown here because it is about the data. */
const ScalingRow = ({ prefix }: { prefix: string }) => {
  const nodes = useDocument((state) => state.document.nodes);
  const inputs = nodes.filter(({ kind }) => kind === "input");
  const [node] = inputs;
  const layer = node && layerOf(node.kind);
  const control = layer && paramControls(layer).find(({ param }) => param === "scaling");
  if (!node || !layer || !control || inputs.length > 1) return null;
  return (
    <FieldRow label={control.title} htmlFor={`${prefix}-scaling`} tooltip={control.description}>
      <ParamField id={`${prefix}-scaling`} {...{ node, layer, control }} />
    </FieldRow>
  );
};

/** What the document says besides its graph. */
export const SettingsInspector = () => {
  const prefix = useId();
  const path = useDocument(({ document, file }) => {
    const own = datasetPath(document.dataset);
    return own === null ? null : placedPath(own, file.folder);
  });
  return (
    <>
      <div className="inspector-head">
        <div className="inspector-titles">
          <h2>Training</h2>
          <p className="inspector-subtitle">Settings of this document</p>
        </div>
      </div>
      <Section title="Data">
        <FieldRow label="Dataset" htmlFor={`${prefix}-dataset`}>
          <div className="stacked-fields">
            <DatasetField id={`${prefix}-dataset`} />
            {path !== null && (
              <p className="inspector-path" title={path}>
                {path}
              </p>
            )}
            <DatasetStatus />
            <CommandButton id="view.dataset" icon={Images} className="button button-small" label="Browse samples" />
          </div>
        </FieldRow>
        <DatasetRows prefix={prefix} />
        <ScalingRow prefix={prefix} />
        <ValidationRows prefix={prefix} />
        <AugmentationRows prefix={prefix} />
      </Section>
      <TrainingFields prefix={prefix} />
      <MachineSection />
      <TotalsSection />
      <NotesSection />
    </>
  );
};
