import { useId } from "react";
import type { DocumentNode } from "../../engine/index.ts";
import { setMeasured, useStatisticsSetting } from "../run/statisticsSetting.ts";
import { FieldRow, Section, ToggleField } from "./fields.tsx";

/** Whether runs measure a layer: a view setting of this machine, no part of the document. */
export const MeasureSection = ({ node }: { node: DocumentNode }) => {
  const id = useId();
  const on = useStatisticsSetting((setting) => !setting.skippedNodes.has(node.id));
  return (
    <Section title="Statistics">
      <FieldRow
        label="Measured"
        htmlFor={id}
        tooltip="Also in a run under way, from its next step on. What the run computes stays the same."
      >
        <ToggleField id={id} label="Measure this layer" on={on} onChange={(next) => setMeasured(node.id, next)} />
      </FieldRow>
      {!on && <p className="inspector-empty">{node.name} is not measured: no strips, no statistics, no health.</p>}
    </Section>
  );
};
