import { useId } from "react";
import { useStore } from "zustand";
import { numCores, setThreads, threadChoices, threadsStore } from "../run/threadsSetting.ts";
import { FieldRow, Section, SelectField } from "./fields.tsx";

const ALL_CORES = "all";

/** Settings that stay with the machine and are no part of the document. */
export const MachineSection = () => {
  const id = useId();
  const threads = useStore(threadsStore, (state) => state.threads);
  const cores = numCores();
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
    </Section>
  );
};
