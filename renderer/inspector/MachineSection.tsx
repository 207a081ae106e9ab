import { useId } from "react";
import { useStore } from "zustand";
import { NO_BREAK_SPACE } from "../charts/format.ts";
import {
  RATE_CHOICES,
  SHARE_CHOICES,
  setFramesPerSecond,
  setMaxShare,
  useStatisticsSetting,
} from "../run/statisticsSetting.ts";
import { numCores, setThreads, threadChoices, threadsStore } from "../run/threadsSetting.ts";
import { FieldRow, Section, SelectField } from "./fields.tsx";

const ALL_CORES = "all";

const rateLabel = (rate: number): string =>
  rate === 0 ? "Only when paused" : rate === 1 ? "1 step a second" : `${rate} steps a second`;

const shareLabel = (share: number | null): string =>
  share === null ? "Any share" : `${Math.round(100 * share)}${NO_BREAK_SPACE}% of the time`;

/** What measuring layers may cost, and what comes in any case. */
const noteOn = (rate: number, share: number | null): string => {
  if (rate === 0) return "Layers are measured where a run pauses or stops; loss and accuracy at every step.";
  if (share === null) return "As often as that, however long measuring takes. Losses come ten times a second.";
  return `Spaced so that they take at most ${shareLabel(share)}. Losses come ten times a second.`;
};

/** Settings that stay with the machine and are no part of the document. */
export const MachineSection = () => {
  const id = useId();
  const threads = useStore(threadsStore, (state) => state.threads);
  const cores = numCores();
  const rateId = useId();
  const rate = useStatisticsSetting((setting) => setting.framesPerSecond);
  const shareId = useId();
  const share = useStatisticsSetting((setting) => setting.maxShare);
  return (
    <Section title="This machine">
      <FieldRow
        label="Threads"
        htmlFor={id}
        tooltip="Cores that the next run computes on. All cores: fewer where the net is too small to gain. Results are the same on any number."
      >
        <SelectField
          id={id}
          label="Threads"
          value={threads === null ? ALL_CORES : String(threads)}
          options={[
            { value: ALL_CORES, label: `All cores (${cores})` },
            ...threadChoices(cores).map((choice) => ({ value: String(choice), label: String(choice) })),
          ]}
          onChange={(value) => setThreads(value === ALL_CORES ? null : Number(value))}
        />
      </FieldRow>
      <FieldRow
        label="Statistics"
        htmlFor={rateId}
        tooltip="How often all layers are measured, also in a run under way. Loss and accuracy are those of every step."
      >
        <SelectField
          id={rateId}
          label="Statistics"
          value={String(rate)}
          options={RATE_CHOICES.map((choice) => ({ value: String(choice), label: rateLabel(choice) }))}
          onChange={(value) => setFramesPerSecond(Number(value))}
        />
      </FieldRow>
      {rate === 0 ? null : (
        <FieldRow
          label="May take"
          htmlFor={shareId}
          tooltip="What measuring may take of the time of training. Where ten measured steps a second would take more, they come less often."
        >
          <SelectField
            id={shareId}
            label="May take"
            value={String(share)}
            options={SHARE_CHOICES.map((choice) => ({ value: String(choice), label: shareLabel(choice) }))}
            onChange={(value) => setMaxShare(SHARE_CHOICES.find((choice) => String(choice) === value) ?? null)}
          />
        </FieldRow>
      )}
      <p className="inspector-empty">{noteOn(rate, share)}</p>
    </Section>
  );
};
