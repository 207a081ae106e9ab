/** What `compile(document)` returns. */
import type { Command } from "../document/commands.ts";
import type { DocumentEdge } from "../document/schema.ts";
import type { DatasetFacts, InputScaling, Operation, Shape, StateSpec, WeightSpec } from "../layer.ts";

/** A finding about the document. Codes and titles: `diagnostics.ts`, one numbered table. */
export interface Diagnostic {
  readonly code: string;
  readonly severity: "error" | "warning";
  /** The node at fault, or null when it is the document as a whole. */
  readonly nodeId: string | null;
  readonly port: string | null;
  readonly edge: DocumentEdge | null;
  /** The param at fault, which the inspector marks. */
  readonly param: string | null;
  /** The full sentence with both numbers: `Dense "fc1" expects a flat input but receives 50×5×5.` */
  readonly message: string;
  /** At most about 24 characters, for the badge on the node. */
  readonly badge: string;
  /** One click: `label` on the button, `commands` applied as one undo step. */
  readonly fix: { readonly label: string; readonly commands: readonly Command[] } | null;
}

/** What is known of one node; `null` is unknown because of a diagnostic here or upstream, shown as `?`. */
export interface NodeFacts {
  readonly nodeId: string;
  readonly inputShapes: readonly (Shape | null)[];
  readonly outputShape: Shape | null;
  /** Number of learnt values. */
  readonly numWeights: number | null;
  /** Number of state values (running statistics). */
  readonly numState: number | null;
  readonly multiplyAdds: number | null;
  /** The layer's own line for the node: `avg 2×2`. */
  readonly summary: string;
}

/** One layer of the compiled sequence, in execution order. */
export interface ProgramLayer {
  readonly nodeId: string;
  readonly kind: string;
  readonly name: string;
  /** Parsed by the kind's schema, defaults filled in. */
  readonly params: unknown;
  /** Node ids that feed the inputs, in port order. */
  readonly inputs: readonly string[];
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
  readonly weights: readonly WeightSpec[];
  /** What multiplies the learning rate of its weights; null: they are frozen. */
  readonly rateFactor: number | null;
  readonly state: readonly StateSpec[];
  readonly multiplyAdds: number;
  /** null: the kind has no fast path and runs by its reference. */
  readonly operation: Operation | null;
}

/** The compiled layer sequence: first layer is the input, last the output. */
export interface Program {
  readonly layers: readonly ProgramLayer[];
  readonly inputShape: Shape;
  /** How the bytes of the dataset become the values of the first layer. */
  readonly inputScaling: InputScaling;
  /** Number of classes (logits of the output). */
  readonly numClasses: number;
  readonly batchSize: number;
}

export interface Totals {
  readonly numWeights: number;
  readonly multiplyAdds: number;
  /**
   * Bytes of the memory that training allocates, samples included where the dataset is known: those of the trainer's own plan; about so many
   * while the document has errors. Planned when it is first read.
   */
  readonly memoryBytes: number;
  /** Whether `memoryBytes` is that of a plan, not about so many. */
  readonly isMemoryPlanned: boolean;
}

export interface Compiled {
  /** null as long as there is an error. */
  readonly program: Program | null;
  readonly diagnostics: readonly Diagnostic[];
  /** By node id; one for every node of the document, in execution order where there is one. */
  readonly facts: ReadonlyMap<string, NodeFacts>;
  /** Of the net that the document means: copies of repeated groups (`conv1×2`) have facts of their own, bypassed nodes none. */
  readonly writtenFacts: ReadonlyMap<string, NodeFacts>;
  /** Sums over what is known. */
  readonly totals: Totals;
  /** What was known of the dataset: the document's named ones always, those in files once they were read. */
  readonly dataset: DatasetFacts | null;
}
