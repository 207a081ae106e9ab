/** What a lesson begins with: an example, edited by commands as a user would, with the lesson named in its notes. */
import { applyCommands, type Command, type LayerscopeDocument, parse } from "../../../engine/index.ts";
import { exampleNamed } from "../../start/examples.ts";

/** A document with these notes belongs to the lesson, wherever it was saved. */
export const notesOf = (title: string): string => `Lesson: ${title}`;

export const startDocument = (example: string, title: string, commands: readonly Command[]): LayerscopeDocument => {
  const parsed = parse(exampleNamed(example)?.text ?? "");
  if (!parsed.ok) throw new Error(`The example ${example} does not open.`);
  const made = applyCommands(parsed.value, [...commands, { type: "setNotes", notes: notesOf(title) }]);
  if (!made.ok) throw new Error(`The lesson ${title} cannot be prepared from ${example}: ${made.error.type}.`);
  return made.value;
};
