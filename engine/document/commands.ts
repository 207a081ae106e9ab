/**
 * Every edit of a document is one of these commands; gestures of the canvas and fixes of diagnostics become them.
 * Applying never changes the document it is given: undo keeps the previous one.
 */
import type { FoundProblem } from "./describeIssue.ts";
import type {
  CanvasNote,
  DatasetReference,
  DocumentEdge,
  DocumentNode,
  Group,
  PortReference,
  Position,
  TrainingSettings,
} from "./schema.ts";

export type NewGroup = Omit<Group, "id" | "nodeIds"> & { readonly id?: string; readonly nodeIds: readonly string[] };

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
  /** Training leaves the nodes out, or takes them in again. */
  | { readonly type: "setBypassed"; readonly nodeIds: readonly string[]; readonly bypassed: boolean }
  /** Draws the nodes as their headers only, or whole. */
  | { readonly type: "setFolded"; readonly nodeIds: readonly string[]; readonly folded: boolean }
  /** The points that an edge's line goes through; none: it finds its own way. */
  | { readonly type: "setEdgePoints"; readonly edge: DocumentEdge; readonly points: readonly Position[] }
  /** Without an id the next free one is taken. Nodes leave the group that they were in. */
  | { readonly type: "addGroup"; readonly group: NewGroup }
  /** Changes what is named and keeps the rest. */
  | {
      readonly type: "changeGroup";
      readonly groupId: string;
      readonly change: Partial<Omit<NewGroup, "id" | "collapsed">> & { readonly collapsed?: boolean };
    }
  /** The nodes stay. */
  | { readonly type: "deleteGroup"; readonly groupId: string }
  | { readonly type: "addCanvasNote"; readonly note: Omit<CanvasNote, "id"> & { readonly id?: string } }
  | {
      readonly type: "changeCanvasNote";
      readonly noteId: string;
      readonly change: Partial<Omit<CanvasNote, "id">>;
    }
  | { readonly type: "deleteCanvasNotes"; readonly noteIds: readonly string[] }
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
  | { readonly type: "unknownGroup"; readonly groupId: string }
  | { readonly type: "duplicateGroup"; readonly groupId: string }
  | { readonly type: "unknownNote"; readonly noteId: string }
  | { readonly type: "duplicateNote"; readonly noteId: string }
  /** An id, name, position, training setting or dataset that no document may hold. */
  | ({ readonly type: "invalidValue" } & FoundProblem);
