import { useDocument } from "../document/documentStore.ts";
import { describeShapes } from "./describeShapes.ts";
import { Section } from "./fields.tsx";

export const OutputSection = ({ nodeId }: { nodeId: string }) => {
  const shapes = useDocument((state) => describeShapes(state.compiled.facts.get(nodeId)));
  return (
    <Section title="Output" fact={<span className="inspector-mono">{shapes}</span>}>
      <p />
    </Section>
  );
};
