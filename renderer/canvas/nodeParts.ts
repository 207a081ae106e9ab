/**
 * What a node of the canvas consists of, past React: the browser copies the elements of a level at once, and their texts are written. Made by React they
 * are two thirds of what copying ten layers or opening a group takes: some 20 elements a layer, each with its properties to be compared.
 */
import { writeText } from "../run/liveRun.ts";
import type { NodeView } from "./nodeViews.ts";
import { NO_READOUTS } from "./readouts.ts";
import type { ZoomLevel } from "./zoomLevel.ts";

/** At the last level a node is a glyph alone. */
type Level = Exclude<ZoomLevel, "glyph">;

const element = (tag: "div" | "span", className: string, ...children: readonly (Node | string)[]): HTMLElement => {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
};

/** What is made once is copied. */
const copied = (make: (level: Level) => readonly Node[]): ((level: Level) => DocumentFragment) => {
  const made = new Map<Level, DocumentFragment>();
  return (level) => {
    const known = made.get(level) ?? document.createDocumentFragment();
    if (!made.has(level)) {
      known.append(...make(level));
      made.set(level, known);
    }
    return document.importNode(known, true);
  };
};

const header = copied((level) => {
  const name = element("span", "LayerNode-name");
  // A name in Hebrew or Arabic is cut off at its own end.
  name.dir = "auto";
  const title = element("div", "LayerNode-title", name);
  if (level === "small") return [title];
  // The stage draws the glyph.
  const tile = element("span", `KindTile KindTile-${level === "full" ? 28 : 34}`);
  if (level === "reduced") return [tile, title];
  title.append(element("span", "LayerNode-kind"));
  return [tile, title, element("span", "LayerNode-shape"), element("span", "LayerNode-facts")];
});

const headerLevels = new WeakMap<Element, Level>();

/** Name, kind, shape and facts of a node, as far as its level shows them. */
export const showHeader = (root: HTMLElement, view: NodeView, level: Level): void => {
  if (headerLevels.get(root) !== level) {
    root.replaceChildren(header(level));
    headerLevels.set(root, level);
  }
  const write = (part: string, text: string): HTMLElement | null => {
    const found = root.querySelector<HTMLElement>(`.LayerNode-${part}`);
    writeText(found, text);
    return found;
  };
  // Either may be cut off.
  write("name", view.name)?.setAttribute("title", view.name);
  if (level !== "full") return;
  write("kind", view.title);
  write("shape", view.shape);
  write("facts", view.facts)?.setAttribute("title", view.facts);
};

/** What describes a node beside its name. */
export const readoutsIdOf = (nodeId: string): string => `readouts-${nodeId}`;

const strips = copied((level) => {
  const heat = element("div", "NodeStrips-heat");
  if (level === "small") return [heat];
  const readout = (part: "first" | "second" | "third"): HTMLElement => {
    const made = element("span", `NodeStrips-${part}`);
    made.dataset.part = part;
    return made;
  };
  const texts = [readout("first"), " ", readout("second"), " ", readout("third")];
  const readouts = element("div", "NodeStrips-readouts", ...texts);
  return level === "reduced" ? [heat, readouts] : [element("div", "NodeStrips-mean"), heat, readouts];
});

/** The boxes of the strips and the readouts, as they are while there is nothing to draw. */
export const showEmptyStrips = (root: HTMLElement, nodeId: string, level: Level, measured: boolean): void => {
  root.replaceChildren(strips(level));
  root.querySelector(".NodeStrips-readouts")?.setAttribute("id", readoutsIdOf(nodeId));
  writeText(root.querySelector(".NodeStrips-second"), NO_READOUTS.second);
  if (!measured) writeText(root.querySelector(".NodeStrips-mean"), "Train to measure");
};
