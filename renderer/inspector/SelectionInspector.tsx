import { Group, Trash2 } from "lucide-react";
import { Icon } from "../app/Icon.tsx";
import { sumsOf } from "../canvas/groupViews.ts";
import { groupsIn } from "../canvas/structureGestures.ts";
import { formatCount, formatQuantity } from "../charts/format.ts";
import { CommandButton } from "../commands/CommandButton.tsx";
import { documentStore, useDocument } from "../document/documentStore.ts";
import { deleteSelection } from "../document/selection.ts";
import { BypassedSection } from "./BypassedSection.tsx";
import { Section } from "./fields.tsx";
import { GroupSection } from "./GroupSection.tsx";

export const SelectionInspector = ({ nodeIds }: { nodeIds: readonly string[] }) => {
  const compiled = useDocument((state) => state.compiled);
  const nodes = useDocument((state) => state.document.nodes);
  const document = useDocument((state) => state.document);
  // The groups that are selected with all their layers.
  const groups = groupsIn(document, nodeIds).filter((group) => group.nodeIds.every((id) => nodeIds.includes(id)));
  const [only, ...others] = groups;
  const { weights, multiplyAdds } = sumsOf(document, compiled, nodeIds);
  const chosen = nodes.filter(({ id }) => nodeIds.includes(id));
  const bypassed = chosen.filter((node) => node.bypassed);
  return (
    <>
      <div className="inspector-head">
        <div className="inspector-titles">
          <h2>{nodeIds.length} nodes selected</h2>
          <p className="inspector-subtitle" title={chosen.map(({ name }) => name).join(", ")}>
            {chosen.map(({ name }) => name).join(", ")}
          </p>
        </div>
      </div>
      {only !== undefined && others.length === 0 && <GroupSection key={only.id} group={only} />}
      {bypassed.length > 0 && <BypassedSection nodes={bypassed} numSelected={chosen.length} />}
      <Section title="Together">
        <dl className="inspector-facts">
          <div>
            <dt>Weights</dt>
            <dd>{formatCount(weights)}</dd>
          </div>
          <div>
            <dt>Forward, one sample</dt>
            <dd>{formatQuantity(multiplyAdds)} MACs</dd>
          </div>
        </dl>
        <div className="inspector-actions">
          {groups.length === 0 && <CommandButton id="edit.group" icon={Group} className="button" label="Group" />}
          <button type="button" className="button" onClick={() => deleteSelection()}>
            <Icon of={Trash2} size={15} />
            Delete
          </button>
          <button type="button" className="button button-quiet" onClick={() => documentStore.getState().select([])}>
            Deselect
          </button>
        </div>
      </Section>
    </>
  );
};
