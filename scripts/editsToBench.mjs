/** The edits that `benchEdit.mjs` measures, as the keyboard and the mouse make them, on the net of `deepDocument`. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Input, blocks of Dense, batch norm and ReLU in columns of 14, Dense and Output. */
export async function deepDocument(numLayers) {
  const example = JSON.parse(await readFile(path.join(root, "examples/spiral-bn.layerscope"), "utf8"));
  const byKind = (kind) => example.nodes.find((node) => node.kind === kind);
  const named = (node, name) => ({ ...node, id: name, name });
  const inner = Array.from({ length: numLayers - 3 }, (_, index) => {
    const [kind, prefix] = [
      ["dense", "fc"],
      ["batchNorm", "bn"],
      ["relu", "relu"],
    ][index % 3];
    return named(byKind(kind), `${prefix}${1 + Math.floor(index / 3)}`);
  });
  const classes = named(byKind("dense"), "classes");
  classes.params = { ...classes.params, units: 3 };
  const nodes = [byKind("input"), ...inner, classes, byKind("output")].map((node, index) => ({
    ...node,
    position: { x: 300 * Math.floor(index / 14), y: 118 * (index % 14) },
  }));
  const edges = nodes
    .slice(1)
    .map(({ id }, index) => ({ from: { node: nodes[index].id, port: "out" }, to: { node: id, port: "in" } }));
  return { ...example, nodes, edges, notes: "" };
}

const node = (id) => `.react-flow__node[data-id="${id}"]`;
const named = (id, name) => `${node(id)}[aria-label^="${name}, "]`;
const EDGE = ".react-flow__edge";
const NODE = ".react-flow__node";

/** The first Dense gets other units: shapes and weights of what follows change. */
export const setUnits = (units) => ({
  name: "units of a layer",
  does: { field: "Units", text: String(units) },
  expects: [`${node("relu1")}[aria-label*="output ${units}"]`, 1],
});

/**
 * What is done on `relu3` and the ten layers after it, and back again each time. `does` is a key, a click, a text in a field or a drag; `expects` a
 * selector, and how many elements it finds afterwards. What has no name prepares what follows.
 */
export const otherEdits = (numLayers) => {
  const press = (key, on = ".Canvas", { ctrl = false, shift = false } = {}) => ({ key, on, ctrl, shift });
  const ctrl = (key, on, shift = false) => press(key, on, { ctrl: true, shift });
  const select = (layer, shift = false) => ({
    name: shift ? "select one more" : "select a layer",
    does: press("Enter", node(layer), { shift }),
    expects: [`${node(layer)}.selected`, 1],
  });
  const undo = (selector, count) => ({ name: "undo", does: ctrl("z"), expects: [selector, count] });
  const redo = (selector, count) => ({ name: "redo", does: ctrl("z", ".Canvas", true), expects: [selector, count] });
  const ten = ["fc4", "bn4", "relu4", "fc5", "bn5", "relu5", "fc6", "bn6", "relu6", "fc7"];
  const bypassed = `${node("relu3")} > .is-bypassed`;
  const shortcut = `${EDGE}[data-id="bn3.out→fc4.in"]`;
  return [
    select("relu3"),
    { name: "bypass", does: ctrl("b", node("relu3")), expects: [bypassed, 1] },
    undo(bypassed, 0),
    { name: "rename", does: { field: "Name", text: "third" }, expects: [named("relu3", "third"), 1] },
    undo(named("relu3", "relu3"), 1),
    { name: "drag and drop", does: { drag: node("relu3"), by: [37, 23] }, expects: [`${NODE}.dragging`, 0] },
    undo(NODE, numLayers),
    {
      name: "connect two ports",
      does: { drag: `${node("bn3")} .source`, onto: [`${node("fc4")} .target`] },
      expects: [shortcut, 1],
    },
    undo(shortcut, 0),
    select("relu3"),
    { name: "insert from the palette", does: { click: '.Palette [data-kind="relu"]' }, expects: [NODE, numLayers + 1] },
    undo(NODE, numLayers),
    select("relu3"),
    { name: "copy a layer", does: ctrl("d", node("relu3")), expects: [NODE, numLayers + 1] },
    {
      name: "drop on a connection",
      does: { drag: `${NODE}.selected`, onto: [node("fc4"), node("bn4")] },
      expects: [EDGE, numLayers],
    },
    undo(EDGE, numLayers - 1),
    undo(NODE, numLayers),
    select("relu3"),
    { name: "delete, and reconnect", does: press("Delete", node("relu3")), expects: [NODE, numLayers - 1] },
    undo(NODE, numLayers),
    redo(NODE, numLayers - 1),
    undo(NODE, numLayers),
    ...ten.map((layer, index) => select(layer, index > 0)),
    { name: "copy ten layers", does: ctrl("d", node("fc4")), expects: [NODE, numLayers + 10] },
    undo(NODE, numLayers),
    ...ten.map((layer, index) => ({ ...select(layer, index > 0), name: null })),
    { name: "group ten layers", does: ctrl("g", node("fc4")), expects: [NODE, numLayers + 1] },
    { name: "collapse a group", does: ctrl("k", ".Canvas", true), expects: [NODE, numLayers - 9] },
    { name: "open a group", does: ctrl("k", ".Canvas", true), expects: [NODE, numLayers + 1] },
    undo(NODE, numLayers - 9),
    undo(NODE, numLayers + 1),
    undo(NODE, numLayers),
    { name: null, does: press("Escape", node("fc4")), expects: [`${NODE}.selected`, 0] },
    { name: "tidy up", does: ctrl("l", ".Canvas", true), expects: [NODE, numLayers] },
    undo(NODE, numLayers),
    { name: "select all", does: ctrl("a"), expects: [`${NODE}.selected`, numLayers] },
    { name: "select none", does: press("Escape", node("fc4")), expects: [`${NODE}.selected`, 0] },
  ];
};

