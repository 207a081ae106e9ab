import type { AnyLayer, DocumentNode, ParamValue } from "../../engine/index.ts";
import { defaultParams, describeIssue } from "../../engine/index.ts";
import { documentStore, useDocument } from "../document/documentStore.ts";
import { CommitField } from "./CommitField.tsx";
import { SelectField, ToggleField } from "./fields.tsx";
import { readNumbers, readPair, writeNumbers } from "./fieldText.ts";
import { InitializerField, initializerTitle } from "./InitializerField.tsx";
import { NumberField } from "./NumberField.tsx";
import { type ParamControl, paramProblem } from "./paramControls.ts";

interface ParamFieldProps {
  readonly node: DocumentNode;
  readonly layer: AnyLayer;
  readonly control: ParamControl;
  readonly id: string;
}

const CUSTOM = "custom";
/** What a custom padding starts with. */
const ONE_ALL_AROUND = [1, 1];

const numbersOf = (value: ParamValue): readonly number[] =>
  Array.isArray(value) ? value.filter((item): item is number => typeof item === "number") : [];

const read = <T,>(
  reading: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string },
  then: (value: T) => string | null,
): string | null => (reading.ok ? then(reading.value) : reading.problem);

/** The control of one param. Every change is one command and one undo step. */
export const ParamField = ({ node, layer, control, id }: ParamFieldProps) => {
  const documentInitializer = useDocument((state) => initializerTitle(state.document.training.initializer.name));
  const message = useDocument(
    (state) =>
      state.compiled.diagnostics.find(
        (diagnostic) => diagnostic.nodeId === node.id && diagnostic.param === control.param,
      )?.message ?? null,
  );
  // The inspector is headed by the node; only elsewhere must a sentence name it.
  const finding = message?.replace(`${layer.title} "${node.name}": `, "") ?? null;
  // Documents may leave a param out: then it has its default.
  const value: ParamValue = node.params[control.param] ?? defaultParams(node.kind)[control.param] ?? null;
  const label = control.title;
  const tooltip = control.description;

  const commit = (next: ParamValue): string | null => {
    const problem = paramProblem(layer, node.params, control, next, describeIssue);
    if (problem !== null) return problem;
    const { apply } = documentStore.getState();
    return apply(
      [{ type: "setParams", nodeId: node.id, params: { [control.param]: next } }],
      `set ${label.toLowerCase()} of ${node.name}`,
    ).refused;
  };
  const commitPair = (text: string) => read(readPair(text), (pair) => commit([...pair]));
  const common = { id, label, tooltip };

  switch (control.type) {
    case "number":
      return (
        <NumberField
          {...common}
          unit={control.unit}
          finding={finding}
          value={typeof value === "number" ? value : Number.NaN}
          bounds={control.bounds}
          commit={commit}
        />
      );
    case "toggle":
      return <ToggleField id={id} label={label} on={value === true} onChange={commit} />;
    case "select":
      return <SelectField id={id} label={label} value={String(value)} options={control.options} onChange={commit} />;
    case "pair":
      return <CommitField {...common} finding={finding} text={writeNumbers(numbersOf(value))} commit={commitPair} />;
    case "shape":
      return (
        <CommitField
          {...common}
          finding={finding}
          text={writeNumbers(numbersOf(value))}
          commit={(text) => read(readNumbers(text), (numbers) => commit([...numbers]))}
        />
      );
    case "padding": {
      const isCustom = Array.isArray(value);
      return (
        <div className="stacked-fields">
          <SelectField
            id={id}
            label={label}
            value={isCustom ? CUSTOM : String(value)}
            options={[...control.options, { value: CUSTOM, label: "Custom" }]}
            onChange={(chosen) => commit(chosen === CUSTOM ? ONE_ALL_AROUND : chosen)}
          />
          {isCustom && (
            <CommitField
              label={`${label}, rows × columns`}
              finding={finding}
              text={writeNumbers(numbersOf(value))}
              commit={commitPair}
            />
          )}
        </div>
      );
    }
    case "initializer":
      return (
        <InitializerField
          id={id}
          label={label}
          value={value}
          variants={control.variants}
          documentTitle={documentInitializer}
          commit={commit}
        />
      );
    case "json":
      return (
        <CommitField
          {...common}
          finding={finding}
          mono
          text={JSON.stringify(value)}
          commit={(text) => {
            try {
              return commit(JSON.parse(text));
            } catch {
              return `${text} is not JSON.`;
            }
          }}
        />
      );
  }
};
