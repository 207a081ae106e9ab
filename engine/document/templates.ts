/** Parts of nets that people build again and again, sized for where they are put. */
import type { ParamValue, Shape } from "../layer.ts";
import { applyCommands, nodeHeight } from "./applyCommands.ts";
import type { Command } from "./commands.ts";
import { newDocument } from "./defaults.ts";
import { type Fragment, fragmentOf } from "./fragment.ts";
import type { CanvasColor } from "./schema.ts";

/** What is known of the place that a template is put in. */
export interface TemplateSite {
  /** Of the output that will feed it; null: nothing does yet. */
  readonly shape: Shape | null;
  /** Of the dataset; null: not known. */
  readonly sampleShape: Shape | null;
  readonly numClasses: number | null;
}

export interface Template {
  readonly id: string;
  readonly title: string;
  /** `conv 3×3 → batch norm → ReLU`. */
  readonly subtitle: string;
  readonly aliases: readonly string[];
  readonly build: (site: TemplateSite) => Fragment;
}

type Sketch = readonly [kind: string, params?: Readonly<Record<string, ParamValue>>];

interface Column {
  readonly title: string;
  readonly color: CanvasColor;
  readonly layers: readonly Sketch[];
}

/** Of columns: 240 for a node, 24 for the frames of groups, 36 between. */
const COLUMN_PITCH = 300;
const NODE_GAP = 16;

/** Columns from left to right, each a chain downwards, the end of one feeding the start of the next. */
const build = (columns: readonly Column[]): Fragment => {
  let document = newDocument();
  const apply = (command: Command): void => {
    const applied = applyCommands(document, [command]);
    if (applied.ok) document = applied.value;
  };
  const ids: string[] = [];
  const connect = (from: string | undefined, to: string | undefined): void => {
    if (from === undefined || to === undefined) return;
    apply({ type: "connectPorts", from: { node: from, port: "out" }, to: { node: to, port: "in" } });
  };
  columns.forEach(({ title, color, layers }, column) => {
    let y = 0;
    const members: string[] = [];
    for (const [kind, params = {}] of layers) {
      apply({ type: "addNode", kind, params: { ...params }, position: { x: column * COLUMN_PITCH, y } });
      const id = document.nodes.at(-1)?.id ?? "";
      connect(ids.at(-1), id);
      ids.push(id);
      members.push(id);
      y += nodeHeight({ kind }) + NODE_GAP;
    }
    if (title !== "") apply({ type: "addGroup", group: { title, color, nodeIds: members } });
  });
  return fragmentOf(document, ids, []);
};

const part = (...layers: readonly Sketch[]): readonly Column[] => [{ title: "", color: "neutral", layers }];

const conv = (filters: number, kernel: number, params: Readonly<Record<string, ParamValue>> = {}): Sketch => [
  "conv2d",
  { filters, kernel: [kernel, kernel], padding: "same", ...params },
];
/** Batch norm subtracts what a bias would add. */
const UNBIASED = { bias: false };
const maxPool: Sketch = ["pool2d", { pool: "max", size: [2, 2], stride: [2, 2] }];
const normed: readonly Sketch[] = [["batchNorm"], ["relu"]];

/** Channels of an image; of a picture of 1 or 3 the usual first width. */
const channelsOf = ({ shape }: TemplateSite, first: number): number => {
  const [channels = 0] = shape ?? [];
  return shape?.length === 3 && channels > 3 ? channels : first;
};

const inputOf = ({ sampleShape }: TemplateSite, fallback: Shape): Sketch => [
  "input",
  { shape: [...(sampleShape ?? fallback)] },
];
const classesOf = ({ numClasses }: TemplateSite): Sketch => ["dense", { units: numClasses ?? 10 }];

export const templates: readonly Template[] = [
  {
    id: "convBlock",
    title: "Conv, BN, ReLU",
    subtitle: "conv 3×3 → batch norm → ReLU",
    aliases: ["conv block", "cbr"],
    build: (site) => build(part(conv(channelsOf(site, 32), 3, UNBIASED), ...normed)),
  },
  {
    id: "denseBlock",
    title: "Dense, BN, ReLU",
    subtitle: "dense 100 → batch norm → ReLU",
    aliases: ["dense block", "fully connected"],
    build: () => build(part(["dense", { units: 100, ...UNBIASED }], ...normed)),
  },
  {
    id: "residualBlock",
    title: "Residual block",
    subtitle: "x + two convs with batch norm",
    aliases: ["resnet", "skip", "shortcut"],
    build: (site) => {
      const width = conv(channelsOf(site, 16), 3, UNBIASED);
      // What feeds the block feeds its Add too: that one is open at both.
      return build([
        { title: "Residual block", color: "blue", layers: [width, ...normed, width, ["batchNorm"], ["add"], ["relu"]] },
      ]);
    },
  },
  {
    id: "lenet",
    title: "LeNet",
    subtitle: "two convs and two dense layers, with batch norm",
    aliases: ["cnn", "convolutional net"],
    build: (site) =>
      build([
        {
          title: "Block 1",
          color: "neutral",
          layers: [inputOf(site, [1, 28, 28]), conv(20, 5, { padding: "valid" }), ...normed, maxPool],
        },
        {
          title: "Block 2",
          color: "neutral",
          layers: [conv(50, 5, { padding: "valid" }), ...normed, maxPool, ["flatten"]],
        },
        {
          title: "Classifier",
          color: "neutral",
          layers: [["dense", { units: 128 }], ...normed, classesOf(site), ["output"]],
        },
      ]),
  },
  {
    id: "vgg",
    title: "VGG",
    subtitle: "pairs of 3×3 convs between max pools",
    aliases: ["cnn", "convolutional net", "cifar"],
    build: (site) =>
      build([
        {
          title: "Stage 1",
          color: "neutral",
          layers: [inputOf(site, [3, 32, 32]), conv(32, 3), ...normed, conv(32, 3), ...normed, maxPool],
        },
        { title: "Stage 2", color: "neutral", layers: [conv(64, 3), ...normed, conv(64, 3), ...normed, maxPool] },
        {
          title: "Classifier",
          color: "neutral",
          layers: [["flatten"], ["dense", { units: 256 }], ...normed, classesOf(site), ["output"]],
        },
      ]),
  },
  {
    id: "mlp",
    title: "MLP",
    subtitle: "three dense layers of 100 with batch norm",
    aliases: ["multilayer perceptron", "fully connected"],
    build: (site) => {
      const flat = site.sampleShape?.length === 1;
      return build([
        { title: "", color: "neutral", layers: [inputOf(site, [1, 28, 28]), ...(flat ? [] : [["flatten"] as const])] },
        ...[1, 2, 3].map(
          (number): Column => ({
            title: `Layer ${number}`,
            color: "neutral",
            layers: [["dense", { units: 100 }], ...normed],
          }),
        ),
        { title: "", color: "neutral", layers: [classesOf(site), ["output"]] },
      ]);
    },
  },
];
