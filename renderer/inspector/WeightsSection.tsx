import type { AnyLayer, DocumentNode, Shape } from "../../engine/index.ts";
import { elementsOf, formatShape } from "../../engine/index.ts";
import { formatCount, formatCounted } from "../charts/format.ts";
import { useDocument } from "../document/documentStore.ts";
import { Section } from "./fields.tsx";
import { NetTensors } from "./NetTensors.tsx";
import { wordsOf } from "./paramControls.ts";

const TensorRow = ({ name, shape, note }: { name: string; shape: Shape; note: string }) => (
  <tr>
    <th scope="row">{wordsOf(name)}</th>
    <td className="inspector-mono">{formatShape(shape)}</td>
    <td>{formatCount(elementsOf(shape))}</td>
    <td>{note}</td>
  </tr>
);

/** The tensors that training learns, and the state it keeps without learning it. */
export const WeightsSection = ({ node, layer }: { node: DocumentNode; layer: AnyLayer }) => {
  const facts = useDocument((state) => state.compiled.facts.get(node.id));
  const shapes = facts?.inputShapes ?? [];
  const known = shapes.filter((shape): shape is Shape => shape !== null);
  if (!facts || facts.numWeights === null || known.length < shapes.length) return null;
  const params = layer.params.safeParse(node.params);
  if (!params.success) return null;
  const weights = layer.weights(params.data, known);
  const state = layer.state(params.data, known);
  if (weights.length + state.length === 0) return null;
  return (
    <Section title="Weights" fact={node.bypassed ? "none while bypassed" : formatCounted(facts.numWeights, "weight")}>
      <table className="inspector-table">
        <tbody>
          {weights.map(({ name, shape }) => (
            <TensorRow key={name} name={name} shape={shape} note="learnt" />
          ))}
          {state.map(({ name, shape }) => (
            <TensorRow key={name} name={name} shape={shape} note="running" />
          ))}
        </tbody>
      </table>
      <NetTensors node={node} />
    </Section>
  );
};
