/** The editor as a user finds it: by role and name. */
import { expect, type Locator, type Page } from "@playwright/test";

export interface EditorPage {
  readonly graph: Locator;
  readonly layers: Locator;
  readonly inspector: Locator;
  readonly run: Locator;
  readonly timeline: Locator;
  node(name: string): Locator;
  /** The edge between two nodes, whatever it carries. */
  edge(from: string, to: string): Locator;
  /** An entry of the palette. */
  layer(title: string): Locator;
  button(name: string | RegExp): Locator;
  fileMenu(): Locator;
  /** Drags from a node's output to another's input. */
  connect(from: string, to: string): Promise<void>;
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

export const editorOf = (page: Page): EditorPage => {
  const graph = page.getByRole("region", { name: "Graph" });
  const layers = page.getByRole("navigation", { name: "Layers" });
  const node = (name: string): Locator => graph.getByRole("group", { name: new RegExp(`^${escapeRegExp(name)}, `) });
  return {
    graph,
    layers,
    inspector: page.getByRole("complementary", { name: "Inspector" }),
    run: page.getByRole("region", { name: "Run", exact: true }),
    timeline: page.getByRole("region", { name: "Timeline" }),
    node,
    edge: (from, to) => graph.getByRole("img", { name: new RegExp(`^${escapeRegExp(from)} to ${escapeRegExp(to)}, `) }),
    // A template may begin with the name of a layer: `Dense, BN, ReLU`.
    layer: (title) => layers.getByRole("button", { name: new RegExp(`^${escapeRegExp(title)}(?!,)`) }),
    button: (name) => page.getByRole("button", { name, exact: typeof name === "string" }),
    fileMenu: () => page.getByRole("button", { name: /^File menu of / }),
    async connect(from, to) {
      // Ports are the one thing on the canvas without a name: the keyboard connects with C, the mouse by their place.
      const output = await node(from).locator(".react-flow__handle-bottom").boundingBox();
      const input = await node(to).locator(".react-flow__handle-top").boundingBox();
      if (output === null || input === null) throw new Error(`A port of ${from} or ${to} is not on screen.`);
      const centre = (box: { x: number; y: number; width: number; height: number }): [number, number] => [
        box.x + box.width / 2,
        box.y + box.height / 2,
      ];
      await page.mouse.move(...centre(output));
      await page.mouse.down();
      await page.mouse.move(...centre(input), { steps: 8 });
      await page.mouse.up();
    },
  };
};

/** A new, empty document, from the start page. */
export const startNewDocument = async (page: Page): Promise<EditorPage> => {
  await expect(page.getByRole("heading", { name: "Layerscope" })).toBeVisible();
  await page.keyboard.press("Control+N");
  await expect(page.getByText("Drop a layer here, or press Tab to search.")).toBeVisible();
  return editorOf(page);
};

/** The canvas moves for a moment after a node was added or the view was fitted; boxes are good when it stands still. */
export const settle = async (target: Locator): Promise<void> => {
  let before = "";
  await expect
    .poll(async () => {
      const now = JSON.stringify(await target.boundingBox());
      const same = now === before;
      before = now;
      return same;
    })
    .toBe(true);
};
