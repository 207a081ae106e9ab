/** The templates that everybody has, and the user's own. */
import { type Template, templates } from "../../engine/index.ts";
import { asTemplate, savedTemplates } from "./savedTemplates.ts";

export const allTemplates = (): readonly Template[] => [
  ...templates,
  ...savedTemplates.getState().saved.map(asTemplate),
];

export const templateOf = (id: string): Template | undefined => allTemplates().find((template) => template.id === id);

/** Whether the query is the beginning of one of its names. */
export const isTemplateMeant = (query: string, { title, aliases }: Template): boolean =>
  [title, ...aliases].some((word) => word.toLowerCase().startsWith(query.trim().toLowerCase()));

/** In the order of the list; all for an empty query. */
export const searchTemplates = (query: string): readonly Template[] => {
  const wanted = query.trim().toLowerCase();
  return allTemplates().filter(({ title, aliases }) =>
    [title, ...aliases].some((word) => word.toLowerCase().includes(wanted)),
  );
};
