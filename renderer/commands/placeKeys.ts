/** Keys that belong to one part of the window and act on what has the focus there; `canvasKeys.ts`, the timeline and the library handle them. */

export interface PlaceKeys {
  readonly place: string;
  readonly keys: readonly { readonly title: string; readonly shortcuts: readonly string[] }[];
}

export const placeKeys: readonly PlaceKeys[] = [
  {
    place: "Canvas",
    keys: [
      { title: "Search a layer to add", shortcuts: ["Tab"] },
      { title: "Select the node", shortcuts: ["Enter"] },
      { title: "Move the node, with Shift farther", shortcuts: ["ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"] },
      { title: "Add a layer after the node", shortcuts: ["A"] },
      { title: "Connect the node, or put a loose one between two", shortcuts: ["C"] },
      { title: "Go to an edge of the node", shortcuts: ["E"] },
      { title: "Deselect", shortcuts: ["Escape"] },
    ],
  },
  {
    place: "Edge",
    keys: [
      { title: "Go to the node before, after", shortcuts: ["ArrowUp", "ArrowDown"] },
      { title: "Go to the edge beside", shortcuts: ["ArrowLeft", "ArrowRight"] },
      { title: "Splice a layer in", shortcuts: ["Enter"] },
      { title: "Disconnect", shortcuts: ["Delete"] },
      { title: "Go to its first bend, or add one", shortcuts: ["B"] },
      {
        title: "Move the bend, with Shift farther",
        shortcuts: ["ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"],
      },
      { title: "Add a bend after it, take it out", shortcuts: ["B", "Delete"] },
    ],
  },
  {
    place: "Timeline",
    keys: [
      { title: "Step back and forth, with Shift by 10", shortcuts: ["ArrowLeft", "ArrowRight"] },
      { title: "Epoch back and forth", shortcuts: ["PageDown", "PageUp"] },
      { title: "First step, newest step", shortcuts: ["Home", "End"] },
    ],
  },
  {
    place: "Runs",
    keys: [
      { title: "Go through the runs, with Shift selecting", shortcuts: ["ArrowUp", "ArrowDown"] },
      { title: "Select one more or less", shortcuts: ["Space"] },
      { title: "Select all", shortcuts: ["Mod+A"] },
      { title: "Open on the canvas", shortcuts: ["Enter"] },
      { title: "Rename", shortcuts: ["F2"] },
      { title: "Compare what is selected", shortcuts: ["C"] },
      { title: "Start the next run from its net", shortcuts: ["S"] },
      { title: "Delete, and bring back", shortcuts: ["Delete", "Mod+Z"] },
      { title: "Search", shortcuts: ["Mod+F"] },
    ],
  },
  {
    place: "Experiments",
    keys: [
      { title: "Go through the runs, with Shift selecting", shortcuts: ["ArrowUp", "ArrowDown"] },
      { title: "Select one more or less", shortcuts: ["Space"] },
      { title: "Open on the canvas", shortcuts: ["Enter"] },
      { title: "Name the run, or the study beside it", shortcuts: ["F2"] },
      { title: "Pin the run on top", shortcuts: ["P"] },
      { title: "Delete the runs, and bring back", shortcuts: ["Delete", "Mod+Z"] },
    ],
  },
];
