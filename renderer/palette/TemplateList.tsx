/** Parts of nets in the palette: the ones that everybody builds, and the user's own. */
import { Blocks, Trash2 } from "lucide-react";
import type { Template } from "../../engine/index.ts";
import { counted } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { insertTemplate } from "./addTemplate.ts";
import { searchTemplates } from "./allTemplates.ts";
import { TEMPLATE_TYPE } from "./dragType.ts";
import { deleteTemplate, useSavedTemplates } from "./savedTemplates.ts";

const layersOf = ({ build }: Template): string => {
  const { length } = build({ shape: null, sampleShape: null, numClasses: null }).nodes;
  return counted(length, "layer");
};

const Entry = ({ template, saved }: { readonly template: Template; readonly saved: boolean }) => (
  <div className="Palette-template">
    <button
      type="button"
      className="Palette-entry"
      // In the column of the kinds: arrow keys go on from them.
      data-kind={`template ${template.id}`}
      tabIndex={-1}
      draggable
      data-tooltip={template.subtitle}
      onDragStart={(event) => {
        event.dataTransfer.setData(TEMPLATE_TYPE, template.id);
        event.dataTransfer.effectAllowed = "copy";
      }}
      onClick={() => insertTemplate(template)}
      onKeyDown={(event) => {
        if (saved && (event.key === "Delete" || event.key === "Backspace")) {
          event.preventDefault();
          event.stopPropagation();
          void deleteTemplate(template.id);
        }
      }}
    >
      <span className="Palette-blocks">
        <Icon of={Blocks} size={15} />
      </span>
      <span className="Palette-title">{template.title}</span>
      <span className="Palette-formula">{layersOf(template)}</span>
    </button>
    {saved && (
      <button
        type="button"
        className="icon-button Palette-delete"
        tabIndex={-1}
        aria-label={`Delete the template ${template.title}`}
        data-tooltip="Delete the template"
        onClick={() => void deleteTemplate(template.id)}
      >
        <Icon of={Trash2} size={13} />
      </button>
    )}
  </div>
);

export const TemplateList = ({ query }: { readonly query: string }) => {
  const saved = useSavedTemplates();
  const own = new Set(saved.map(({ id }) => id));
  const found = searchTemplates(query);
  if (found.length === 0) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form fields
    <div className="Palette-group" role="group" aria-label="Templates">
      <h2 className="Palette-heading">Templates</h2>
      {found.map((template) => (
        <Entry key={template.id} template={template} saved={own.has(template.id)} />
      ))}
    </div>
  );
};