/**
 * In the page: does one edit and tells how long it took, in ms, until nothing more was to be done before the next picture. Marks where it begins and
 * ends, for the trace.
 */
export async function editInPage({ name, does, expects: [selector, count] }) {
  const find = (wanted) => {
    const found = document.querySelector(wanted);
    if (found === null) throw new Error(`There is no ${wanted}.`);
    return found;
  };
  const middle = (element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return [(left + right) / 2, (top + bottom) / 2];
  };
  const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  const fire = (target, type, [clientX, clientY]) =>
    target.dispatchEvent(
      new MouseEvent(type, { view: window, bubbles: true, cancelable: true, clientX, clientY, detail: 1 }),
    );
  const fireKey = (target, { key, ctrl = false, shift = false }) =>
    target.dispatchEvent(
      new KeyboardEvent("keydown", { key, code: key, ctrlKey: ctrl, shiftKey: shift, bubbles: true, cancelable: true }),
    );

  /** Everything before the last event; returns what fires that one. */
  const prepare = async () => {
    if (does.key !== undefined) {
      const target = find(does.on);
      target.focus({ preventScroll: true });
      await frame();
      return () => fireKey(target, does);
    }
    if (does.click !== undefined) return () => find(does.click).click();
    if (does.field !== undefined) {
      const field =
        document.querySelector(`.inspector input[aria-label="${does.field}"]`) ??
        find(`input[aria-label="${does.field}"]`);
      field.focus({ preventScroll: true });
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, does.text);
      field.dispatchEvent(new Event("input", { bubbles: true }));
      await frame();
      return () => fireKey(field, { key: "Enter" });
    }
    const from = find(does.drag);
    const [x, y] = middle(from);
    const ends = does.onto?.map((each) => middle(find(each))) ?? [[x + does.by[0], y + does.by[1]]];
    const mean = (axis) => ends.reduce((sum, end) => sum + end[axis], 0) / ends.length;
    const to = [mean(0), mean(1)];
    fire(from, "mousedown", [x, y]);
    // Not past the rim of the view: React Flow would pan.
    for (const short of [12, 4, 0, 0]) {
      fire(document, "mousemove", [to[0] - short, to[1] - short]);
      await frame();
    }
    const under = document.elementFromPoint(...to) ?? document;
    return () => fire(under, "mouseup", to);
  };

  const act = await prepare();
  const start = performance.now();
  if (name !== null) performance.mark("edit begins");
  act();
  // React renders in a microtask, and the stages are drawn in some that follow. A timer or a message might wait for the picture.
  for (let turn = 0; turn < 20; turn += 1) await null;
  if (name !== null) performance.mark("edit ends");
  const took = performance.now() - start;
  const found = document.querySelectorAll(selector).length;
  if (found !== count) throw new Error(`${name ?? "Preparing"}: ${found} of ${selector} and not ${count}.`);
  return took;
}
