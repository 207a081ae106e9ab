/** The one numbered table of what can be wrong with a document. Numbers are never reused. */
import type { Diagnostic } from "./compiled.ts";

export interface DiagnosticKind {
  readonly code: string;
  readonly severity: Diagnostic["severity"];
  readonly title: string;
  /** What it means and what to do, for the docs and the list of diagnostics. */
  readonly explanation: string;
}

const table = {
  LS101: {
    severity: "error",
    title: "No input",
    explanation: "The net has no Input node, so no samples enter it. Add one and connect it to the first layer.",
  },
  LS102: {
    severity: "error",
    title: "No output",
    explanation: "The net has no Output node, so there is no loss to lower. Add one and connect the last layer to it.",
  },
  LS103: {
    severity: "error",
    title: "Several inputs",
    explanation: "A net has one Input node. Delete the others.",
  },
  LS104: {
    severity: "error",
    title: "Several outputs",
    explanation: "A net has one Output node. Delete the others.",
  },
  LS105: {
    severity: "error",
    title: "Cycle",
    explanation:
      "The layers feed each other in a circle, so none of them can be computed first. Delete an edge of the circle.",
  },
  LS106: {
    severity: "error",
    title: "Unconnected port",
    explanation: "Nothing feeds an input of this layer. Connect the output of another layer to it.",
  },
  LS107: {
    severity: "error",
    title: "Two edges into one port",
    explanation:
      "A port takes one edge, and one that takes several takes each once. The first counts; delete the others.",
  },
  LS108: {
    severity: "error",
    title: "Edge without an end",
    explanation: "The edge names a node or a port that does not exist. Delete it.",
  },
  LS109: {
    severity: "warning",
    title: "Unreachable node",
    explanation: "No path leads from this node to the output. Training leaves it out. Connect or delete it.",
  },
  LS110: {
    severity: "error",
    title: "Duplicate node id",
    explanation:
      "Two nodes of the file have the same id, so its edges are ambiguous. Give each node an id of its own in the file.",
  },
  LS111: {
    severity: "warning",
    title: "Duplicate name",
    explanation: "Two nodes have the same name and are hard to tell apart in charts and messages. Rename one.",
  },
  LS112: {
    severity: "error",
    title: "Unknown kind",
    explanation:
      "This version of Layerscope has no such kind of layer. Delete the node or open the file with a version that has it.",
  },
  LS113: {
    severity: "error",
    title: "Invalid params",
    explanation: "A param is missing its range or its type. Correct it or put it back to its default.",
  },
  LS114: {
    severity: "error",
    title: "Group cannot repeat",
    explanation:
      "A repeated group is a chain of copies: one node outside feeds the first, and one node of the last feeds what follows. Move nodes into the group or out of it until that holds.",
  },
  LS115: {
    severity: "error",
    title: "Node cannot be bypassed",
    explanation:
      "A bypassed node hands on what feeds it. The input and the output have nothing to hand on, and of several nodes that feed one only one could go on.",
  },
  LS201: {
    severity: "error",
    title: "Wrong input shape",
    explanation: "The layer cannot take a tensor of this shape: an image where it needs a vector, or the reverse.",
  },
  LS202: {
    severity: "error",
    title: "Window larger than the input",
    explanation: "The kernel or pooling window does not fit on the image even once. Make it smaller or add padding.",
  },
  LS203: {
    severity: "error",
    title: "Params contradict each other",
    explanation:
      "Two params of the layer cannot hold at the same time, such as a padding of more than half of the window.",
  },
  LS204: {
    severity: "error",
    title: "Input differs from the dataset",
    explanation:
      "The shape of the Input node is not that of the dataset's samples, nor their number of values when flattened.",
  },
  LS205: {
    severity: "error",
    title: "Classes differ from the dataset",
    explanation: "The output receives more or fewer values than the dataset has classes.",
  },
  LS206: {
    severity: "warning",
    title: "Batch too small to normalize",
    explanation:
      "BatchNorm takes mean and variance over the batch and the places of an image. Of a single value the variance is 0, and the output is β whatever comes in.",
  },
  LS301: {
    severity: "error",
    title: "Too large for memory",
    explanation:
      "One training step needs more than the 4 GiB that WebAssembly can address. Use a smaller batch or fewer values.",
  },
} as const;

export type DiagnosticCode = keyof typeof table;

export const diagnosticKinds: readonly DiagnosticKind[] = Object.entries(table).map(([code, kind]) => ({
  code,
  ...kind,
}));

/** A diagnostic with what the table says of its code; `about` fills in the rest. */
export const diagnose = (
  code: DiagnosticCode,
  about: Pick<Diagnostic, "message" | "badge"> &
    Partial<Pick<Diagnostic, "nodeId" | "port" | "edge" | "param" | "fix">>,
): Diagnostic => ({
  code,
  severity: table[code].severity,
  nodeId: null,
  port: null,
  edge: null,
  param: null,
  fix: null,
  ...about,
});
