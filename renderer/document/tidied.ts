import { applyCommands, type LayerscopeDocument } from "../../engine/index.ts";
import { tidyUp } from "../canvas/tidy.ts";

/** A document that says of no node where it stands, all at one place: in rows, as Tidy up draws it. Others stay as they are. */
export const tidied = (document: LayerscopeDocument): LayerscopeDocument => {
  const [first, ...others] = document.nodes.map(({ position }) => position);
  const isPiled =
    first !== undefined && others.length > 0 && others.every(({ x, y }) => x === first.x && y === first.y);
  const commands = isPiled ? (tidyUp(document, [])?.commands ?? []) : [];
  const applied = applyCommands(document, commands);
  return applied.ok ? applied.value : document;
};
