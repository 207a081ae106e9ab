import type { Command } from "../../engine/index.ts";

/** Commands of one undo step, with the words of the menu: `Undo add Conv2D`. */
export interface Gesture {
  readonly commands: readonly Command[];
  readonly label: string;
  /** What is selected afterwards; null leaves the selection. */
  readonly select: readonly string[] | null;
  /** Notes that are selected with them. */
  readonly selectNotes?: readonly string[];
}
