/** The templates that everybody has, and the user's own. */
import { type Template, templates } from "../../engine/index.ts";
import type { Certainty } from "./layerSearch.ts";
import { asTemplate, savedTemplates } from "./savedTemplates.ts";

export const allTemplates = (): readonly Template[] => [
  ...templates,
  ...savedTemplates.getState().saved.map(asTemplate),
];

export const templateOf = (id: string): Template | undefined => allTemplates().find((template) => template.id === id);

/** As of layers: what the query begins, its title, another of its names or neither. */
export const certaintyOfTemplate = (query: string, { title, aliases }: Template): Certainty => {
  const begins = (word: string): boolean => word.toLowerCase().startsWith(query.trim().toLowerCase());
  return begins(title) ? "title" : aliases.some(begins) ? "name" : "letters";
};

/** In the order of the list; all for an empty query. */
export const searchTemplates = (query: string): readonly Template[] => {
  const wanted = query.trim().toLowerCase();
  return allTemplates().filter(({ title, aliases }) =>
    [title, ...aliases].some((word) => word.toLowerCase().includes(wanted)),
  );
};
