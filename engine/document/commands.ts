/**
 * Every edit of a document is one of these commands; gestures of the canvas and fixes of diagnostics become them.
 * Applying never changes the document it is given: undo keeps the previous one.
 */
import type { FoundProblem } from "./describeIssue.ts";
import type {
  DatasetReference,
  DocumentEdge,
  DocumentNode,
  PortReference,
  Position,
  TrainingSettings,
} from "./schema.ts";

export type Command =
  /** Without an id or name, the next free one of the kind (`conv2`) is taken. Params left out get their defaults. */
  | {
      readonly type: "addNode";
      readonly kind: string;
      readonly position: Position;
      readonly id?: string;
      readonly name?: string;
      readonly params?: DocumentNode["params"];
    }
  /** Deletes nodes with their edges. */
  | { readonly type: "deleteNodes"; readonly nodeIds: readonly string[] }
  | { readonly type: "deleteEdges"; readonly edges: readonly DocumentEdge[] }
  | { readonly type: "moveNodes"; readonly positions: Readonly<Record<string, Position>> }
  /** An edge that already ends at the port is replaced, unless the port takes several. */
  | { readonly type: "connectPorts"; readonly from: PortReference; readonly to: PortReference }
  | { readonly type: "renameNode"; readonly nodeId: string; readonly name: string }
  /** Changes the params that are named and keeps the others. */
  | { readonly type: "setParams"; readonly nodeId: string; readonly params: DocumentNode["params"] }
  /** Puts params back to their defaults; names that the kind does not know are removed. */
  | { readonly type: "resetParams"; readonly nodeId: string; readonly names: readonly string[] }
  /** Splices a new node of a kind into an edge, halfway between its ends, and moves nothing else. Params left out get their defaults. */
  | {
      readonly type: "insertNodeOnEdge";
      readonly edge: DocumentEdge;
      readonly kind: string;
      readonly params?: DocumentNode["params"];
    }
  | { readonly type: "setTraining"; readonly training: Partial<TrainingSettings> }
  | { readonly type: "setDataset"; readonly dataset: DatasetReference }
  | { readonly type: "setNotes"; readonly notes: string };

export type CommandError =
  | { readonly type: "unknownNode"; readonly nodeId: string }
  | { readonly type: "unknownKind"; readonly kind: string }
  | { readonly type: "unknownPort"; readonly nodeId: string; readonly port: string }
  | { readonly type: "unknownEdge"; readonly edge: DocumentEdge }
  | { readonly type: "duplicateId"; readonly nodeId: string }
  | { readonly type: "connectsToItself"; readonly nodeId: string }
  /** An id, name, position, training setting or dataset that no document may hold. */
  | ({ readonly type: "invalidValue" } & FoundProblem);
