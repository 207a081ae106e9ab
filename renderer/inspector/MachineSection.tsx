import { useId } from "react";
import { useStore } from "zustand";
import { NO_BREAK_SPACE } from "../charts/format.ts";
import { RATE_CHOICES, setFramesPerSecond, useStatisticsSetting } from "../run/statisticsSetting.ts";
import { numCores, setThreads, threadChoices, threadsStore } from "../run/threadsSetting.ts";
import { FieldRow, Section, SelectField } from "./fields.tsx";

const ALL_CORES = "all";

const rateLabel = (rate: number): string =>
  rate === 0 ? "Only when paused" : rate === 1 ? "1 step a second" : `${rate} steps a second`;

/** Settings that stay with the machine and are no part of the document. */
export const MachineSection = () => {
  const id = useId();
  const threads = useStore(threadsStore, (state) => state.threads);
  const cores = numCores();
  const rateId = useId();
  const rate = useStatisticsSetting((setting) => setting.framesPerSecond);
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
      <p className="inspector-empty">
        {rate === 0
          ? "Layers are measured where a run pauses or stops; loss and accuracy at every step."
          : `Spaced so that they take at most 3${NO_BREAK_SPACE}% of the time. Losses come ten times a second.`}
      </p>
    </Section>
  );
};
