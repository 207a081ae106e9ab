/** Templates that the user saved: each a setting of its own, listed by another. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import {
  counted,
  type Fragment,
  fragmentOf,
  parseFragment,
  serializeFragment,
  type Template,
} from "../../engine/index.ts";
import { keepSetting } from "../app/keepSetting.ts";
import { getShell } from "../app/shellAccess.ts";
import { notify } from "../app/viewStore.ts";
import { documentStore } from "../document/documentStore.ts";

const LIST_SETTING = "templates";
/** Of what a setting may hold. */
const MAX_TEXT = 60_000;
const MAX_TEMPLATES = 100;

interface Saved {
  readonly id: string;
  readonly title: string;
  readonly fragment: Fragment;
}

export const savedTemplates = createStore<{ readonly saved: readonly Saved[] }>(() => ({ saved: [] }));

export const asTemplate = ({ id, title, fragment }: Saved): Template => ({
  id,
  title,
  subtitle: counted(fragment.nodes.length, "layer"),
  aliases: [],
  build: () => fragment,
});

export const useSavedTemplates = (): readonly Saved[] => useStore(savedTemplates, ({ saved }) => saved);

const settingOf = (id: string): string => `template.${id}`;

const writeList = (): Promise<boolean> =>
  keepSetting(LIST_SETTING, JSON.stringify(savedTemplates.getState().saved.map(({ id, title }) => ({ id, title }))));

const isEntry = (value: unknown): value is { readonly id: string; readonly title: string } =>
  typeof value === "object" &&
  value !== null &&
  "id" in value &&
  typeof value.id === "string" &&
  "title" in value &&
  typeof value.title === "string";

/** Reads what was saved before. What cannot be read is left out. */
export const loadSavedTemplates = async (): Promise<void> => {
  const text = await getShell().readSetting(LIST_SETTING);
  if (text === null) return;
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return;
  }
  const entries = Array.isArray(list) ? list.filter(isEntry) : [];
  const read = await Promise.all(
    entries.map(async ({ id, title }): Promise<Saved[]> => {
      const fragment = parseFragment((await getShell().readSetting(settingOf(id))) ?? "");
      return fragment.ok ? [{ id, title, fragment: fragment.value }] : [];
    }),
  );
  savedTemplates.setState({ saved: read.flat() });
};

/** What a template of the selection would be called: after its group, or its first and last layer. */
const titleFor = (fragment: Fragment): string => {
  const [group] = fragment.groups;
  if (group !== undefined && group.title !== "" && group.nodeIds.length === fragment.nodes.length) return group.title;
  const [first, last] = [fragment.nodes[0], fragment.nodes.at(-1)];
  if (first === undefined || last === undefined) return "Template";
  return first === last ? first.name : `${first.name} to ${last.name}`;
};

const freeTitle = (wanted: string): string => {
  const taken = new Set(savedTemplates.getState().saved.map(({ title }) => title));
  let title = wanted;
  for (let number = 2; taken.has(title); number += 1) title = `${wanted} ${number}`;
  return title;
};

/** Keeps the selected layers and notes as a template. */
export const saveSelectionAsTemplate = async (): Promise<void> => {
  const { document, selectedNodeIds, selectedNoteIds } = documentStore.getState();
  const fragment = fragmentOf(document, selectedNodeIds, selectedNoteIds);
  const text = serializeFragment(fragment);
  const refuse = (reason: string): void => notify({ tone: "error", title: "The template was not saved", text: reason });
  if (text.length > MAX_TEXT) {
    refuse(
      `It takes ${counted(text.length, "character")}, more than ${MAX_TEXT}. Select fewer layers, or save a document.`,
    );
    return;
  }
  const { saved } = savedTemplates.getState();
  if (saved.length >= MAX_TEMPLATES) {
    refuse(`There are ${MAX_TEMPLATES} templates already. Delete one in the palette.`);
    return;
  }
  const numbers = saved.map(({ id }) => Number(id));
  const id = String(Math.max(0, ...numbers) + 1);
  const title = freeTitle(titleFor(fragment));
  if (!(await keepSetting(settingOf(id), text))) return;
  savedTemplates.setState({ saved: [...saved, { id, title, fragment }] });
  await writeList();
  notify({
    tone: "info",
    isPassing: true,
    title: `Saved the template "${title}"`,
    text: "It stands below Templates in the palette.",
  });
};

export const deleteTemplate = async (id: string): Promise<void> => {
  const { saved } = savedTemplates.getState();
  savedTemplates.setState({ saved: saved.filter((each) => each.id !== id) });
  await writeList();
  await keepSetting(settingOf(id), "");
};
